"""Timing in turns, so that a machine whose speed drifts slows both sides alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Paired:
    """Seconds of both sides, medians over the rounds; `speedup` is the median of peer / ours, round by round."""

    ours_s: float
    peer_s: float
    speedup: float
    rounds: int


def seconds(work: Callable[[], object]) -> float:
    """Wall-clock seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def paired(ours: Callable[[], object], peer: Callable[[], object], rounds: int = 5) -> Paired:
    """Time both sides in turns after one uncounted call of each."""
    ours(), peer()
    times = [(seconds(ours), seconds(peer)) for _ in range(rounds)]
    return Paired(
        statistics.median(first for first, _ in times),
        statistics.median(second for _, second in times),
        statistics.median(second / first for first, second in times),
        rounds,
    )
