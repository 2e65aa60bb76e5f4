"""The images of every model and class, as the page shows them: what was taken for what, at which stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edgeval.documents.compare import ComparedModel

KINDS = {
    "lost": "Lost: right before, wrong now",
    "gained": "Gained: wrong before, right now",
    "wrong": "Wrong before and now",
}


@dataclass(frozen=True)
class Answer:
    """What neighbouring stages answered alike."""

    stages: str
    text: str
    right: bool


@dataclass(frozen=True)
class Tile:
    """An image by its place in the sprite. `seeds` is empty where there is one."""

    column: int
    row: int
    sample: int
    answers: tuple[Answer, ...]
    seeds: str


@dataclass(frozen=True)
class Strip:
    """The images of one kind; `total` counts all of them, every seed's."""

    kind: str
    title: str
    total: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class ClassImages:
    id: str
    name: str
    strips: tuple[Strip, ...]

    @property
    def shown(self) -> int:
        return sum(len(strip.tiles) for strip in self.strips)

    def total(self, kind: str) -> int:
        return next((strip.total for strip in self.strips if strip.kind == kind), 0)


def class_images(
    samples: dict[str, Any] | None, model: ComparedModel, classes: Sequence[str]
) -> list[ClassImages]:
    """The classes of a model that have images to show, in the order of its table of classes."""
    if samples is None:
        return []
    strips: dict[int, list[Strip]] = {}
    for row in samples["models"].get(model["id"], []):
        if row["shown"]:
            strips.setdefault(row["class_index"], []).append(
                _strip(row, samples["images"]["columns"], classes)
            )
    order = [row["index"] for row in model["class_changes"]["classes"]]
    return [
        ClassImages(anchor(model["id"], index), classes[index], tuple(strips[index]))
        for index in order
        if index in strips
    ]


def anchor(model_id: str, class_index: int) -> str:
    """The id of a class's images in the page."""
    return f"images-{model_id}-{class_index}"


def _strip(row: dict[str, Any], columns: int, classes: Sequence[str]) -> Strip:
    tiles = tuple(_tile(shown, columns, row["class_index"], classes) for shown in row["shown"])
    return Strip(row["kind"], KINDS[row["kind"]], row["total"], tiles)


def _tile(shown: dict[str, Any], columns: int, label: int, classes: Sequence[str]) -> Tile:
    y, x = divmod(shown["image"], columns)
    seeds = "" if shown["of_seeds"] == 1 else f"{shown['seeds']} of {shown['of_seeds']} seeds"
    return Tile(x, y, shown["id"], _answers(shown["answers"], label, classes), seeds)


def _answers(answers: dict[str, int], label: int, classes: Sequence[str]) -> tuple[Answer, ...]:
    """Neighbouring stages with one answer stand together, so that a change stands out."""
    runs: list[tuple[list[str], int]] = []
    for stage, answer in answers.items():
        if runs and runs[-1][1] == answer:
            runs[-1][0].append(stage)
        else:
            runs.append(([stage], answer))
    return tuple(
        Answer(_span(stages), "failed" if answer < 0 else classes[answer], answer == label)
        for stages, answer in runs
    )


def _span(stages: list[str]) -> str:
    return stages[0] if len(stages) == 1 else f"{stages[0]} to {stages[-1]}"
