"""The gate on planted drops. References: scipy's exact tests, and what was planted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.errors import DataError, UsageError
from edgeval.gate.baseline import accepted, baseline_from_json
from edgeval.gate.checks.class_check import class_check
from edgeval.gate.checks.model_check import model_check
from edgeval.gate.checks.power import drop_rules
from edgeval.gate.judged import Outcomes, judge
from edgeval.gate.policy import ClassRule, Policy, Rule, default_policy
from edgeval.gate.terms import BASELINE, Terms, quick_terms
from edgeval.metrics.inference.gate_power import simulate_flips
from edgeval.metrics.inference.noninferiority import beyond_p_values
from edgeval.store import json_bytes
from tests.planted import figures, predictions, world

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
        seed: {
            "float": predictions(WORLD, "float", before, f"{name}/{seed}"),
            "int8": predictions(WORLD, "int8", one, f"{name}/{seed}"),
        }
        for seed, one in enumerate(after)
    }
    return ModelCase(name, "net", seeds, params=params)


def gate(cases: list[ModelCase], terms: Terms) -> dict[str, Any]:
    """The gate's part as a reader gets it."""
    result: dict[str, Any] = json.loads(json_bytes(compare(cases, terms=terms)["gate"]))
    return result


def only(rule: Rule, **changes: Any) -> Terms:
    return Terms(Policy((rule,), **changes))


def check(result: dict[str, Any], rule: str, model: str = "a") -> dict[str, Any]:
    (found,) = [row for row in result["checks"] if (row["rule"], row["model"]) == (rule, model)]
    return dict(found)


def test_the_class_that_lost_is_named_with_its_evidence() -> None:
    """With one class that flips, maxT is its exact McNemar test, and Holm's first p-value ten times its own."""
    result = gate([model("a", scores({}, {3: 2}), scores({3: 20}))], quick_terms(5.0))
    (violation,) = result["violations"]
    assert (result["passed"], result["verdict"]) == (False, "fail")
    assert [violation[key] for key in ("rule", "model", "stage", "class", "class_index")] == [
        "class_accuracy", "a", "int8", "cat", 3,
    ]  # fmt: skip
    assert violation["seen"] == pytest.approx(18.0)
    assert [violation[key] for key in ("limit", "unit", "lost", "gained", "samples")] == [
        5.0,
        "points",
        20,
        2,
        100,
    ]
    assert violation["p_value"] == pytest.approx(10 * float(beyond_p_values(20, 2, 100, 0.05)), rel=1e-9)
    seen = check(result, "class_accuracy")
    assert (seen["outcome"], seen["p_value"]) == ("beyond", violation["p_value"])
    assert seen["p_loss"] == pytest.approx(binomtest(20, 22, alternative="greater").pvalue, abs=1e-12)
    columns = check(result, "class_accuracy")["classes"]
    assert columns["status"] == ["pass"] * 3 + ["fail"] + ["pass"] * 6
    assert columns["outcome"] == ["none"] * 3 + ["beyond"] + ["none"] * 6
    assert (columns["lost"][3], columns["gained"][3], columns["before"][3]) == (20, 2, pytest.approx(0.98))


def test_some_loss_warns_and_fails_where_the_policy_says_so() -> None:
    """8 of 100 lost and none gained is a loss (p = 2^-8), and may be one of 5 points."""
    cases = [model("a", scores({}), scores({3: 8}))]
    rule = Rule("class_accuracy", "class_accuracy", 5.0)
    warned = gate(cases, only(rule))
    seen = check(warned, "class_accuracy")
    assert (warned["verdict"], seen["status"], seen["outcome"]) == ("pass", "warn", "some")
    assert seen["p_loss"] == pytest.approx(0.5**8)
    assert seen["p_value"] > 0.05
    assert "cat -8.0 points" in seen["message"]
    assert "lost for real, and it is not shown" in seen["message"]
    strict = gate(cases, only(replace(rule, fails_on="some")))
    assert [row["class"] for row in strict["violations"]] == ["cat"]
    # At most the allowance is allowed, whatever is shown of it.
    assert (
        check(gate(cases, only(replace(rule, allowance=8.0, fails_on="some"))), "class_accuracy")["status"]
        == "pass"
    )
    assert not gate(cases, only(replace(rule, allowance=7.99, fails_on="some")))["passed"]
    # Without an allowance some loss is a loss beyond it.
    none = check(gate(cases, only(replace(rule, allowance=0.0))), "class_accuracy")
    assert (none["status"], none["outcome"], none["p_value"]) == ("fail", "beyond", seen["p_loss"])


