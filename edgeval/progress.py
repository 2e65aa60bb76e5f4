"""Progress of long work: a bar with ETA on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from edgeval.terminal import safe_line

PLAIN_INTERVAL_S = 15.0


class Bar(Protocol):
    """`update(n, accuracy=0.61)` adds n units of finished work and shows the named figures."""

    def update(self, done: int, **figures: float) -> None: ...


def say(text: str) -> None:
    """Print one line on standard error without breaking a bar."""
    text = safe_line(text)
    if sys.stderr.isatty():
        from tqdm import tqdm

        tqdm.write(text, file=sys.stderr)
    else:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def progress(total: int, label: str, unit: str = "img", done: int = 0) -> Iterator[Bar]:
    """A bar over `total` units, of which `done` were finished by an earlier start."""
    if not sys.stderr.isatty():
        yield _PlainBar(total, safe_line(label), unit, done)
        return
    from tqdm import tqdm

    with tqdm(
        total=total, desc=safe_line(label), unit=unit, initial=done, dynamic_ncols=True, leave=False
    ) as bar:
        yield _TerminalBar(bar)


class _TerminalBar:
    def __init__(self, bar) -> None:  # type: ignore[no-untyped-def]  # tqdm has no types
        self._bar = bar

    def update(self, done: int, **figures: float) -> None:
        if figures:
            self._bar.set_postfix({name: _short(value) for name, value in figures.items()}, refresh=False)
        self._bar.update(done)


class _PlainBar:
    def __init__(self, total: int, label: str, unit: str, done: int) -> None:
        self._total, self._label, self._unit = total, label, unit
        self._done = self._first = done
        self._start = self._last = time.monotonic()

    def update(self, done: int, **figures: float) -> None:
        self._done += done
        now = time.monotonic()
        if now - self._last >= PLAIN_INTERVAL_S:
            self._last = now
            self._print(now, figures)

    def _print(self, now: float, figures: dict[str, float]) -> None:
        rate = (self._done - self._first) / max(now - self._start, 1e-9)
        left_s = (self._total - self._done) / rate if rate > 0 else float("nan")
        shown = "".join(f", {name} {_short(value)}" for name, value in figures.items())
        print(
            f"{self._label}: {self._done}/{self._total} {self._unit}, {_short(rate)} {self._unit}/s, "
            f"{left_s:.0f} s left{shown}",
            file=sys.stderr,
            flush=True,
        )


def _short(value: float) -> str:
    return f"{value:.3g}"
