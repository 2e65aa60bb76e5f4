"""The split of an accuracy change. References: counts by hand, the transitions' own accuracies, and the normal
interval of a mean of paired differences within classes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.compare.split import accuracy_splits
from tests.planted import grid, predictions, world

WORLD = world(classes=3, samples=6)  # labels 0 1 2 0 1 2


def scores(answers: list[int]) -> np.ndarray:
    return 3.0 * np.eye(3)[answers]


def one(**answers: list[int]) -> ModelCase:
    return ModelCase(
        "a", "a", {0: {stage: predictions(WORLD, stage, scores(row)) for stage, row in answers.items()}}
    )


def test_parts_by_hand() -> None:
    case = one(
        float=[0, 1, 2, 0, 1, 2], onnx=[0, 1, 2, 0, 1, 2], int8=[0, 1, 2, 0, 0, 0], tflm=[0, 1, 2, 0, 1, 0],
        host=[1, 1, 2, 0, 1, 0],
    )  # fmt: skip
    split = accuracy_splits([case])["a"]
    seen = [(row["cause"], row["from"], row["to"], row["change_points"]) for row in split["parts"]]
    assert seen == [
        ("quantization", "float", "int8", pytest.approx(-200 / 6)),
        ("kernel rounding", "int8", "tflm", pytest.approx(100 / 6)),
        ("device", "tflm", "host", pytest.approx(-100 / 6)),
    ]
    assert split["change_points"] == pytest.approx(-200 / 6)
    assert (split["from"], split["to"], split["samples"]) == ("float", "host", 6)


def test_a_missing_stage_joins_its_causes() -> None:
    right = [0, 1, 2, 0, 1, 2]
    parts = accuracy_splits([one(float=right, int8=right, host=right)])["a"]["parts"]
    assert [row["cause"] for row in parts] == ["quantization", "kernel rounding and device"]


def test_one_group_of_stages_has_nothing_to_split() -> None:
    right = [0, 1, 2, 0, 1, 2]
    document = compare([one(float=right, onnx=right)])
    assert document["models"][0]["accuracy_split"] is None


def test_a_device_stage_on_a_part_of_the_set_is_left_to_the_host() -> None:
    right = [0, 1, 2, 0, 1, 2]
    case = one(int8=right, tflm=right, host=right, emulated=right)
    whole = case.seeds[0]["emulated"]
    part = replace(
        whole, ids=whole.ids[:3], labels=whole.labels[:3], top1=whole.top1[:3], scores=whole.scores[:3]
    )
    split = accuracy_splits([replace(case, seeds={0: {**case.seeds[0], "emulated": part}})])["a"]
    assert (split["to"], split["samples"]) == ("host", 6)


def test_parts_add_up_and_agree_with_the_transitions() -> None:
    for model in compare(grid(world()))["models"]:
        split = model["accuracy_split"]
        assert sum(row["change_points"] for row in split["parts"]) == pytest.approx(split["change_points"])
        (last,) = [row for row in model["transitions"] if row["from"] == "int8"]
        change = 100 * (last["accuracy_after"] - last["accuracy_before"])
        assert split["parts"][1]["change_points"] == pytest.approx(change)


def test_the_interval_is_that_of_a_paired_mean() -> None:
    where = world(samples=4000)
    (case, *_) = grid(where)
    split = accuracy_splits([case])["scalecnn-4"]
    changes = np.mean(
        [seen["float"].errors.astype(float) - seen["int8"].errors for seen in case.seeds.values()], axis=0
    )
    within = [changes[where.labels == label] for label in range(10)]
    error = 100 * np.sqrt(sum(len(row) * row.var() for row in within)) / len(changes)
    low, high = split["parts"][0]["interval"]
    assert (high - low) / 2 == pytest.approx(1.96 * error, rel=0.08)
    assert low < 100 * changes.mean() < high