def test_a_large_drop_that_may_be_chance_passes() -> None:
    """8 lost, 2 gained: 6 points, p = 0.055 of any loss."""
    result = gate([model("a", scores({}, {3: 2}), scores({3: 8}))], quick_terms(5.0))
    seen = check(result, "class_accuracy")
    assert (result["passed"], seen["status"], seen["outcome"]) == (True, "pass", "none")
    assert (seen["seen"], seen["limit"]) == (pytest.approx(6.0), 5.0)
    assert seen["p_loss"] == pytest.approx(binomtest(8, 10, alternative="greater").pvalue, abs=1e-12)


def test_accuracy_is_a_rule_of_its_own() -> None:
    """3 points lost in every class: no class rule, McNemar over all images, and the classes that lost most."""
    lost = {index: 2 + index % 3 for index in range(10)}
    result = gate([model("a", scores({}), scores(lost))], quick_terms())
    (violation,) = result["violations"]
    assert (violation["rule"], violation["class"]) == ("accuracy", None)
    assert violation["seen"] == pytest.approx(2.9)
    assert check(result, "accuracy")["p_loss"] == pytest.approx(0.5**29, rel=1e-9)
    assert violation["p_value"] == pytest.approx(float(beyond_p_values(29, 0, 1000, 0.01)), rel=1e-9)
    assert "most in bird 4.0" in violation["message"]
    low, high = check(result, "accuracy")["interval"]
    assert 0 < low < 2.9 < high


def test_the_level_is_shared_by_rules_and_models() -> None:
    cases = [model(name, scores({}), scores({})) for name in "abcd"]
    result = gate(cases, quick_terms())
    levels = {row["id"]: row["level"] for row in result["rules"]}
    assert levels == {"class_accuracy": pytest.approx(0.04 / 4), "accuracy": pytest.approx(0.01 / 4)}
    assert sum(4 * level for level in levels.values()) == pytest.approx(result["policy"]["level"])


def test_a_reference_has_to_be_named() -> None:
    with pytest.raises(UsageError, match="--reference"):
        gate([model("a", scores({}), scores({}))], quick_terms(against="reference"))


def test_the_same_image_lost_in_three_seeds_is_one_image() -> None:
    """Pooled, 4 images lost by all of 3 seeds have p = 2^-12; as images 2^-4 (exact, sign flips)."""
    seen = check(gate([model("a", scores({}), *[scores({3: 4})] * 3)], quick_terms(1.0)), "class_accuracy")
    assert seen["p_loss"] == pytest.approx(0.5**4)
    assert seen["status"] == "pass"
    assert (seen["classes"]["lost"][3], seen["seen"]) == (12, pytest.approx(4.0))


def test_a_warning_does_not_fail_and_a_class_can_matter_more() -> None:
    cases = [model("a", scores({}), scores({3: 25, 5: 25}))]
    own = {"cat": ClassRule(allowance=30.0), "dog": ClassRule(severity="warn")}
    result = gate(cases, only(Rule("class_accuracy", "class_accuracy", 5.0, classes=own)))
    assert check(result, "class_accuracy")["classes"]["status"][3:6] == ["pass", "pass", "warn"]
    assert (result["passed"], result["violations"], check(result, "class_accuracy")["status"]) == (
        True,
        [],
        "warn",
    )
    warned = compare(cases, terms=only(Rule("class_accuracy", "class_accuracy", 5.0, severity="warn")))
    assert warned["gate"]["passed"]
    assert any("2 of 10 classes lost more than allowed" in text for text in warned["warnings"])


def test_an_unknown_class_is_refused() -> None:
    rule = Rule("class_accuracy", "class_accuracy", classes={"kat": ClassRule(allowance=2.0)})
    with pytest.raises(UsageError, match=r"unknown class 'kat'.*did you mean 'cat'"):
        gate([model("a", scores({}), scores({}))], only(rule))


