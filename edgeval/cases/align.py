"""Checks that all predictions of a comparison are about the same samples, and picks the references."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce

import numpy as np

from edgeval.cases.case import DEVICE_STAGES, Comparison, ModelCase
from edgeval.errors import DataError, UsageError, unknown
from edgeval.records import NO_SCORES, STAGES, Predictions


def checked(cases: Sequence[ModelCase], reference: str | None) -> Comparison:
    """The cases with their references.

    Raises DataError where stages differ in data set, classes, samples or labels, UsageError where a model or
    stage is unknown or named twice.
    """
    if not cases:
        raise UsageError("there is no model to compare; train a grid or name a file with --model")
    twice = [name for name, count in Counter(case.id for case in cases).items() if count > 1]
    if twice:
        raise UsageError(f"two models are named '{twice[0]}'; give each model its own name")
    first_where, first = next(_named(cases), ("", None))
    if first is None:
        raise UsageError("no model has predictions; run edgeval compare without --stages or evaluate first")
    for where, predictions in _named(cases):
        _check(where, predictions, first_where, first)
    for case in cases:
        _check_preprocessing(case)
    references = _references(cases, reference)
    main = reference or _main_reference(cases, references)
    return Comparison(tuple(cases), first.provenance.dataset.classes, references, main)


def _named(cases: Sequence[ModelCase]) -> Iterator[tuple[str, Predictions]]:
    """All predictions with a name for messages; host stages first, because they cover the whole test set."""
    for of_device in (False, True):
        for case in cases:
            for seed, stages in sorted(case.seeds.items()):
                for stage, predictions in stages.items():
                    if (stage in DEVICE_STAGES) == of_device:
                        yield f"{case.id} seed {seed} {stage}", predictions


def _check(where: str, seen: Predictions, first_where: str, first: Predictions) -> None:
    stage = where.rsplit(" ", 1)[1]
    if stage not in STAGES:
        raise unknown("stage", stage, STAGES, where)
    _check_dataset(where, seen, first_where, first)
    _check_scores(where, seen)
    if stage in DEVICE_STAGES:
        _check_part(where, seen, first_where, first)
    elif not (np.array_equal(seen.ids, first.ids) and np.array_equal(seen.labels, first.labels)):
        raise DataError(
            f"{where} covers other samples or labels ({len(seen.ids)}) than {first_where} ({len(first.ids)}); "
            "evaluate both on the same test set"
        )


def _check_preprocessing(case: ModelCase) -> None:
    """The stages of one network see the same pixels; what was imported does not say how they were prepared."""
    for seed, stages in sorted(case.seeds.items()):
        told = {
            stage: seen.provenance.preprocessing
            for stage, seen in stages.items()
            if seen.provenance.preprocessing
        }
        for stage, seen in told.items():
            first, expected = next(iter(told.items()))
            if seen != expected:
                raise DataError(
                    f"{case.id} seed {seed}: stage {stage} was made with {seen} as preprocessing, stage {first} with "
                    f"{expected}; evaluate both with the same --mean and --std"
                )


def _check_dataset(where: str, seen: Predictions, first_where: str, first: Predictions) -> None:
    mine, other = seen.provenance.dataset, first.provenance.dataset
    if len(mine.classes) != len(other.classes):
        raise DataError(
            f"{where} has {len(mine.classes)} classes, {first_where} has {len(other.classes)}; "
            "models can only be compared on one data set"
        )
    if mine.sha256 != other.sha256:
        raise DataError(
            f"{where} was evaluated on {mine.name} ({mine.sha256[:12]}), {first_where} on {other.name} "
            f"({other.sha256[:12]}); evaluate both on the same test set"
        )


def _check_scores(where: str, seen: Predictions) -> None:
    classes = len(seen.provenance.dataset.classes)
    if len(seen.ids) == 0:
        raise DataError(f"{where} has no samples; evaluate it again")
    if seen.score_kind == NO_SCORES:
        return
    if seen.scores.shape != (len(seen.ids), classes):
        raise DataError(
            f"{where} has scores of shape {seen.scores.shape}, expected ({len(seen.ids)}, {classes}): "
            "the model's classes are not those of the data set"
        )
    bad = ~np.isfinite(seen.scores).all(axis=1)
    if bad.any():
        sample = int(seen.ids[np.argmax(bad)])
        raise DataError(f"{where} has scores that are not numbers, first at sample {sample}; check the model")


def _check_part(where: str, seen: Predictions, first_where: str, first: Predictions) -> None:
    if len(np.unique(seen.ids)) != len(seen.ids):
        raise DataError(f"{where} has a sample twice; evaluate it again")
    mine, rows = shared_rows(seen, first)
    if len(mine) != len(seen.ids) or not np.array_equal(seen.labels[mine], first.labels[rows]):
        raise DataError(
            f"{where} has samples or labels that {first_where} does not have; evaluate both on the same test set"
        )


def candidates(case: ModelCase) -> list[str]:
    """The stages to judge: the last that covers the whole test set, and later ones that cover a part of it."""
    stages = case.stages
    covered = {stage: max(len(p.ids) for p in case.of_stage(stage).values()) for stage in stages}
    whole = [stage for stage in stages if covered[stage] == max(covered.values())]
    return list(stages[stages.index(whole[-1]) :])


def shared_rows(before: Predictions, after: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the samples that both stages cover: int64 (n,) into `before` and into `after`."""
    if np.array_equal(before.ids, after.ids):
        rows = np.arange(len(before.ids))
        return rows, rows
    _, mine, other = np.intersect1d(before.ids, after.ids, return_indices=True)
    return mine, other


def shared_ids(predictions: Iterable[Predictions]) -> np.ndarray:
    """Ids int64 (n,) of the samples that all of these cover, ascending."""
    return reduce(np.intersect1d, [seen.ids for seen in predictions])


def rows_of(seen: Predictions, ids: np.ndarray) -> np.ndarray:
    """The rows int64 (n,) of the samples `ids`, which `seen` must cover."""
    return np.intersect1d(seen.ids, ids, return_indices=True)[1]


def _references(cases: Sequence[ModelCase], reference: str | None) -> dict[str, str]:
    """The reference of each family: its largest size; a family of one size borrows the main reference."""
    families = list(dict.fromkeys(case.family for case in cases))
    if reference is not None:
        if reference not in [case.id for case in cases]:
            raise unknown("reference", reference, [case.id for case in cases])
        return dict.fromkeys(families, reference)
    sized = [case for case in cases if case.params is not None]
    if len(sized) < 2:
        return {}
    largest = {}
    for family in families:
        members = [case for case in sized if case.family == family]
        if len(members) > 1:
            largest[family] = max(members, key=_size).id
    borrowed = _main_reference(cases, largest) or max(sized, key=_size).id
    return {family: largest.get(family, borrowed) for family in families}


def _main_reference(cases: Sequence[ModelCase], references: dict[str, str]) -> str | None:
    """The reference of the family with most sizes; the largest where there are several."""
    sizes = Counter(case.family for case in cases)
    candidates = [case for case in cases if case.id in references.values()]
    if not candidates:
        return None
    return max(candidates, key=lambda case: (sizes[case.family], _size(case))).id


def _size(case: ModelCase) -> int:
    return case.params or 0
