"""Accuracy overall, among the k best, and per class; confusion matrix; hardest and easiest classes.

`top1` may hold FAILED (-1) for a sample whose inference failed: it is wrong in every metric here.
Accuracies are fractions from 0 to 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeval.errors import DataError
from edgeval.metrics import checks
from edgeval.records import FAILED


def accuracy(labels: np.ndarray, top1: np.ndarray) -> float:
    """Fraction of right predictions. labels, top1: integers (n,).

    >>> accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 0]))
    0.75
    """
    labels, top1 = checks.integers("labels", labels), checks.integers("top1", top1)
    checks.same_length(labels=labels, top1=top1)
    return float(np.mean(labels == top1))


def top_k_accuracy(labels: np.ndarray, scores: np.ndarray, k: int, failed: np.ndarray | None = None) -> float:
    """Fraction of samples whose label is among the k highest scores.

    labels integers (n,); scores (n, classes), logits or probabilities; failed bool (n,): samples that count as
    wrong whatever their scores. Of equal scores the class with the lower index ranks higher, as argmax has it,
    so that k = 1 is the accuracy of argmax also on the coarse grid of an int8 output. With k >= classes every
    sample that did not fail is right.

    >>> top_k_accuracy(np.array([2, 0]), np.array([[0.5, 0.1, 0.4], [0.1, 0.2, 0.7]]), k=2)
    0.5
    """
    scores = checks.finite("scores", scores, ndim=2)
    labels = checks.class_indices("labels", labels, scores.shape[1])
    checks.same_length(labels=labels, scores=scores)
    own = scores[np.arange(len(labels)), labels][:, None]
    earlier = np.arange(scores.shape[1]) < labels[:, None]
    rank = np.count_nonzero((scores > own) | ((scores == own) & earlier), axis=1)
    right = rank < checks.positive("k", k)
    if failed is not None:
        failed = checks.masks("failed", failed)
        checks.same_length(labels=labels, failed=failed)
        right &= ~failed
    return float(np.mean(right))


def class_sizes(labels: np.ndarray, classes: int) -> np.ndarray:
    """Samples of each class, int64 (classes,)."""
    return np.bincount(checks.class_indices("labels", labels, classes), minlength=classes)


def per_class_accuracy(labels: np.ndarray, top1: np.ndarray, classes: int) -> np.ma.MaskedArray:
    """Fraction of right predictions among the samples of each class (recall), masked float64 (classes,).

    A class without samples has no accuracy: it is masked, `.tolist()` gives None for it and `.compressed()`
    leaves it out.

    >>> per_class_accuracy(np.array([0, 0, 2]), np.array([0, 1, 2]), classes=3).tolist()
    [0.5, None, 1.0]
    """
    sizes = class_sizes(labels, classes)
    top1 = checks.class_indices("top1", top1, classes, lowest=FAILED)
    labels = np.asarray(labels)
    checks.same_length(labels=labels, top1=top1)
    right = np.bincount(labels[labels == top1], minlength=classes)
    return np.ma.MaskedArray(right / np.maximum(sizes, 1), mask=sizes == 0)


def bottom_k_accuracy(class_accuracy: Any, k: int) -> float:
    """Mean accuracy of the k hardest classes, those with the lowest accuracy (design: k = 5, 10, 20).

    class_accuracy: (classes,) as per_class_accuracy gives it; masked classes do not take part. With k larger
    than the number of classes that have samples it is the mean over all of these.

    >>> bottom_k_accuracy(np.array([0.9, 0.1, 0.3]), k=2)
    0.2
    """
    return float(np.mean(_sorted(class_accuracy)[: checks.positive("k", k)]))


def top_k_class_accuracy(class_accuracy: Any, k: int) -> float:
    """Mean accuracy of the k easiest classes; as bottom_k_accuracy otherwise."""
    return float(np.mean(_sorted(class_accuracy)[-checks.positive("k", k) :]))


def _sorted(class_accuracy: Any) -> np.ndarray:
    values = np.ma.compressed(np.ma.asarray(class_accuracy))
    if values.size == 0:
        raise DataError("no class has samples; there is no class accuracy")
    return np.sort(checks.fractions("class accuracy", values))