def test_non_inferiority_fails_until_it_is_shown() -> None:
    """100 images a class without a flip prove a margin of 5 points (Tango: p = 0.0109), not one of 2 (0.0766)."""
    cases = [model("a", scores({}), scores({}))]
    for margin, passed, p_value in ((5.0, True, 0.0109), (2.0, False, 0.0766)):
        result = gate(cases, only(Rule("class_accuracy", "class_accuracy", margin, test="non-inferiority")))
        seen = check(result, "class_accuracy")
        assert (result["passed"], round(seen["p_value"], 4), seen["level"]) == (passed, p_value, 0.05)
    whole = gate(cases, only(Rule("accuracy", "accuracy", 0.5, test="non-inferiority")))
    assert whole["passed"]


@pytest.mark.parametrize(
    ("rule", "passes", "fails"),
    [
        (Rule("gini", "gini", 0.02, direction="rise"), {}, {0: 60, 1: 60}),
        (Rule("ece", "ece", 0.05, direction="rise"), {}, dict.fromkeys(range(10), 20)),
        (Rule("bottom5_accuracy", "bottom5_accuracy", 5.0), {0: 2}, dict.fromkeys(range(5), 30)),
        (Rule("jaccard", "jaccard", limit=0.5), {}, dict.fromkeys(range(10), 9)),
        (Rule("flipped_labels", "flipped_labels", limit=2.0, direction="rise"), {0: 25}, {0: 35}),
    ],
)
def test_rules_about_other_figures(rule: Rule, passes: dict[int, int], fails: dict[int, int]) -> None:
    """Each has what it watches planted; 25 flips of 1,000 may be 2 %, 35 not (exact binomial)."""
    assert gate([model("a", scores({9: 9}), scores({9: 9} | passes))], only(rule))["passed"]
    result = gate([model("a", scores({9: 9}), scores({9: 9} | fails))], only(rule))
    seen = check(result, rule.id)
    assert seen["status"] == "fail"
    assert seen["p_value"] <= 0.05
    assert seen["interval"][0] <= seen["seen"] <= seen["interval"][1]


def test_flipped_labels_use_the_exact_binomial_test() -> None:
    result = gate(
        [model("a", scores({}), scores({0: 35}))],
        only(Rule("f", "flipped_labels", limit=2.0, direction="rise")),
    )
    expected = binomtest(35, 1000, 0.02, alternative="greater").pvalue
    assert check(result, "f")["p_value"] == pytest.approx(expected, abs=1e-9)


def test_device_figures_have_limits_and_a_missing_one_is_never_a_pass() -> None:
    case = model("a", scores({}), scores({}))
    on_device = replace(case, device=figures(100_000, 1_000_000))
    rule = Rule("ram", "peak_ram_bytes", limit=33_000, direction="rise", test="none")
    assert gate([on_device], only(rule))["passed"]
    (violation,) = gate([on_device], only(replace(rule, limit=32_999)))["violations"]
    assert (violation["seen"], violation["limit"], violation["unit"]) == (33_000, 32_999, "bytes")
    missing = gate([case], only(rule))
    assert (missing["passed"], missing["verdict"], missing["violations"]) == (False, "incomplete", [])
    assert check(missing, "ram")["status"] == "missing"
    for what, status in (("warn", "warn"), ("ignore", "ignored")):
        accuracy = Rule("accuracy", "accuracy", 1.0)
        allowed = gate([case], Terms(Policy((accuracy, replace(rule, missing=what)))))
        assert (allowed["passed"], check(allowed, "ram")["status"]) == (True, status)


def test_against_the_reference_a_small_size_is_judged_by_the_large_one() -> None:
    lost = dict.fromkeys(range(10), 3) | {3: 70}
    small = model("net-1", scores(lost), scores(lost), scores(lost), params=100)
    large = model("net-2", scores({}), scores({}), scores({}), params=1000)
    assert gate([small, large], quick_terms(10.0))["passed"]
    result = gate([small, large], quick_terms(10.0, against="reference"))
    (violation,) = [row for row in result["violations"] if row["class"] is not None]
    assert [violation[key] for key in ("model", "baseline", "class")] == ["net-1", "net-2", "cat"]
    assert [row["yardstick"] for row in result["judged"]] == ["seeds", "images"]


