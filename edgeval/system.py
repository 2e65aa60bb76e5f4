"""What Linux, macOS and Windows do differently: locks, the end of a process with its parent, folders on disk.

The only module that may import fcntl, msvcrt or ctypes' C library for this; nothing of it happens at import time.
Linux is tested. macOS takes the same calls but for prctl. Windows' branches are written to its documentation and not
yet seen running (docs/RUNTIMES.md).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from functools import cache
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import IO, Any

WINDOWS = sys.platform == "win32"
PR_SET_PDEATHSIG = 1  # Linux, prctl(2)
# Opening a pipe must not wait for its writer; Windows has none in folders, and translates line ends unless told.
READ_ONLY = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_BINARY"))
POLL_S = 0.05  # between tries to lock where the system cannot wait


def lock(file: IO[Any] | int, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file until it is closed or the process ends; False where another has it and `wait` is False.

    Windows has no shared locks of this kind: there readers take turns.
    """
    if WINDOWS:
        return _lock_windows(file, wait)
    import fcntl

    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_windows(file: IO[Any] | int, wait: bool) -> bool:
    import msvcrt

    descriptor = file if isinstance(file, int) else file.fileno()
    while True:
        os.lseek(descriptor, 0, os.SEEK_SET)
        with contextlib.suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            return True
        if not wait:
            return False
        time.sleep(POLL_S)


def sync_folder(folder: Path) -> None:
    """Make a rename in the folder last through a power cut; Windows cannot open folders and does so itself."""
    if WINDOWS:
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def end_with_parent() -> None:
    """Call in a process that multiprocessing started: it ends when its parent does, however that ends."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_exit_after, args=(parent.sentinel,), daemon=True).start()


def _exit_after(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def kill_with_parent() -> None:
    """Linux alone, also while a library holds the interpreter's lock: the kernel kills this process when the thread
    that started it ends. Safe between fork and exec where `libc` was called before."""
    libc().prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


@cache
def libc() -> Any:
    """The C library, loaded once."""
    import ctypes

    return ctypes.CDLL(None)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that was started with start_new_session, and what it started in turn; on Windows it alone."""
    if WINDOWS:
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
