"""Stops an emulation that does not come back: one sleeping thread a machine, nothing to do per request."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable

TICK_S = 0.1


class Watchdog:
    """Calls `expired` once when `timeout_s` have passed between start() and stop()."""

    def __init__(self, expired: Callable[[], None]) -> None:
        self._expired = weakref.WeakMethod(expired)  # the thread must not keep the machine alive
        self._deadline: float | None = None
        self._ended = False
        threading.Thread(target=_watch, args=(weakref.ref(self),), daemon=True).start()

    def start(self, timeout_s: float) -> None:
        """Begin to count."""
        self._deadline = time.monotonic() + timeout_s

    def stop(self) -> None:
        """The emulation came back."""
        self._deadline = None

    def end(self) -> None:
        """There is nothing more to watch: the thread ends."""
        self._ended = True

    def tick(self) -> bool:
        """Look at the clock; False after `end`."""
        deadline = self._deadline
        if deadline is not None and time.monotonic() > deadline:
            self._deadline = None
            if (expired := self._expired()) is not None:
                expired()
        return not self._ended


def _watch(reference: weakref.ref[Watchdog]) -> None:
    while True:
        time.sleep(TICK_S)
        watchdog = reference()
        if watchdog is None or not watchdog.tick():
            return
        del watchdog
