"""Kernel locks on files: one process owns a piece of work, and a killed process leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from edgeval import system
from edgeval.errors import StoreError


@contextlib.contextmanager
def claim(path: Path) -> Iterator[bool]:
    """Try to own a piece of work; yields False where another living process owns it.

    The lock is the kernel's (flock), so a killed process leaves nothing behind.
    """
    with lock_file(path) as file:
        yield system.lock(file, wait=False)


@contextlib.contextmanager
def turn(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Own a piece of work, `claim`'s, as soon as no other living process does; `waiting` is called where one does."""
    with lock_file(path) as file:
        _wait(file, waiting)
        yield


@contextlib.contextmanager
def reading(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Keep the owners of a piece of work out while its results are read; others may read too."""
    try:
        file = path.open()
    except OSError:  # nobody ever owned it
        yield
        return
    with file:
        _wait(file, waiting, shared=True)
        yield


def _wait(file: IO[str], waiting: Callable[[], None], shared: bool = False) -> None:
    if not system.lock(file, shared, wait=False):
        waiting()
        system.lock(file, shared)


def lock_file(path: Path) -> IO[str]:
    """The file whose kernel lock is asked for; closing it gives the lock back."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        raise StoreError(write_problem(path, 0, error)) from error


def write_problem(path: Path, size: int, error: OSError) -> str:
    """One line for a file of `size` bytes that could not be written."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"no space left to write {path} ({size} bytes); free some space and run the same command again"
    return f"cannot write {path}: {error.strerror}; check the folder and its permissions"
