"""Who is judged by whom: candidate and baseline on the same samples, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from edgeval.cases.align import rows_of, shared_ids
from edgeval.cases.case import DeviceFigures, ModelCase
from edgeval.errors import DataError
from edgeval.metrics.calibration import top1_confidence
from edgeval.metrics.inference.seed_drops import SeedDrops, SeedSpread, seed_drops
from edgeval.records import FAILED, NO_SCORES, Predictions

NETWORK_STAGES = (
    "float",
    "onnx",
)  # their file is the trained network; that of later stages was converted from it


@dataclass(frozen=True)
class Outcomes:
    """What the seeds of one model answered at one stage.

    ids, labels: int64 (n,); top1 int64 (seeds, n); confidence float64 (seeds, n), 0 where the inference
    failed, NaN for imported predictions without scores.
    `networks`: for each seed the SHA-256 of the file that its model comes from, else of the model file of its first
    stage, or a name where there is no file. Equal ones are the same trained network. Different ones are different
    networks only where `networks_known`: a converted file is another one whenever the same network is converted again.
    groups int64 (n,): which samples hang together.
    """

    model: str
    stage: str
    seeds: tuple[int, ...]
    networks: tuple[str, ...]
    ids: np.ndarray
    labels: np.ndarray
    top1: np.ndarray
    confidence: np.ndarray
    device: DeviceFigures | None = None
    networks_known: bool = True
    groups: np.ndarray | None = None

    @property
    def right(self) -> np.ndarray:
        """bool (seeds, n)."""
        return self.top1 == self.labels

    def on(self, ids: np.ndarray) -> Outcomes:
        """The same on the samples `ids`, which must be covered."""
        rows = np.intersect1d(self.ids, ids, return_indices=True)[1]
        return replace(
            self,
            ids=self.ids[rows],
            labels=self.labels[rows],
            top1=self.top1[:, rows],
            confidence=self.confidence[:, rows],
            groups=None if self.groups is None else self.groups[rows],
        )

    def rows(self, rows: list[int]) -> Outcomes:
        """These outcomes of some of the seeds only."""
        return replace(
            self,
            seeds=tuple(self.seeds[row] for row in rows),
            networks=tuple(self.networks[row] for row in rows),
            top1=self.top1[rows],
            confidence=self.confidence[rows],
        )


def outcomes(case: ModelCase, stage: str) -> Outcomes:
    """All seeds of a model at a stage, on the samples that all of them cover."""
    of_seed = case.of_stage(stage)
    groups = next(iter(of_seed.values())).groups
    ids = shared_ids(of_seed.values())
    rows = {seed: rows_of(seen, ids) for seed, seen in of_seed.items()}
    first = next(iter(of_seed))
    return Outcomes(
        case.id,
        stage,
        tuple(of_seed),
        tuple(_network(case, seed) for seed in of_seed),
        ids,
        of_seed[first].labels[rows[first]],
        np.array([seen.top1[rows[seed]] for seed, seen in of_seed.items()]),
        np.array([_confidence(seen)[rows[seed]] for seed, seen in of_seed.items()]),
        case.device,
        case.stages[0] in NETWORK_STAGES or bool(case.networks),
        None if groups is None else groups[rows[first]],
    )


def _network(case: ModelCase, seed: int) -> str:
    if seed in case.networks:
        return case.networks[seed]
    first = next(stage for stage in case.stages if stage in case.seeds[seed])
    known = case.seeds[seed][first].provenance.model_sha256
    return known or f"{case.id} seed {seed}"  # imported without its model: the name has to do


def _confidence(seen: Predictions) -> np.ndarray:
    if seen.score_kind == NO_SCORES:
        return np.full(len(seen.top1), np.nan)
    ran = seen.top1 != FAILED
    confidence = np.zeros(len(seen.top1))
    if ran.any():
        confidence[ran] = top1_confidence(seen.scores[ran], seen.score_kind)
    return confidence


@dataclass(frozen=True)
class Judged:
    """A candidate and its baseline on the same samples. `same_networks`: row k of both is the same network.

    `paired`: their images are compared one by one, which is the case for the same networks, or where the policy
    asks for it; chance is then which images the test set has. Otherwise it is also another seed, and `known` is the
    spread of seeds that the baseline remembers. `against`: own, reference, baseline or anchor.
    """

    baseline: Outcomes
    candidate: Outcomes
    classes: tuple[str, ...]
    same_networks: bool
    paired: bool
    known: SeedSpread | None = None
    against: str = "own"

    def without(self, names: Collection[str]) -> Judged:
        """The same without the images of some classes; DataError where none are left."""
        left_out = [index for index, name in enumerate(self.classes) if name in names]
        ids = self.candidate.ids[~np.isin(self.labels, left_out)]
        if not len(ids):
            raise DataError("no image is left without the acknowledged classes")
        known = self.known
        if known is not None:
            there = ~np.isin(np.arange(len(self.classes)), left_out)
            known = replace(known, classes=np.where(there, known.classes, 0.0))
        return replace(self, baseline=self.baseline.on(ids), candidate=self.candidate.on(ids), known=known)

    @property
    def labels(self) -> np.ndarray:
        return self.candidate.labels

    @property
    def groups(self) -> np.ndarray | None:
        """int64 (n,): which samples hang together; None where each stands alone."""
        return self.candidate.groups

    def sums(self, values: np.ndarray) -> np.ndarray:
        """Sums of float64 (n,) over the samples that hang together, (groups,); the values where none do."""
        if self.groups is None:
            return values
        return np.bincount(np.unique(self.groups, return_inverse=True)[1], weights=values)

    @cached_property
    def sizes(self) -> np.ndarray:
        """int64 (classes,): samples of each class."""
        return np.bincount(self.labels, minlength=len(self.classes))

    @cached_property
    def net_losses(self) -> np.ndarray:
        """int64 (n,): how much right answers each image lost, in units of 1 / `scale` of all seeds."""
        before, after = self.baseline.right.sum(axis=0), self.candidate.right.sum(axis=0)
        return before * (self.scale // len(self.baseline.seeds)) - after * (
            self.scale // len(self.candidate.seeds)
        )

    @property
    def scale(self) -> int:
        return math.lcm(len(self.baseline.seeds), len(self.candidate.seeds))

    @cached_property
    def seed_drops(self) -> SeedDrops:
        right = self.baseline.right, self.candidate.right
        return seed_drops(*right, self.labels, len(self.classes), self.known)

    @property
    def yardstick(self) -> str:
        return "images" if self.paired else self.seed_drops.yardstick

    @property
    def lone(self) -> bool:
        """Whether these are two different networks with one seed each."""
        return not self.paired and len(self.baseline.seeds) == len(self.candidate.seeds) == 1

    @property
    def guesses_spread(self) -> bool:
        """Whether nothing says how far the accuracies of two seeds of these networks lie apart."""
        return self.lone and self.known is None

    @property
    def matched(self) -> bool:
        """Whether row k of the baseline belongs to row k of the candidate."""
        return self.same_networks or len(self.baseline.seeds) == len(self.candidate.seeds) == 1

    def class_accuracy(self, side: Outcomes) -> np.ndarray:
        """Mean over the seeds float64 (classes,), NaN for a class without samples."""
        right = np.bincount(self.labels, weights=side.right.mean(axis=0), minlength=len(self.classes))
        return np.where(self.sizes > 0, right / np.maximum(self.sizes, 1), np.nan)

    @cached_property
    def lost_gained(self) -> tuple[np.ndarray, np.ndarray]:
        """Which images were lost and gained, two bool (rows, n): one row per seed, or per pair of matching seeds.

        Where the sides have different numbers of seeds each is repeated, so that every seed counts alike.
        """
        before, after = (
            np.tile(side.right, (self.scale // len(side.seeds), 1))
            for side in (self.baseline, self.candidate)
        )
        return before & ~after, ~before & after

    def flips(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Images lost and gained in each class, int64 (classes,), sums over the seeds; None where no rows belong
        together."""
        if not self.matched:
            return None
        lost, gained = self.lost_gained
        return self._by_class(lost.sum(axis=0)), self._by_class(gained.sum(axis=0))

    def _by_class(self, counts: np.ndarray) -> np.ndarray:
        return np.bincount(self.labels, weights=counts, minlength=len(self.classes)).astype(np.int64)


