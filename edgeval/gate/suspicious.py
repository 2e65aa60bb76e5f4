"""What makes every figure doubtful, whatever the verdict: a reader has to see it before anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from edgeval.cases.case import Comparison
from edgeval.records import FAILED, Predictions

CHANCE_LEVEL = 0.01  # an accuracy whose p-value of "guessing" is above is not told from guessing
NAMED = 3  # classes or stages named in a sentence


def suspicious(comparison: Comparison) -> list[str]:
    """One sentence for each doubt: failed inferences, a constant answer, labels in another order, mere guessing,
    a test set that shows nothing about the model or about a class."""
    texts = list(_test_set(comparison))
    for case in comparison.cases:
        found: dict[str, list[tuple[str, str]]] = {}
        for stage in case.stages:
            for seed, seen in case.of_stage(stage).items():
                where = f"{stage} seed {seed}" if len(case.seeds) > 1 else stage
                kind, text = _finding(seen, comparison.classes)
                found.setdefault(kind, []).append((where, text))
        found.pop("", None)
        texts += [f"{case.id} {_grouped(rows)}" for rows in found.values()]
    return texts


def _grouped(rows: list[tuple[str, str]]) -> str:
    (where, text), *others = rows
    names = ", ".join(name for name, _ in others[:NAMED])
    more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
    return f"{where}: {text}" + (f" (so too at {names}{more})" if others else "")


def _test_set(comparison: Comparison) -> Iterator[str]:
    widest = max(
        (seen for case in comparison.cases for of in case.seeds.values() for seen in of.values()),
        key=lambda seen: len(seen.ids),
    )
    if len(widest.ids) == 1:
        yield "the test set has one image: that says nothing about a model"
    sizes = np.bincount(widest.labels, minlength=len(comparison.classes))
    empty = [name for name, size in zip(comparison.classes, sizes, strict=True) if not size]
    if empty:
        named = ", ".join(f"'{name}'" for name in empty[:NAMED])
        more = f" and {len(empty) - NAMED} more" if len(empty) > NAMED else ""
        yield f"{len(empty)} of {len(sizes)} classes have no test image, so nothing is said about them: {named}{more}"


def _finding(seen: Predictions, classes: tuple[str, ...]) -> tuple[str, str]:
    """(kind, sentence) of the first doubt that applies; ("", "") where there is none."""
    for kind, finding in FINDINGS.items():
        text = finding(seen, classes)
        if text:
            return kind, text
    return "", ""


def _all_failed(seen: Predictions, classes: tuple[str, ...]) -> str:
    if (seen.top1 != FAILED).any():
        return ""
    return f"all {len(seen.top1)} inferences failed"


def _constant(seen: Predictions, classes: tuple[str, ...]) -> str:
    answers = np.unique(seen.top1[seen.top1 != FAILED])
    if len(answers) != 1 or len(np.unique(seen.labels)) == 1:
        return ""
    return f"every answer is '{classes[int(answers[0])]}', whatever the image shows"


def _other_order(seen: Predictions, classes: tuple[str, ...]) -> str:
    """Labels that mean other classes than the model's outputs: most images of several classes get one same wrong
    answer each, and these answers are one class for each, in a circle or for half of all classes."""
    from scipy.optimize import linear_sum_assignment

    ran = seen.top1 != FAILED
    counts = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(counts, (seen.labels[ran], seen.top1[ran]), 1)
    sizes = np.bincount(seen.labels, minlength=len(classes))
    _, answer = linear_sum_assignment(-counts)
    most = (counts[np.arange(len(classes)), answer] > sizes / 2) & (sizes > 1)
    moved = np.flatnonzero(most & (answer != np.arange(len(classes))))
    circle = set(answer[moved].tolist()) == set(moved.tolist())
    if len(moved) < 2 or not (circle or 2 * len(moved) >= len(classes)):
        return ""
    named = ", ".join(f"'{classes[i]}' as '{classes[answer[i]]}'" for i in moved[:NAMED])
    more = f" and {len(moved) - NAMED} more" if len(moved) > NAMED else ""
    return (
        f"the labels seem to be in another order than the model's outputs: {named}{more}; so ordered the accuracy "
        f"would be {_percent(counts[np.arange(len(classes)), answer].sum(), len(seen.labels))} %, it is "
        f"{_percent(int((~seen.errors).sum()), len(seen.labels))} %"
    )


def _guessing(seen: Predictions, classes: tuple[str, ...]) -> str:
    from scipy import stats

    right, images = int((~seen.errors).sum()), len(seen.labels)
    p_value = float(stats.binom.sf(right - 1, images, 1 / len(classes)))
    if p_value <= CHANCE_LEVEL:
        return ""
    return (
        f"accuracy {_percent(right, images)} % ({right} of {images} images) is not shown to be above guessing, which "
        f"gets {_percent(1, len(classes))} % of {len(classes)} classes"
    )


def _percent(part: int, of_all: int) -> str:
    return f"{100 * part / of_all:.1f}"


FINDINGS: dict[str, Callable[[Predictions, tuple[str, ...]], str]] = {
    "all failed": _all_failed,
    "constant": _constant,
    "other order": _other_order,
    "guessing": _guessing,
}
