"""A team's repository of 60 commits: what each commit's board answers, and what the team does (docs/CI.md).

1,000 test samples of ten classes; every commit is a new build of one network, with flips of its own rounding.

- class `cat` sinks by half a point with each commit from the 6th on, until somebody mends it, at commit 50,
- commit 14 breaks `dog`: 34 points at once; it is not merged, commit 15 has it mended,
- commit 18 takes 30 points from `frog` for a new camera: acknowledged until the network is trained again, at commit 26,
- commit 21 runs on a flaky board that fails in 70 inferences; run again it is fine,
- at commit 23 the board is not there at all.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.planted import CIFAR10

COMMITS, SAMPLES = 60, 1000
SINKS_FROM, SINKING = 6, 0.5  # points a commit
BROKEN, CAMERA, TRAINED, FLAKY, ABSENT, MENDED = 14, 18, 26, 21, 23, 50
LOST_DOGS, LOST_FROGS, FAILED_INFERENCES = 34, 30, 70
CAT, DOG, FROG = (CIFAR10.index(name) for name in ("cat", "dog", "frog"))
RIGHT = 0.92  # of the first build, in every class
FLIPS = 0.02  # of a build's samples: half lost, half gained


def answers(commit: int, flaky: bool = False) -> np.ndarray:
    """What the board answers at a commit, int64 (SAMPLES,); -1 where the inference failed."""
    labels = np.arange(SAMPLES) % len(CIFAR10)
    rank = np.arange(SAMPLES) // len(CIFAR10)  # within its class
    right = rank < round(100 * RIGHT)
    rng = np.random.default_rng([commit, 1])
    right ^= rng.random(SAMPLES) < np.where(right, FLIPS / 2, FLIPS / 2 * RIGHT / (1 - RIGHT))
    sunk = round(SINKING * max(0, commit - SINKS_FROM + 1)) if commit < MENDED else 0
    right &= ~((labels == CAT) & (rank < sunk))
    right &= ~((labels == DOG) & (rank < LOST_DOGS) & (commit == BROKEN))
    right &= ~((labels == FROG) & (rank < LOST_FROGS) & (CAMERA <= commit < TRAINED))
    top1 = np.where(right, labels, (labels + 1) % len(CIFAR10))
    if flaky:
        top1[np.random.default_rng([commit, 2]).choice(SAMPLES, FAILED_INFERENCES, replace=False)] = -1
    return top1


def write_csv(path: Path, commit: int, flaky: bool = False) -> Path:
    """The board's answers as the file that the team's runner writes."""
    labels = np.arange(SAMPLES) % len(CIFAR10)
    rows = zip(range(SAMPLES), labels, answers(commit, flaky), strict=True)
    lines = [f"{name},{CIFAR10[label]},{-1 if top1 < 0 else CIFAR10[top1]}" for name, label, top1 in rows]
    path.write_text("\n".join(["id,label,top1", *lines]) + "\n")
    return path
