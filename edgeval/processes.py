"""How a worker process of edgeval behaves: it ends with its parent, and Ctrl-C is the parent's affair; and what
a process does about libraries that print."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
from collections.abc import Iterator

PR_SET_PDEATHSIG = 1  # Linux, prctl(2)


def settle(threads: int | None = None) -> None:
    """Call first in a worker process. `threads` limits the numerical libraries that are imported later."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(threads)


@contextlib.contextmanager
def silenced() -> Iterator[None]:
    """Nothing that compiled code writes to standard error is shown; what Python raises is."""
    kept = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
