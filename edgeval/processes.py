"""How a worker process of edgeval behaves: it ends with its parent, and Ctrl-C is left to the parent; and what
a process does about libraries that print."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator

from edgeval.system import end_with_parent, kill_with_parent


def settle(threads: int | None = None) -> None:
    """Call first in a worker process. `threads` limits the numerical libraries that are imported later."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        kill_with_parent()
    else:
        end_with_parent()
    if threads is not None:
        for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
            os.environ[name] = str(threads)


@contextlib.contextmanager
def whole_start() -> Iterator[None]:
    """Ctrl-C waits until a process has started: half started, it would end in a traceback of its own."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