def test_a_partial_device_stage_is_judged_beside_the_last_whole_one() -> None:
    case = model("a", scores({}), scores({}))
    whole = predictions(WORLD, "emulated", scores({3: 100}))
    rows = np.arange(200)
    part = replace(whole, ids=whole.ids[rows], labels=whole.labels[rows], top1=whole.top1[rows],
                   scores=whole.scores[rows], output_int8=whole.output_int8[rows])  # fmt: skip
    case.seeds[0]["emulated"] = part  # type: ignore[index]
    document = compare([case], terms=quick_terms(20.0, 20.0))
    assert [item["stage"] for item in document["gate"]["judged"]] == ["int8", "emulated"]
    (violation,) = document["gate"]["violations"]
    assert (violation["stage"], violation["class"], violation["samples"]) == ("emulated", "cat", 20)
    assert "a emulated: covers 200 of 1000 samples" in document["warnings"]


def test_a_stage_with_the_same_answers_is_not_tested_again() -> None:
    """An emulated part that answers as int8 does leaves int8 the whole level; one other answer, and both share it."""
    case = model("a", scores({}), scores({3: 9}))
    whole = case.seeds[0]["int8"]
    rows = np.arange(0, 1000, 4)
    part = replace(whole, ids=whole.ids[rows], labels=whole.labels[rows], top1=whole.top1[rows],
                   scores=whole.scores[rows], output_int8=whole.output_int8[rows],
                   provenance=replace(whole.provenance, stage="emulated"))  # fmt: skip
    other = replace(part, top1=np.where(np.arange(250) == 7, 1 - part.top1.clip(0, 1), part.top1))
    for emulated, same, level in ((part, "int8", 0.04), (other, None, 0.02)):
        stages = {**case.seeds[0], "emulated": emulated}
        result = gate([ModelCase("a", "net", {0: stages})], quick_terms(20.0, 20.0))
        assert [row["stage"] for row in result["judged"]] == ["int8", "emulated"]
        assert [row["same_as"] for row in result["judged"]] == [None, same]
        assert {row["stage"] for row in result["checks"]} == {"int8"} | (
            {"emulated"} if same is None else set()
        )
        assert result["rules"][0]["level"] == pytest.approx(level)


@pytest.mark.parametrize("limit", [-1.0, float("nan"), float("inf"), 101.0])
def test_an_allowance_must_be_points(limit: float) -> None:
    with pytest.raises(UsageError, match="--max-class-drop"):
        quick_terms(limit)


def accept(cases: list[ModelCase]) -> Terms:
    document = json.loads(json_bytes(accepted(cases, Terms().policy.sha256)))
    return Terms(against=BASELINE, baseline=baseline_from_json(document, "baseline.json"))


def test_the_same_network_is_judged_by_its_images_another_by_its_seeds() -> None:
    before = model("a", scores({}), *[scores({})] * 3)
    worse = model("a", scores({}), *[scores({3: 25})] * 3)
    again = gate([before], accept([before]))
    assert (again["passed"], again["judged"][0]["yardstick"], again["against"]) == (
        True,
        "images",
        "baseline",
    )
    result = gate([worse], accept([before]))
    assert [row["class"] for row in result["violations"] if row["class"]] == ["cat"]
    retrained = model("b", scores({}), *[scores({3: 12})] * 3)
    other = gate([retrained], accept([before]))
    assert other["judged"][0] | {"samples": 0} == {
        "model": "b", "stage": "int8", "baseline": "a", "baseline_stage": "int8", "seeds": 3, "baseline_seeds": 3,
        "samples": 0, "groups": None, "yardstick": "seeds", "same_as": None, "against": "baseline",
    }  # fmt: skip


