"""Which images a report shows of each model and class: those that its stages lost, gained, or never had right.

There are as many images as a page can carry. They are taken in turns, so that every model and class has its
first image before any has its second, and the images of a class that most seeds agree on come first.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeval.cases.align import shared_rows
from edgeval.cases.case import ModelCase
from edgeval.documents.compare import ComparisonDocument
from edgeval.records import IMAGE
from edgeval.report.images.pictures import pictures
from edgeval.report.images.sprite import DRAWN_SIDE, IMAGE_SIDE, sprite_png
from edgeval.store import SCHEMA_VERSION, json_bytes, sha256_bytes

IMAGES = 480  # different images in one report: about 1.3 MB as PNG where they are 32 x 32
ENTRIES = 2400  # places where they are shown, over all models
TURNS = {"lost": 8, "gained": 4, "wrong": 4}  # images of each kind that one class of one model shows at most


@dataclass(frozen=True)
class Shown:
    """One test image under one model: `seeds` of `of_seeds` trainings agree on `kind`, `answers` are of the first.

    `answers` has the class index by stage, -1 where the inference failed; stages that did not run it are absent.
    """

    id: int
    label: int
    kind: str
    seeds: int
    of_seeds: int
    answers: dict[str, int]


@dataclass(frozen=True)
class Pick:
    """The images of one kind of one model and class, the first to be shown first; `total` counts all of them."""

    model: str
    label: int
    kind: str
    shown: tuple[Shown, ...]
    total: int


def choose_samples(
    cases: Sequence[ModelCase], document: ComparisonDocument, samples: np.ndarray, kind: str = IMAGE
) -> dict[str, Any]:
    """The document of the images that a report shows, with their pixels as one PNG.

    `document` is the comparison of these cases; samples (n, ...) of `kind` are those of the test set by
    sample id. Equal input gives an equal document.
    """
    stages = {m["id"]: (m["validated_stage"], m["deployed_stage"]) for m in document["models"]}
    picks = [pick for case in cases for pick in _picks(case, *stages[case.id])]
    taken, used = _take_turns(picks)
    png, columns, (height, width) = sprite_png(
        pictures(samples[used], kind), IMAGE_SIDE if kind == IMAGE else DRAWN_SIDE
    )
    place = {sample: index for index, sample in enumerate(used)}
    return {
        "schema_version": SCHEMA_VERSION,
        "compare_sha256": sha256_bytes(json_bytes(document)),
        "images": {
            "count": len(used),
            "columns": columns,
            "rows": max(1, -(-len(used) // columns)),
            "height": height,
            "width": width,
        },
        "limits": {"images": IMAGES, "entries": ENTRIES, **TURNS},
        "models": _by_model(picks, taken, place),
        "png_base64": base64.b64encode(png).decode(),
    }


def _picks(case: ModelCase, first: str, last: str) -> Iterator[Pick]:
    """What each class lost, gained and never had right, most seeds first."""
    votes: dict[str, dict[int, list[int]]] = {kind: {} for kind in TURNS}
    labels: dict[int, int] = {}
    pairs = case.of_stages(first, last)
    for seed, (before, after) in pairs.items():
        rows, others = shared_rows(before, after)
        truth, right, still = before.labels[rows], ~before.errors[rows], ~after.errors[others]
        masks = {"lost": right & ~still, "gained": ~right & still, "wrong": ~right & ~still}
        for kind, mask in masks.items():
            for sample, label in zip(before.ids[rows][mask].tolist(), truth[mask].tolist(), strict=True):
                votes[kind].setdefault(sample, []).append(seed)
                labels[sample] = label
    for kind, of_kind in votes.items():
        classes: dict[int, list[int]] = {}
        for sample in sorted(of_kind, key=lambda sample: (-len(of_kind[sample]), sample)):
            classes.setdefault(labels[sample], []).append(sample)
        for label, samples in sorted(classes.items()):
            shown = tuple(
                Shown(s, label, kind, len(of_kind[s]), len(pairs), _answers(case, of_kind[s][0], s))
                for s in samples[: TURNS[kind]]
            )
            yield Pick(case.id, label, kind, shown, sum(len(of_kind[sample]) for sample in samples))


def _answers(case: ModelCase, seed: int, sample: int) -> dict[str, int]:
    found = {}
    for stage in (stage for stage in case.stages if stage in case.seeds[seed]):
        seen = case.seeds[seed][stage]
        row = int(np.searchsorted(seen.ids, sample))
        if row < len(seen.ids) and seen.ids[row] == sample:
            found[stage] = int(seen.top1[row])
    return found


def _take_turns(picks: Sequence[Pick]) -> tuple[set[tuple[str, str, int]], list[int]]:
    """(model, kind, sample) of all that is shown, and the ids of the images, ascending."""
    taken: set[tuple[str, str, int]] = set()
    used: set[int] = set()
    for kind, turns in TURNS.items():
        ordered = _interleaved([pick for pick in picks if pick.kind == kind])
        for turn in range(turns):
            for pick in (pick for pick in ordered if len(pick.shown) > turn):
                sample = pick.shown[turn].id
                if len(taken) < ENTRIES and (sample in used or len(used) < IMAGES):
                    taken.add((pick.model, kind, sample))
                    used.add(sample)
    return taken, sorted(used)


def _interleaved(picks: Sequence[Pick]) -> list[Pick]:
    """The class of each model that has most, then the second of each, and so on."""
    ranked: list[tuple[int, Pick]] = []
    for model in dict.fromkeys(pick.model for pick in picks):
        own = sorted((pick for pick in picks if pick.model == model), key=lambda pick: -pick.total)
        ranked += enumerate(own)
    return [pick for _, pick in sorted(ranked, key=lambda row: row[0])]


def _by_model(
    picks: Sequence[Pick], taken: set[tuple[str, str, int]], place: dict[int, int]
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for pick in picks:
        shown = [
            {"image": place[s.id], "id": s.id, "seeds": s.seeds, "of_seeds": s.of_seeds, "answers": s.answers}
            for s in pick.shown
            if (pick.model, pick.kind, s.id) in taken
        ]
        row = {"class_index": pick.label, "kind": pick.kind, "total": pick.total, "shown": shown}
        found.setdefault(pick.model, []).append(row)
    return found
