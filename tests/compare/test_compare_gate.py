"""The threshold gate on planted drops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest

from edgeval.compare.case import GateLimits, ModelCase
from edgeval.compare.document import compare
from edgeval.errors import UsageError
from tests.planted import predictions, world

WORLD = world(classes=10, samples=1000)  # 100 images a class


def scores(lost: dict[int, int], gained: dict[int, int] | None = None) -> np.ndarray:
    """All right but `lost` first images of a class; the last `gained` of a class are wrong in every other call."""
    answers = WORLD.labels.copy()
    for index, count in lost.items():
        rows = np.flatnonzero(WORLD.labels == index)[:count]
        answers[rows] = (index + 1) % 10
    for index, count in (gained or {}).items():
        rows = np.flatnonzero(WORLD.labels == index)[-count:]
        answers[rows] = (index + 1) % 10
    return 5.0 * np.eye(10)[answers]


def model(name: str, before: np.ndarray, *after: np.ndarray, params: int | None = None) -> ModelCase:
    seeds = {
        seed: {"float": predictions(WORLD, "float", before), "int8": predictions(WORLD, "int8", one)}
        for seed, one in enumerate(after)
    }
    return ModelCase(name, "net", seeds, params=params)


def gate(cases: list[ModelCase], *limits: float | None, against: str = "own") -> dict:
    return compare(cases, limits=GateLimits(*limits, against=against))["gate"]


def test_the_class_that_lost_is_named_with_its_evidence() -> None:
    result = gate([model("a", scores({}, {3: 2}), scores({3: 8}))], 5.0, 2.0)
    (violation,) = result["violations"]
    assert not result["passed"]
    assert (violation["rule"], violation["model"], violation["stage"], violation["class"]) == (
        "max_class_drop", "a", "int8", "cat",
    )  # fmt: skip
    assert violation["seen"] == pytest.approx(6.0)
    assert (violation["limit"], violation["lost"], violation["gained"], violation["samples"]) == (
        5.0,
        8,
        2,
        100,
    )
    assert violation["p_value"] == pytest.approx(binomtest(8, 10, alternative="greater").pvalue)


def test_a_drop_of_exactly_the_limit_passes() -> None:
    cases = [model("a", scores({}), scores({3: 7}))]
    assert gate(cases, 7.0)["passed"]
    assert not gate(cases, 6.99)["passed"]


def test_accuracy_is_a_rule_of_its_own() -> None:
    cases = [model("a", scores({}), scores(dict.fromkeys(range(10), 3)))]
    assert gate(cases, 5.0)["passed"]
    (violation,) = gate(cases, 5.0, 2.0)["violations"]
    assert (violation["rule"], violation["class"], violation["seen"]) == (
        "max_accuracy_drop",
        None,
        pytest.approx(3.0),
    )


def test_without_rules_nothing_is_judged() -> None:
    result = gate([model("a", scores({}), scores({3: 90}))])
    assert (result["passed"], result["rules"], result["judged"]) == (True, [], [])


def test_seeds_are_averaged_and_a_single_bad_seed_is_warned_of() -> None:
    cases = [model("a", scores({}), scores({3: 12}), scores({}))]
    document = compare(cases, limits=GateLimits(max_class_drop=8.0))
    assert document["gate"]["passed"]
    assert any("one seed alone loses 12.0 points of class 'cat'" in text for text in document["warnings"])


def test_against_the_reference_a_small_size_is_judged_by_the_large_one() -> None:
    small = model("net-1", scores({3: 30}), scores({3: 30}), params=100)
    large = model("net-2", scores({}), scores({}), params=1000)
    assert gate([small, large], 10.0)["passed"]
    (violation,) = gate([small, large], 10.0, against="reference")["violations"]
    assert (violation["model"], violation["baseline"], violation["class"], violation["lost"]) == (
        "net-1",
        "net-2",
        "cat",
        None,
    )
    assert violation["seen"] == pytest.approx(30.0)


def test_limits_that_the_class_sizes_cannot_carry_are_warned_of() -> None:
    cases = [model("a", scores({}), scores({}))]
    noisy = compare(cases, limits=GateLimits(max_class_drop=2.0))["warnings"]
    assert noisy == [
        "A class limit of 2 points is noise for 10 of 10 classes: 3 lost images of 'airplane' (100 images) exceed it, "
        "but fewer than 5 cannot be told from chance"
    ]
    assert (
        binomtest(4, 4, alternative="greater").pvalue > 0.05 > binomtest(5, 5, alternative="greater").pvalue
    )
    assert compare(cases, limits=GateLimits(max_class_drop=4.0))["warnings"] == []


def test_a_partial_device_stage_is_judged_beside_the_last_whole_one() -> None:
    case = model("a", scores({}), scores({}))
    whole = predictions(WORLD, "emulated", scores({3: 100}))
    rows = np.arange(200)
    part = replace(whole, ids=whole.ids[rows], labels=whole.labels[rows], top1=whole.top1[rows],
                   scores=whole.scores[rows], output_int8=whole.output_int8[rows])  # fmt: skip
    case.seeds[0]["emulated"] = part  # type: ignore[index]
    document = compare([case], limits=GateLimits(max_class_drop=20.0))
    assert [item["stage"] for item in document["gate"]["judged"]] == ["int8", "emulated"]
    (violation,) = document["gate"]["violations"]
    assert (violation["stage"], violation["class"], violation["samples"]) == ("emulated", "cat", 20)
    assert "a emulated: covers 200 of 1000 samples" in document["warnings"]


@pytest.mark.parametrize("limit", [-1.0, float("nan"), float("inf"), 101.0])
def test_a_limit_must_be_points(limit: float) -> None:
    with pytest.raises(UsageError, match="--max-class-drop"):
        gate([model("a", scores({}), scores({}))], limit)


def test_a_limit_needs_something_to_compare_with() -> None:
    single = ModelCase("a", "a", {0: {"int8": predictions(WORLD, "int8", scores({}))}})
    with pytest.raises(UsageError, match="only the stage int8"):
        gate([single], 5.0)
    assert gate([single])["passed"]
    with pytest.raises(UsageError, match="--reference"):
        gate([model("a", scores({}), scores({}))], 5.0, against="reference")