def test_another_network_of_one_seed_only_warns_until_a_spread_is_known() -> None:
    """Whatever it lost: another seed could have (docs/GATE.md). Limits and proofs are about these networks."""
    before, hurt = model("a", scores({}), scores({})), scores(dict.fromkeys(range(10), 3) | {1: 40, 3: 100})
    other = model("b", scores({}), hurt)
    rules = (*default_policy().rules, Rule("gini", "gini", 0.01, direction="rise"))
    result = gate([other], replace(accept([before]), policy=Policy(rules)))
    assert (result["verdict"], result["power"], result["violations"]) == ("pass", None, [])
    assert {row["rule"]: row["status"] for row in result["checks"]} == dict.fromkeys(
        ("class_accuracy", "accuracy", "gini"), "warn"
    )
    limit = Rule("f", "flipped_labels", limit=2.0, direction="rise")
    proof = Rule("p", "accuracy", 1.0, test="non-inferiority")
    strict = gate([other], replace(accept([before]), policy=Policy((limit, proof))))
    assert [row["status"] for row in strict["checks"]] == ["fail", "fail"]

    three = model("a", scores({}), scores({0: 2, 3: 1}), scores({3: 3, 5: 1}), scores({0: 1, 5: 3}))
    first = accept([three]).baseline
    kept = accepted([before], "0" * 64, first)
    assert kept["spreads"][0]["seeds"] == 3
    assert kept["spreads"][0]["class_std"][0] == pytest.approx(0.01, abs=1e-6)  # 2, 0 and 1 of 100 lost
    terms = Terms(policy=Policy(rules), against=BASELINE, baseline=baseline_from_json(kept, "kept.json"))
    judged = gate([other], terms)
    assert judged["judged"][0]["yardstick"] == "seeds"
    assert {row["rule"]: row["status"] for row in judged["checks"]} == {
        "class_accuracy": "fail", "accuracy": "fail", "gini": "warn",
    }  # fmt: skip
    assert accepted([before], "0" * 64, terms.baseline)["spreads"] == kept["spreads"]
    assert accepted([three], "0" * 64, terms.baseline)["spreads"] == []  # its own seeds say it


def test_a_baseline_of_another_data_set_stage_or_model_is_refused() -> None:
    before = model("a", scores({}), scores({}))
    terms = accept([before])
    other = replace(WORLD, info=replace(WORLD.info, sha256="0" * 64))
    elsewhere = {0: {"int8": predictions(other, "int8", scores({}))}}
    with pytest.raises(DataError, match="was accepted on planted"):
        gate([ModelCase("a", "net", elsewhere)], terms)
    later = {0: {**before.seeds[0], "tflm": predictions(WORLD, "tflm", scores({}))}}
    result = gate([ModelCase("a", "net", later)], terms)
    assert result["verdict"] == "incomplete"
    assert "has a at stage int8, not at tflm" in result["checks"][0]["message"]
    two = [model("b", scores({}), scores({})), model("c", scores({}), scores({}))]
    with pytest.raises(UsageError, match="--baseline-model: a"):
        gate(two, terms)
    assert gate(two, replace(terms, baseline_model="a"))["passed"]
    with pytest.raises(UsageError, match="unknown baseline model 'z'"):
        gate(two, replace(terms, baseline_model="z"))


def test_device_figures_are_judged_by_the_accepted_ones() -> None:
    before = replace(model("a", scores({}), scores({})), device=figures(100_000, 1_000_000))
    after = replace(before, device=figures(110_000, 1_100_000))
    terms = accept([before])
    rule = Rule("instructions", "instructions", allowance_percent=5.0, direction="rise", test="none")
    result = gate([after], replace(terms, policy=Policy((rule,))))
    (violation,) = result["violations"]
    assert (violation["seen"], violation["limit"]) == (2_200_000, pytest.approx(2_100_000))
    assert gate([after], replace(terms, policy=Policy((replace(rule, allowance_percent=10.0),))))["passed"]
    assert (
        gate([after], only(rule))["verdict"] == "incomplete"
    )  # a model's own float stage has no instructions


def test_power_is_told_for_the_model_that_flips_most() -> None:
    calm, lively = (
        model("a", scores({}), scores({})),
        model("b", scores({}), scores(dict.fromkeys(range(10), 2))),
    )
    power = gate([calm, lively], quick_terms())["power"]
    assert (power["model"], power["flip_rate"]) == ("b", pytest.approx(0.02))
    assert 10 < power["smallest_class_drop"] <= 25
    assert power["false_alarm_rate"] <= 0.05
    assert [row["samples"] for row in power["classes"]] == [100] * len(power["classes"])
    assert power["false_alarms"] == pytest.approx(250 * power["false_alarm_bound"])
    assert power["false_alarm_rate"] < power["false_alarm_bound"] <= 0.05
    assert f"{power['false_alarms']:.1f} false alarms are expected in 250 comparisons" in power["message"]


