"""The analysis of planted grids. References: the comparator's own figures of the same predictions, planted answers."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from edgeval import store
from edgeval.analysis.document import analyze_models
from edgeval.analysis.inputs.measured import from_cases
from edgeval.analysis.ship import Floors
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.errors import DataError
from edgeval.report.markdown.analysis import analysis_markdown
from tests import planted
from tests.schemas import check

STAGES = ("float", "int8", "emulated")
RESAMPLES = 300


@pytest.fixture(scope="module")
def cases() -> list[ModelCase]:
    made = planted.grid(planted.world(), stages=STAGES)
    return [
        replace(case, seeds={seed: partly(stages) for seed, stages in case.seeds.items()}) for case in made
    ]


def partly(stages: dict[str, Any]) -> dict[str, Any]:
    """The emulated stage on every third sample, as a device has it."""
    whole = stages["emulated"]
    arrays = ("ids", "labels", "top1", "scores", "output_int8")
    return {**stages, "emulated": replace(whole, **{name: getattr(whole, name)[::3] for name in arrays})}


@pytest.fixture(scope="module")
def document(cases: list[ModelCase]) -> dict[str, Any]:
    models, info = from_cases(cases)
    images = np.random.default_rng(1).integers(0, 256, (700, 14, 14, 3), dtype=np.uint8)
    return analyze_models(models, info, "planted", Floors(0.8, 0.5), images, resamples=RESAMPLES)


def of(rows: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    (row,) = (row for row in rows if all(row[key] == value for key, value in wanted.items()))
    return row


def test_figures_are_those_of_the_comparison(cases: list[ModelCase], document: dict[str, Any]) -> None:
    for model in compare(cases)["models"]:
        for stage, figures in model["stages"].items():
            classes = of(of(document["triage"], stage=stage)["models"], model=model["id"])
            confidence = of(of(document["calibration"], stage=stage)["models"], model=model["id"])
            assert classes["accuracy"] == pytest.approx(figures["accuracy"])
            assert classes["gini"]["mean"] == pytest.approx(figures["gini"])
            assert classes["gini_null"] == pytest.approx(figures["gini_null"], rel=1e-2)
            assert classes["bottom5_accuracy"]["mean"] == pytest.approx(figures["bottom5_accuracy"])
            assert confidence["ece"]["mean"] == pytest.approx(figures["ece"])
            assert confidence["mean_confidence_wrong"] == pytest.approx(
                figures["mean_confidence_wrong"], rel=2e-2
            )
            assert confidence["reliability"]["samples"] == figures["reliability"]["samples"]
            seen, overlap = figures["jaccard_vs_reference"], of(document["overlap"], stage=stage)
            if seen["mean"] is not None:
                row = of(overlap["vs_reference"], model=model["id"])
                assert row["reference"] == seen["reference"]
                for ours, theirs in (("jaccard", "mean"), ("std", "std"), ("containment", "containment")):
                    assert row[ours] == pytest.approx(seen[theirs])
            assert of(overlap["cross_seed"], model=model["id"])["jaccard"] == pytest.approx(
                seen["cross_seed"]
            )


def test_scaling_is_that_of_the_comparison(cases: list[ModelCase], document: dict[str, Any]) -> None:
    for theirs in compare(cases)["scaling"]:
        ours = of(document["scaling"], family=theirs["family"], stage=theirs["stage"])
        for key in ("alpha", "alpha_std", "alpha_ci95", "r2", "local_alpha"):
            assert ours[key] == pytest.approx(theirs[key]), key


def test_the_document_has_its_form(document: dict[str, Any]) -> None:
    check("analysis", document)


def test_intervals_hold_their_estimates(document: dict[str, Any]) -> None:
    for entry in document["overlap"]:
        for row in entry["vs_reference"] + entry["adjacent"]:
            assert row["ci95"][0] < row["jaccard"] < row["ci95"][1]
            assert row["independence"] < row["jaccard"] < row["containment"]
            assert row["above_independence_ci95"][0] > 0
            assert row["ci95_covers"] == "images and seeds"
    for entry in document["calibration"]:
        for row in entry["models"]:
            assert row["ece_ci95"][0] <= row["ece_without_noise"] <= row["ece_ci95"][1]
            assert abs(row["global_gap"]) <= row["ece"]["mean"] + 1e-9


def test_matrix_is_symmetric_with_the_seeds_on_its_diagonal(document: dict[str, Any]) -> None:
    entry = of(document["overlap"], stage="int8")
    matrix = np.array(entry["matrix"]["jaccard"])
    assert matrix == pytest.approx(matrix.T)
    assert np.diag(matrix).tolist() == [row["jaccard"] for row in entry["cross_seed"]]
    small, large = (entry["matrix"]["models"].index(name) for name in ("scalecnn-4", "scalecnn-16"))
    row = of(entry["vs_reference"], model="scalecnn-4")
    assert matrix[small, large] == pytest.approx(row["jaccard"])


def test_h2_says_when_its_criterion_cannot_fail(document: dict[str, Any]) -> None:
    h2 = of(document["overlap"], stage="float")["h2"]
    assert h2["supported"] and h2["decisive"] is False
    assert h2["lowest"]["models"] == ["scalecnn-4", "scalecnn-16"]


def test_the_planted_order_of_classes_is_found(document: dict[str, Any]) -> None:
    """Class 9 is planted hardest, class 0 easiest; small models give up more."""
    entry = of(document["triage"], stage="float")
    assert entry["heatmap"]["class_indices"][0] == 9 and entry["heatmap"]["class_indices"][-1] in (0, 1)
    small, large = (of(entry["models"], model=name) for name in ("scalecnn-4", "scalecnn-16"))
    assert small["worst_class"]["name"] == large["worst_class"]["name"] == planted.CIFAR10[9]
    assert small["gini_minus_reference_ci95"][0] > 0 and large["gini_minus_reference"] is None
    assert small["equal_classes_p"] < 1e-6


def test_what_a_stage_covers_is_said(document: dict[str, Any]) -> None:
    assert [stage["samples"] for stage in document["stages"]] == [1000, 1000, 334]
    assert any("emulated" in text and "334 samples" in text for text in document["warnings"])
    assert document["frontier"]["stage"] == "int8"  # the last stage on the whole test set
    step = of(document["steps"], model="scalecnn-4", to="emulated")
    assert (step["samples"], step["seeds"]) == (334, 2)


def test_the_papers_statements_about_errors_are_judged(document: dict[str, Any]) -> None:
    """Planted: small sizes add errors through the luck they share, and lose the hard classes first."""
    rows = {row["statement"]: row for row in document["paper"] if row["stage"] == "int8"}
    ends = rows["scalecnn-4 and scalecnn-16 share more errors than by chance and fewer than they could"]
    pair = of(of(document["overlap"], stage="int8")["vs_reference"], model="scalecnn-4")
    assert ends["holds"] and ends["evidence"].startswith(f"Jaccard {pair['jaccard']:.3f}, by chance")
    assert rows["neighbouring sizes share more errors than scalecnn-4 and scalecnn-16 do"]["holds"]
    (across,) = (row for text, row in rows.items() if text.startswith("two architectures"))
    assert "of 1 pairs across families" in across["evidence"]  # 296,000 and 409,000 parameters
    assert rows["from scalecnn-4 to scalecnn-16 the hardest classes gain most"]["holds"]
    unequal = rows["accuracy is spread more unequally over the classes in scalecnn-4 than in scalecnn-16"]
    assert unequal["section"] == "5.5" and unequal["holds"]
    match = rows["scalecnn-4: a low ECE is a match of global means, without reliable bins"]
    row = of(of(document["calibration"], stage="int8")["models"], model="scalecnn-4")
    assert match["holds"] is (row["match"] == "global match only")


def test_thresholds_are_counted(cases: list[ModelCase], document: dict[str, Any]) -> None:
    models, _ = from_cases(cases)
    model = next(model for model in models if model.id == "scalecnn-8")
    before, after = ([runs[stage] for _, runs in sorted(model.runs.items())] for stage in ("float", "int8"))
    row = of(of(document["thresholds"], model="scalecnn-8", to="int8")["thresholds"], threshold=0.8)
    accepted = np.concatenate([seen.confidence >= 0.8 for seen in before])
    kept = np.concatenate([seen.confidence >= 0.8 for seen in after])
    right = np.concatenate([~seen.errors for seen in after])
    assert row["coverage_before"] == pytest.approx(accepted.mean())
    assert row["precision_after"] == pytest.approx(right[kept].mean())
    assert row["decisions_changed"] == pytest.approx((accepted != kept).mean())
    assert row["confidence_step"] == pytest.approx(0.8 * 0.2 * planted.SCALE)


def test_size_to_ship_is_the_smallest_that_meets_the_floors(document: dict[str, Any]) -> None:
    choice = document["size_to_ship"]
    assert choice["model"] == "scalecnn-16"
    assert [row["model"] for row in choice["refused"]] == ["scalecnn-4", "scalecnn-8"]
    assert any("class truck" in reason for reason in choice["refused"][0]["reasons"])
    beaten = of(document["frontier"]["models"], model="mobilenetv2-0.35")
    assert not beaten["on_frontier"]  # larger than scalecnn-16 and less accurate


def test_device_figures_stand_beside_the_others() -> None:
    made = planted.grid(planted.world(), seeds=(0,), stages=("int8",), device=True)
    models, info = from_cases(made)
    row = of(analyze_models(models, info, "p", resamples=20)["frontier"]["models"], model="scalecnn-4")
    device = made[0].device
    assert device is not None and device.peak_ram_bytes is not None and device.latency_ms is not None
    assert row["peak_ram_bytes"]["total"] == device.peak_ram_bytes.total
    assert row["latency_ms"] == asdict(device.latency_ms)
    assert row["fits"] is True


def test_a_floor_that_is_met_only_just_is_a_caution(cases: list[ModelCase]) -> None:
    models, info = from_cases(cases)
    reached = of(analyze_models(models, info, "p", resamples=50)["frontier"]["models"], model="scalecnn-8")
    floors = Floors(min_accuracy=reached["accuracy"] - 1e-4)
    choice = analyze_models(models, info, "p", floors, resamples=50)["size_to_ship"]
    assert choice["model"] == "scalecnn-8"
    assert len(choice["cautions"]) == 2


def test_spectrum_implies_gamma(document: dict[str, Any]) -> None:
    spectrum = document["spectrum"]
    assert (spectrum["images"], spectrum["first"], spectrum["last"]) == (700, 10, 500)
    row = of(spectrum["gamma_implied"], stage="float")
    expected = row["alpha"] / (spectrum["beta"] - 1) if spectrum["beta"] > 1 else None
    assert row["gamma"] == expected


def test_equal_input_gives_equal_bytes(cases: list[ModelCase]) -> None:
    models, info = from_cases(cases)
    first, second = (analyze_models(models, info, "p", resamples=50) for _ in range(2))
    assert store.json_bytes(first) == store.json_bytes(second)
    assert analysis_markdown(json.loads(store.json_bytes(first))) == analysis_markdown(first)


def test_one_seed_one_family_and_failures() -> None:
    """What is not defined is null; a failed sample is an error without confidence."""
    made = planted.grid(planted.world(), seeds=(0,), stages=("float", "int8"))[:2]
    broken = planted.with_failures(made[0].seeds[0]["int8"], [1, 5])
    made[0] = replace(made[0], seeds={0: {**made[0].seeds[0], "int8": broken}})
    models, info = from_cases(made)
    document = analyze_models(models, info, "one", resamples=50)
    (row,) = of(document["overlap"], stage="int8")["vs_reference"]
    assert (row["pairs"], row["ci95_covers"]) == (1, "images")
    assert row["reference_errors_shared_by_its_seeds"] is None
    assert of(document["overlap"], stage="int8")["h2"]["decisive"] is None
    assert any("2 samples failed" in text for text in document["warnings"])
    assert document["size_to_ship"] is None and document["spectrum"] is None
    check("analysis", document)
    assert store.json_bytes(document) and analysis_markdown(document)


def test_different_test_sets_are_refused() -> None:
    first, second = (
        planted.grid(planted.world(seed=seed), seeds=(0,))[index] for index, seed in enumerate((1, 2))
    )
    with pytest.raises(DataError, match="different test sets"):
        from_cases([first, second])


def test_a_model_without_a_size_is_refused() -> None:
    case = replace(planted.grid(planted.world(), seeds=(0,))[0], params=None)
    with pytest.raises(DataError, match="no number of parameters"):
        from_cases([case])
