"""The whole document: figures against scikit-learn, scipy and planted answers, for 10 and 100 classes."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy.stats import linregress
from sklearn.metrics import accuracy_score, jaccard_score, recall_score, top_k_accuracy_score

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.compare.stages import stage_figures
from edgeval.gate.terms import quick_terms
from edgeval.store import json_bytes
from tests.planted import HOST_STAGES, SIZES, World, grid, predictions, with_failures, world


@pytest.fixture(scope="module", params=[(10, 1000), (100, 3000)], ids=["10 classes", "100 classes"])
def planted(request: pytest.FixtureRequest) -> tuple[World, list[ModelCase], dict[str, Any]]:
    where = world(*request.param)
    cases = grid(where, device=True)
    document = compare(cases, target="stm32f746", engine="builtin", terms=quick_terms(5.0, 2.0))
    return where, cases, document


def test_the_document_is_plain_json_and_always_the_same(planted: Any) -> None:
    where, _, document = planted
    again = compare(
        grid(where, device=True), target="stm32f746", engine="builtin", terms=quick_terms(5.0, 2.0)
    )
    assert json_bytes(document) == json_bytes(again)
    assert json.loads(json_bytes(document))["schema_version"] == 1


def test_it_has_every_field_of_the_design(planted: Any) -> None:
    where, _, document = planted
    top = {"schema_version", "target", "engine", "reference", "dataset", "models", "gate"}
    assert top <= set(document)
    assert set(document["dataset"]) == {"name", "sha256", "samples", "classes"}
    assert {"passed", "rules", "violations"} <= set(document["gate"])
    for model in document["models"]:
        fields = {
            "id", "params", "macs", "stages", "jaccard_vs_reference", "transitions", "latency_ms", "instructions",
            "peak_ram_bytes", "flash_bytes", "fits",
        }  # fmt: skip
        assert fields <= set(model)
        assert tuple(model["stages"]) == HOST_STAGES
        for stage in model["stages"].values():
            names = {"samples", "accuracy", "top5_accuracy", "gini", "gini_null", "ece", "bottom5_accuracy"}
            assert names <= set(stage)
            assert len(stage["per_class_accuracy"]) == len(where.info.classes)
        assert set(model["latency_ms"]) == {"value", "source", "model"}
        assert set(model["peak_ram_bytes"]) == {"total", "arena", "stack", "static"}
        assert set(model["flash_bytes"]) == {"total", "code", "model"}
    assert set(document["models"][0]["jaccard_vs_reference"]) >= {
        "mean",
        "std",
        "independence",
        "containment",
        "pairs",
    }


def test_stage_figures_agree_with_scikit_learn(planted: Any) -> None:
    where, cases, document = planted
    labels = where.labels
    for case, model in zip(cases, document["models"], strict=True):
        for stage, figures in model["stages"].items():
            seen = list(case.of_stage(stage).values())
            accuracies = [accuracy_score(labels, p.top1) for p in seen]
            assert figures["accuracy"] == pytest.approx(np.mean(accuracies))
            assert figures["std"]["accuracy"] == pytest.approx(np.std(accuracies, ddof=1))
            per_class = np.mean([recall_score(labels, p.top1, average=None) for p in seen], axis=0)
            assert figures["per_class_accuracy"] == pytest.approx(per_class.tolist())
            if stage in ("float", "onnx"):  # without ties, where scikit-learn's order is its own
                top5 = np.mean([top_k_accuracy_score(labels, p.scores, k=5) for p in seen])
                assert figures["top5_accuracy"] == pytest.approx(top5)


def test_overlap_agrees_with_scikit_learn_over_all_seed_pairs(planted: Any) -> None:
    _, cases, document = planted
    small, large = cases[0], cases[2]
    seen = document["models"][0]["stages"]["tflm"]["jaccard_vs_reference"]
    errors = [[p.errors for p in case.of_stage("tflm").values()] for case in (small, large)]
    pairs = [jaccard_score(a, b) for a, b in product(*errors)]
    assert (seen["reference"], seen["pairs"]) == ("scalecnn-16", 4)
    assert seen["mean"] == pytest.approx(np.mean(pairs))
    assert seen["std"] == pytest.approx(np.std(pairs))
    assert seen["cross_seed"] == pytest.approx(jaccard_score(*errors[0]))
    assert seen["independence"] < seen["mean"] < seen["containment"]
    own = document["models"][2]["jaccard_vs_reference"]
    assert own["mean"] is None and own["cross_seed"] == pytest.approx(jaccard_score(*errors[1]))


def test_scaling_agrees_with_scipy(planted: Any) -> None:
    _, cases, document = planted
    (fit,) = [fit for fit in document["scaling"] if fit["stage"] == "tflm"]
    sizes = cases[:3]
    params = np.log([case.params for case in sizes])
    errors = np.array([[p.errors.mean() for p in case.of_stage("tflm").values()] for case in sizes])
    slopes = [-linregress(params, np.log(column)).slope for column in errors.T]
    line = linregress(params, np.log(errors.mean(axis=1)))
    assert fit["models"] == list(SIZES)[:3]
    assert fit["alpha"] == pytest.approx(np.mean(slopes))
    assert (fit["mean_alpha"], fit["r2"]) == (pytest.approx(-line.slope), pytest.approx(line.rvalue**2))


def test_the_planted_class_is_found_as_the_loser(planted: Any) -> None:
    _, _, document = planted
    for model in document["models"][:2]:
        worst = model["class_changes"]["classes"][0]
        assert worst["index"] == 3
        assert worst["change_points"] < -5
    failed = {v["class_index"] for v in document["gate"]["violations"]}
    assert failed == (
        {3} if len(document["dataset"]["classes"]) == 10 else set()
    )  # 20 images a class prove nothing


def test_class_changes_add_up(planted: Any) -> None:
    where, cases, document = planted
    for case, model in zip(cases, document["models"], strict=True):
        rows = model["class_changes"]["classes"]
        right = sum(int((~p.errors).sum()) for p in case.of_stage("tflm").values())
        assert sum(row["predictions"] for row in rows) == 2 * len(where.labels)
        assert sum(round(row["accuracy_after"] * row["predictions"]) for row in rows) == right
        net = [row["gained"] - row["lost"] for row in rows]
        assert net == sorted(net)


def test_planted_jaccard_of_the_paper() -> None:
    """Error rates 0.583 and 0.247 with Jaccard 0.35: independence 0.21, containment 0.42 (paper, section 5.4)."""
    where = world(classes=10, samples=1000)
    common = round(0.35 * (583 + 247) / 1.35)
    small, large = np.zeros((2, 1000), bool)
    small[:583] = True
    large[583 - common : 583 - common + 247] = True
    cases = []
    for name, size, wrong in (("net-1", 100, small), ("net-2", 1000, large)):
        scores = 4.0 * np.eye(10)[(where.labels + wrong) % 10]
        cases.append(ModelCase(name, "net", {0: {"float": predictions(where, "float", scores)}}, size))
    seen = compare(cases)["models"][0]["jaccard_vs_reference"]
    assert seen["mean"] == pytest.approx(0.35, abs=5e-4)
    assert (round(seen["independence"], 2), round(seen["containment"], 2)) == (0.21, 0.42)


def test_failed_samples_are_wrong_shown_and_without_confidence() -> None:
    where = world()
    (case, *_) = grid(where)
    seeds = {0: {**case.seeds[0], "tflm": with_failures(case.seeds[0]["tflm"], list(range(50)))}}
    document = compare([ModelCase("a", "a", seeds)])
    stage = document["models"][0]["stages"]["tflm"]
    assert (stage["failed"], stage["samples"], sum(stage["reliability"]["samples"])) == (50, 1000, 950)
    assert "a tflm seed 0: 50 of 1000 samples failed; they count as wrong" in document["warnings"]
    assert stage["accuracy"] == pytest.approx(accuracy_score(where.labels, seeds[0]["tflm"].top1))
    everything = ModelCase("a", "a", {0: {"tflm": with_failures(case.seeds[0]["tflm"], list(range(1000)))}})
    figures = stage_figures(everything, "tflm", where.info.classes)
    assert (figures["accuracy"], figures["ece"], figures["reliability"]) == (0.0, None, None)


def test_a_class_without_samples_has_no_accuracy() -> None:
    where = world(classes=10, samples=9)
    document = compare(
        [ModelCase("a", "a", {0: {"float": predictions(where, "float", np.eye(10)[where.labels])}})]
    )
    (model,) = document["models"]
    assert model["stages"]["float"]["per_class_accuracy"][9] is None
    (empty,) = [row for row in model["class_changes"]["classes"] if row["index"] == 9]
    assert (empty["predictions"], empty["change_points"]) == (0, None)
    json_bytes(document)


def test_a_seed_without_a_stage_is_warned_of() -> None:
    (case, *_) = grid(world())
    del case.seeds[1]["tflm"]  # type: ignore[attr-defined]
    document = compare([case])
    assert "scalecnn-4 tflm: only 1 of 2 seeds have this stage" in document["warnings"]
    assert [step["seeds"] for step in document["models"][0]["transitions"]] == [2, 2, 1]
