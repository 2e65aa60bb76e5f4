"""The images behind the classes: chosen fairly, counted whole, and byte for byte those of the test set."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.report.images import samples as chosen
from edgeval.report.images.drill import class_images
from edgeval.report.images.samples import TURNS, choose_samples
from edgeval.report.images.sprite import IMAGE_SIDE, sprite_png
from edgeval.report.page import report_page
from tests.planted import grid, with_failures, world

IMAGES = np.random.default_rng(3).integers(0, 256, (1000, 8, 6, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def cases() -> list[ModelCase]:
    return grid(world())


@pytest.fixture(scope="module")
def samples(cases: list[ModelCase]) -> dict[str, Any]:
    return choose_samples(cases, compare(cases), IMAGES)


def pixels(document: dict[str, Any], index: int) -> np.ndarray:
    sheet = np.asarray(Image.open(io.BytesIO(base64.b64decode(document["png_base64"]))))
    place = document["images"]
    row, column = divmod(index, place["columns"])
    height, width = place["height"], place["width"]
    return sheet[row * height : (row + 1) * height, column * width : (column + 1) * width]


def test_every_shown_image_is_the_test_image_and_has_the_answers_of_its_stages(
    cases: list[ModelCase], samples: dict[str, Any]
) -> None:
    for case in cases:
        for row in samples["models"][case.id]:
            for shown in row["shown"]:
                assert np.array_equal(pixels(samples, shown["image"]), IMAGES[shown["id"]])
                first = [
                    seed
                    for seed, stages in sorted(case.seeds.items())
                    if {stage: int(seen.top1[shown["id"]]) for stage, seen in stages.items()}
                    == shown["answers"]
                ]
                assert first
                right = [shown["answers"][stage] == row["class_index"] for stage in ("float", "tflm")]
                assert (
                    right
                    == {"lost": [True, False], "gained": [False, True], "wrong": [False, False]}[row["kind"]]
                )


def test_the_totals_are_those_of_the_comparison(cases: list[ModelCase], samples: dict[str, Any]) -> None:
    for model in compare(cases)["models"]:
        totals = {(row["class_index"], row["kind"]): row["total"] for row in samples["models"][model["id"]]}
        for row in model["class_changes"]["classes"]:
            assert totals.get((row["index"], "lost"), 0) == row["lost"]
            assert totals.get((row["index"], "gained"), 0) == row["gained"]


def test_images_that_more_seeds_agree_on_come_first_and_no_kind_exceeds_its_turns(
    samples: dict[str, Any],
) -> None:
    for rows in samples["models"].values():
        for row in rows:
            seeds = [shown["seeds"] for shown in row["shown"]]
            assert seeds == sorted(seeds, reverse=True) and len(seeds) <= TURNS[row["kind"]]


def test_a_small_budget_is_shared_and_starts_with_what_was_lost(
    cases: list[ModelCase], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chosen, "IMAGES", 12)
    document = choose_samples(cases, compare(cases), IMAGES)
    assert document["images"]["count"] == 12
    shown = {name: sum(bool(row["shown"]) for row in rows if row["kind"] == "lost")
             for name, rows in document["models"].items()}  # fmt: skip
    assert min(shown.values()) >= 1


def test_a_failed_inference_is_shown_as_failed() -> None:
    (case, *_) = grid(world(), seeds=(0,))
    stages = case.seeds[0]
    failed = with_failures(stages["tflm"], np.flatnonzero(~stages["float"].errors)[:1].tolist())
    broken = ModelCase(case.id, case.family, {0: {**stages, "tflm": failed}}, case.params)
    document = compare([broken])
    found = class_images(
        choose_samples([broken], document, IMAGES), document["models"][0], document["dataset"]["classes"]
    )
    texts = [a.text for of in found for strip in of.strips for tile in strip.tiles for a in tile.answers]
    assert "failed" in texts


def test_neighbouring_stages_with_one_answer_stand_together(
    samples: dict[str, Any], cases: list[ModelCase]
) -> None:
    model = compare(cases)["models"][0]
    found = class_images(samples, model, list(world().info.classes))
    (lost,) = [strip for strip in found[0].strips if strip.kind == "lost"]
    assert all(tile.answers[0].right and not tile.answers[-1].right for tile in lost.tiles)
    assert all(
        a.text != b.text for tile in lost.tiles for a, b in zip(tile.answers, tile.answers[1:], strict=False)
    )


def test_large_images_are_shrunk_and_small_ones_are_not() -> None:
    large = np.zeros((2, 96, 120, 3), np.uint8)
    assert sprite_png(large)[2] == (round(96 * IMAGE_SIDE / 120), IMAGE_SIDE)
    assert sprite_png(IMAGES[:3])[2] == (8, 6)
    assert sprite_png(IMAGES[:0])[0].startswith(b"\x89PNG")


def test_the_page_says_how_many_images_it_shows(cases: list[ModelCase], samples: dict[str, Any]) -> None:
    page = report_page(compare(cases), None, samples)
    assert f"{samples['images']['count']} different images are shown" in page
    assert page.count('class="tile"') == sum(
        len(row["shown"]) for rows in samples["models"].values() for row in rows
    )