def test_power_is_told_of_the_class_that_flips_most() -> None:
    """One class flips 30 %, the others 2 %: its smallest drop is larger than that of a class like the others."""
    flips = dict.fromkeys(range(10), 1) | {6: 15}
    power = gate([model("a", scores({}, flips), scores(flips))], only(default_policy().rules[0]))["power"]
    worst = power["liveliest_class"]
    assert worst["name"] == WORLD.info.classes[6]
    assert worst["smallest_drop"] > power["smallest_class_drop"] + 5
    assert f"in {worst['name']} that flips most" in power["message"]


def test_the_gate_is_what_the_simulation_simulates() -> None:
    """docs/GATE.md counts DropRules on simulated flips; the checks of the same flips, image by image, agree."""
    labels, names = np.repeat(np.arange(10), 100), WORLD.info.classes
    drops = np.zeros(10)
    drops[4] = 0.18
    lost, gained = simulate_flips(np.full(10, 100), 0.05, drops, runs=200)
    rules = drop_rules(default_policy(), judged=1)
    assert rules is not None
    verdicts = []
    for one in zip(lost, gained, strict=True):
        before = np.ones(1000, bool)
        after = np.ones(1000, bool)
        for index, (down, up) in enumerate(zip(*one, strict=True)):
            after[100 * index : 100 * index + down] = False
            before[100 * index + down : 100 * index + down + up] = False
        sides = [
            Outcomes(
                "a",
                stage,
                (0,),
                ("x",),
                np.arange(1000),
                labels,
                np.where(right, labels, -1)[None],
                np.zeros((1, 1000)),
            )
            for stage, right in (("float", before), ("int8", after))
        ]
        judged = judge(*sides, names, "auto", [(0, 0)])
        policy = default_policy()
        checks = [
            class_check(policy.rules[0], judged, policy.level_of(policy.rules[0], 1)),
            model_check(policy.rules[1], judged, policy.level_of(policy.rules[1], 1)),
        ]
        verdicts.append("fail" in {row.status for row in checks})
    assert verdicts == rules.fails(lost, gained, np.full(10, 100)).tolist()
    assert 0.2 < np.mean(verdicts) < 0.9


def test_equal_input_gives_an_equal_gate() -> None:
    cases = [model("a", scores({}), scores({3: 9}))]
    terms = only(Rule("gini", "gini", 0.02, direction="rise"))
    assert gate(cases, terms) == gate(cases, terms)


def test_without_rules_nothing_is_judged() -> None:
    result = gate([model("a", scores({}), scores({3: 90}))], Terms(Policy(())))
    assert (result["verdict"], result["rules"], result["judged"]) == ("incomplete", [], [])


def test_images_of_one_group_count_as_one() -> None:
    """20 lost images of 5 groups: a loss of 5 groups (p = 2^-5), not of 20 images."""
    case = model("a", scores({}), scores({3: 20}))
    rows = np.flatnonzero(WORLD.labels == 3)
    groups = np.arange(1000)
    groups[rows] = 10_000 + np.arange(100) // 4
    stages = {name: replace(seen, groups=groups) for name, seen in case.seeds[0].items()}
    grouped = ModelCase("a", "net", {0: stages})
    alone, together = (check(gate([one], quick_terms()), "class_accuracy") for one in (case, grouped))
    assert (alone["status"], together["status"]) == ("fail", "warn")
    assert (alone["p_loss"], together["p_loss"]) == (pytest.approx(0.5**20), pytest.approx(0.5**5))
    result = gate([grouped], quick_terms())
    assert result["judged"][0]["groups"] == 925
    assert [row["samples"] for row in result["power"]["classes"]] == [25, 100, 100]
    baseline = accept([grouped]).baseline
    assert baseline is not None
    np.testing.assert_array_equal(baseline.entries["a", "int8"].groups, groups)


def test_near_identical_samples_are_told() -> None:
    case = model("a", scores({}), scores({}))
    told = {name: replace(seen, notes={"near_identical": 12}) for name, seen in case.seeds[0].items()}
    warnings = compare([ModelCase("a", "net", {0: told})], terms=quick_terms())["warnings"]
    assert [
        text for text in warnings if text.startswith("12 samples of the test set have a near-identical one")
    ]