Pairs = list[tuple[int, int]]


def by_seed(baseline: Outcomes, candidate: Outcomes) -> Pairs:
    """Rows of baseline and candidate with the same seed: for two stages of one model."""
    return [
        (baseline.seeds.index(seed), row)
        for row, seed in enumerate(candidate.seeds)
        if seed in baseline.seeds
    ]


def by_network(baseline: Outcomes, candidate: Outcomes) -> Pairs:
    """Rows with the same network, if the baseline has every one of the candidate's; none otherwise.

    Where converted files do not tell, one seed of one name on either side counts as the same network.
    """
    if set(candidate.networks) <= set(baseline.networks) - {""}:
        return [(baseline.networks.index(network), row) for row, network in enumerate(candidate.networks)]
    told = baseline.networks_known and candidate.networks_known
    names = {(side.model, *side.seeds) for side in (baseline, candidate)}
    return [(0, 0)] if not told and len(names) == 1 and len(candidate.seeds) == 1 else []


def judge(
    baseline: Outcomes,
    candidate: Outcomes,
    classes: tuple[str, ...],
    yardstick: str,
    pairs: Pairs,
    known: SeedSpread | None = None,
    against: str = "own",
) -> Judged:
    """A candidate and its baseline on the samples of both. `pairs`: the rows that are the same network, if any.

    `known`: the spread of seeds measured earlier on the baseline's samples; left out where only a part is shared.
    Raises DataError where they share no sample.
    """
    if pairs:
        baseline = baseline.rows([before for before, _ in pairs])
        candidate = candidate.rows([after for _, after in pairs])
    ids = np.intersect1d(baseline.ids, candidate.ids)
    if not len(ids):
        raise DataError(
            f"{candidate.model} {candidate.stage} and {baseline.model} {baseline.stage} have no sample in common; "
            "evaluate both on the same test set"
        )
    same = bool(pairs)
    known = known if len(ids) == len(baseline.ids) else None
    paired = same or yardstick == "images"
    return Judged(baseline.on(ids), candidate.on(ids), classes, same, paired, known, against)


def repeats(item: Judged, earlier: Judged) -> bool:
    """Whether `earlier` compared every answer of `item` already: the same seeds, answers and confidences on both sides,
    on these samples and perhaps on more."""
    sides = (item.candidate, earlier.candidate), (item.baseline, earlier.baseline)
    if any((mine.model, mine.seeds) != (other.model, other.seeds) for mine, other in sides):
        return False
    if item.paired != earlier.paired or not np.isin(item.candidate.ids, earlier.candidate.ids).all():
        return False
    return all(
        np.array_equal(mine.top1, seen.top1)
        and np.array_equal(mine.confidence, seen.confidence, equal_nan=True)
        for mine, seen in ((mine, other.on(mine.ids)) for mine, other in sides)
    )
