"""What may be compared, and which model is the reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeval.cases.align import checked, shared_rows
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.errors import DataError, UsageError
from edgeval.records import Predictions, Preprocessing
from tests.planted import SIZES, grid, predictions, world

WORLD = world(samples=40)
SCORES = np.random.default_rng(1).normal(size=(40, 10))


def pair(other: Predictions) -> list[ModelCase]:
    return [
        ModelCase("a", "net", {0: {"float": predictions(WORLD, "float", SCORES), "tflm": other}}),
    ]


def refused(other: Predictions, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        compare(pair(other))
    assert "a seed 0 tflm" in str(caught.value)


def test_other_samples_labels_or_data_are_refused() -> None:
    good = predictions(WORLD, "tflm", SCORES)
    compare(pair(good))
    refused(replace(good, ids=good.ids + 1), "other samples or labels")
    refused(replace(good, labels=good.labels[::-1].copy()), "other samples or labels")
    refused(predictions(world(samples=40, seed=8), "tflm", SCORES), "evaluated on planted")
    refused(predictions(world(classes=11, samples=40), "tflm", np.zeros((40, 11))), "11 classes")


def test_stages_of_one_network_on_other_inputs_are_refused() -> None:
    good = predictions(WORLD, "tflm", SCORES)
    other = replace(good, provenance=replace(good.provenance, preprocessing=Preprocessing(0.5, 0.25)))
    first = predictions(WORLD, "float", SCORES)
    with pytest.raises(
        DataError, match=r"tflm was made with \(pixel / 255 - 0.5\) / 0.25 .* float with pixel / 255;"
    ):
        compare([ModelCase("a", "net", {0: {"float": first, "tflm": other}})])
    imported = replace(good, provenance=replace(good.provenance, preprocessing=None))
    compare([ModelCase("a", "net", {0: {"float": first, "tflm": imported}})])
    compare([ModelCase("a", "net", {0: {"tflm": good}}), ModelCase("b", "net", {0: {"tflm": other}})])


def test_scores_that_are_not_numbers_are_refused() -> None:
    good = predictions(WORLD, "tflm", SCORES)
    broken = good.scores.copy()
    broken[7, 2] = np.nan
    refused(replace(good, scores=broken), "not numbers, first at sample 7")
    refused(replace(good, scores=good.scores[:, :9]), "shape")


def test_only_a_device_stage_may_cover_a_part() -> None:
    whole = predictions(WORLD, "emulated", SCORES)
    rows = np.array([3, 1, 8])
    part = replace(whole, ids=whole.ids[rows], labels=whole.labels[rows], top1=whole.top1[rows],
                   scores=whole.scores[rows], output_int8=whole.output_int8[rows])  # fmt: skip
    refused(part, "other samples")
    stages = {"float": predictions(WORLD, "float", SCORES), "emulated": part}
    document = compare([ModelCase("a", "net", {0: stages})])
    assert document["models"][0]["deployed_stage"] == "float"
    with pytest.raises(DataError, match="a sample twice"):
        compare([ModelCase("a", "net", {0: {**stages, "emulated": replace(part, ids=np.array([3, 3, 8]))}})])
    with pytest.raises(DataError, match="has samples or labels that"):
        compare([ModelCase("a", "net", {0: {**stages, "emulated": replace(part, ids=np.array([3, 1, 99]))}})])


def test_shared_rows_find_the_same_samples_in_any_order() -> None:
    whole = predictions(WORLD, "tflm", SCORES)
    rows = np.array([30, 2, 17])
    part = replace(whole, ids=whole.ids[rows], labels=whole.labels[rows])
    first, second = shared_rows(whole, part)
    assert whole.ids[first].tolist() == part.ids[second].tolist() == [2, 17, 30]


def test_the_largest_size_of_a_family_is_its_reference() -> None:
    comparison = checked(grid(WORLD), None)
    assert comparison.reference == "scalecnn-16"
    # MobileNetV2 has one size here, so it borrows the main reference
    assert comparison.reference_of == {"scalecnn": "scalecnn-16", "mobilenetv2": "scalecnn-16"}


def test_a_named_reference_is_everyones() -> None:
    comparison = checked(grid(WORLD), "mobilenetv2-0.35")
    assert set(comparison.reference_of.values()) == {comparison.reference} == {"mobilenetv2-0.35"}


def test_unknown_and_double_names_are_refused() -> None:
    with pytest.raises(UsageError, match="did you mean 'scalecnn-16'"):
        compare(grid(WORLD), reference="scalecn-16")
    twice = grid(WORLD)[:1] * 2
    with pytest.raises(UsageError, match="two models are named 'scalecnn-4'"):
        compare(twice)
    with pytest.raises(UsageError, match="no model"):
        compare([])
    assert list(SIZES) == [case.id for case in grid(WORLD)]
