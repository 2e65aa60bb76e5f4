"""How a worker process of edgeval behaves: it ends with its parent, and Ctrl-C is left to the parent."""

from __future__ import annotations

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


def settle(threads: int | None = None) -> None:
    """Call first in a worker process. `threads` limits the numerical libraries that are imported later."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(threads)
