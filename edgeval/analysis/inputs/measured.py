"""What the analysis keeps of a prediction file: who was right and how sure, without the scores.

A grid's scores do not fit into memory where there are many runs; their reduction does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from edgeval.cases.case import DeviceFigures, ModelCase
from edgeval.errors import DataError
from edgeval.metrics import calibration
from edgeval.records import FAILED, STAGES, DatasetInfo, Predictions

HELD_OUT_SEED = 0  # which half of the images the temperature is fitted on


@dataclass(frozen=True)
class Temperature:
    """The temperature fitted on one half of the images, and the ECE of the other half without and with it."""

    value: float
    ece_before: float
    ece_after: float


@dataclass(frozen=True)
class Measured:
    """One run at one stage. ids, labels, top1 int64 (n,); confidence float64 (n,), NaN where the inference failed.

    `score_kind` as in Predictions; `output_step` is the step of an int8 output, None for float outputs.
    `temperature` is None for a model with its own softmax: its logits are not known. `model_sha256` as in Provenance.
    """

    ids: np.ndarray
    labels: np.ndarray
    top1: np.ndarray
    confidence: np.ndarray
    score_kind: str
    output_step: float | None
    temperature: Temperature | None
    model_sha256: str | None = None

    @property
    def errors(self) -> np.ndarray:
        """bool (n,); a failed sample is wrong."""
        return self.top1 != self.labels

    def at(self, ids: np.ndarray) -> Measured:
        """The same on some of the samples, in the order of `ids`, which it must cover."""
        if np.array_equal(self.ids, ids):
            return self
        rows = np.intersect1d(self.ids, ids, return_indices=True)[1]
        cut = {name: getattr(self, name)[rows] for name in ("ids", "labels", "top1", "confidence")}
        return replace(self, **cut)


def measure(seen: Predictions) -> Measured:
    """Reduce one prediction file; the temperature is fitted here, while the logits are at hand."""
    ran = seen.top1 != FAILED
    confidence = np.full(len(seen.ids), np.nan)
    if ran.any():
        confidence[ran] = calibration.top1_confidence(seen.scores[ran], seen.score_kind)
    logits = seen.score_kind == "logits"
    return Measured(
        ids=seen.ids,
        labels=seen.labels,
        top1=seen.top1,
        confidence=confidence,
        score_kind=seen.score_kind,
        output_step=seen.output_scale or None,
        temperature=_temperature(seen, ran) if logits and ran.sum() > 1 else None,
        model_sha256=seen.provenance.model_sha256,
    )


def _temperature(seen: Predictions, ran: np.ndarray) -> Temperature:
    rows = np.random.default_rng(HELD_OUT_SEED).permutation(np.flatnonzero(ran))
    fitted, held = np.array_split(rows, 2)
    value = calibration.fit_temperature(seen.scores[fitted], seen.labels[fitted])
    correct = ~seen.errors[held]

    def ece(temperature: float) -> float:
        confidence = calibration.top1_confidence(seen.scores[held] / temperature, "logits")
        return calibration.expected_calibration_error(confidence, correct)

    return Temperature(value, ece(1.0), ece(value))


@dataclass(frozen=True)
class Model:
    """One size of a family: runs[seed][stage]. Fields as in ModelCase; `unfit` as in Candidate."""

    id: str
    family: str
    params: int
    runs: Mapping[int, Mapping[str, Measured]]
    macs: int | None = None
    size_bytes: int | None = None
    device: DeviceFigures | None = None
    unfit: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """All runs of one stage on the samples that all of them cover.

    `models` in the order of the sizes within a family; runs[model id][seed]; labels int64 (n,); `whole` is
    whether these are all samples of the test set.
    """

    name: str
    models: tuple[Model, ...]
    runs: Mapping[str, Mapping[int, Measured]]
    ids: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]
    whole: bool

    def model(self, model_id: str) -> Model:
        return next(model for model in self.models if model.id == model_id)

    def errors(self, model_id: str) -> np.ndarray:
        """Error masks bool (seeds, n)."""
        return np.array([seen.errors for seen in self.runs[model_id].values()])

    def families(self) -> dict[str, list[Model]]:
        """The models of each family, smallest first."""
        found: dict[str, list[Model]] = {}
        for model in self.models:
            found.setdefault(model.family, []).append(model)
        return found


def from_cases(cases: Iterable[ModelCase]) -> tuple[list[Model], DatasetInfo]:
    """The reduced form of evaluated models; DataError where one has no number of parameters or they differ in
    data set."""
    models, datasets = [], []
    for case in cases:
        if case.params is None:
            raise DataError(f"{case.id} has no number of parameters; the analysis is about sizes")
        runs = {
            seed: {stage: measure(seen) for stage, seen in stages.items()}
            for seed, stages in case.seeds.items()
        }
        datasets += [seen.provenance.dataset for stages in case.seeds.values() for seen in stages.values()]
        models.append(Model(case.id, case.family, case.params, runs, case.macs, case.size_bytes, case.device))
    return models, one_dataset(datasets)


def one_dataset(datasets: Iterable[DatasetInfo]) -> DatasetInfo:
    """The data set of all; DataError where there is none or they differ."""
    found = {info.sha256: info for info in datasets}
    if len(found) != 1:
        names = ", ".join(f"{info.name} ({digest[:12]})" for digest, info in found.items()) or "none"
        raise DataError(f"the predictions are about different test sets: {names}; evaluate all on one")
    return next(iter(found.values()))


def stages_of(models: Iterable[Model], info: DatasetInfo) -> Iterator[Stage]:
    """Each stage that is present, in the order of the chain."""
    ordered = sorted(models, key=lambda model: (model.family, model.params, model.id))
    for name in STAGES:
        runs = {
            model.id: {
                seed: model.runs[seed][name] for seed in sorted(model.runs) if name in model.runs[seed]
            }
            for model in ordered
        }
        runs = {model_id: of_seed for model_id, of_seed in runs.items() if of_seed}
        if runs:
            yield _stage(name, [model for model in ordered if model.id in runs], runs, info)


def _stage(name: str, models: list[Model], runs: dict[str, dict[int, Measured]], info: DatasetInfo) -> Stage:
    everything = [seen for of_seed in runs.values() for seen in of_seed.values()]
    ids = reduce(np.intersect1d, [seen.ids for seen in everything])
    if not len(ids):
        raise DataError(
            f"the runs of stage {name} have no sample in common; evaluate them on the same samples"
        )
    cut = {
        model_id: {seed: seen.at(ids) for seed, seen in of_seed.items()} for model_id, of_seed in runs.items()
    }
    labels = next(iter(cut[models[0].id].values())).labels
    for model_id, of_seed in cut.items():
        for seed, seen in of_seed.items():
            if not np.array_equal(seen.labels, labels):
                raise DataError(f"{model_id} seed {seed} {name} has other labels than {models[0].id}")
    return Stage(name, tuple(models), cut, ids, labels, info.classes, len(ids) == info.samples)


def paired_runs(first: Stage, later: Stage, ids: np.ndarray) -> dict[str, list[tuple[Measured, Measured]]]:
    """By model id the runs that both stages have, on the samples `ids`, which both cover."""
    pairs = {
        model.id: [
            (seen.at(ids), later.runs[model.id][seed].at(ids))
            for seed, seen in first.runs[model.id].items()
            if seed in later.runs[model.id]
        ]
        for model in later.models
        if model.id in first.runs
    }
    return {name: runs for name, runs in pairs.items() if runs}
