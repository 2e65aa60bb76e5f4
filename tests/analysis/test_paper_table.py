"""The paper's Table 2 (tests/analysis/paper_table2.csv; c=64 from sections 1, 5.1 and 5.6, its parameters counted).

References: the exponents and R^2 of the paper, section 5.1, and local exponents recomputed by hand from its means.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from edgeval.analysis.document import analyze_table
from edgeval.analysis.inputs.table import read_table
from edgeval.analysis.ship import Floors
from edgeval.report.markdown.analysis import analysis_markdown

TABLE2 = Path(__file__).with_name("paper_table2.csv")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return analyze_table(read_table(TABLE2), TABLE2.name, Floors(min_accuracy=0.65, max_ece=0.1))


def entry(document: dict[str, Any], family: str) -> dict[str, Any]:
    return next(entry for entry in document["scaling"] if entry["family"] == family)


def statement(document: dict[str, Any], words: str) -> dict[str, Any]:
    return next(row for row in document["paper"] if words in row["statement"])


@pytest.mark.parametrize(
    ("family", "alpha", "r2", "local"),
    [
        ("ScaleCNN", 0.156, 0.965, [0.230, 0.197, 0.181, 0.141, 0.107, 0.092, 0.103]),
        ("MobileNetV2", 0.106, 0.914, [0.435, 0.082, 0.227, 0.160, 0.128, 0.070, 0.094, 0.040, 0.006]),
    ],
)
def test_exponents(
    document: dict[str, Any], family: str, alpha: float, r2: float, local: list[float]
) -> None:
    seen = entry(document, family)
    assert seen["alpha"] == pytest.approx(alpha, abs=5e-4)
    assert seen["r2"] == pytest.approx(r2, abs=5e-4)
    assert seen["local_alpha"] == pytest.approx(local, abs=5e-4)
    assert (seen["alpha_std"], seen["seeds"], seen["alpha_ci95_source"]) == (None, [], "residuals")
    low, high = seen["alpha_ci95"]
    assert low < seen["alpha"] < high


def test_two_statements_about_monotonic_exponents_do_not_hold(document: dict[str, Any]) -> None:
    cnn, mobile = statement(document, "decays smoothly"), statement(document, "above m = 0.50")
    assert (cnn["holds"], mobile["holds"]) == (False, False)
    assert "0.092 (c=32 to c=48), then 0.103 (to c=64)" in cnn["evidence"]
    assert "0.128, 0.070, 0.094, 0.040, 0.006" in mobile["evidence"]
    rises = [rise["models"] for rise in entry(document, "MobileNetV2")["monotonic"]["rises"]]
    assert rises == [["m=0.15", "m=0.25", "m=0.35"], ["m=0.75", "m=1.00", "m=1.50"]]


def test_other_statements_hold(document: dict[str, Any]) -> None:
    broken = ("decays smoothly", "above m = 0.50", "follows a power law")
    others = [row for row in document["paper"] if not any(words in row["statement"] for words in broken)]
    assert len(others) == 6 and all(row["holds"] for row in others)


def test_h1_fails_on_its_own_criterion_of_residuals(document: dict[str, Any]) -> None:
    cnn, mobile = (entry(document, family)["h1"] for family in ("ScaleCNN", "MobileNetV2"))
    assert (cnn["supported"], mobile["supported"]) == (False, False)
    assert cnn["r2"] > 0.9 and cnn["curvature"]["p"] < 1e-4 and cnn["decades"] > 2
    assert mobile["decades"] == pytest.approx(np.log10(19_803_748 / 214_180)) and mobile["decades"] < 2


def test_mobilenet_is_saturated_and_scalecnn_is_not(document: dict[str, Any]) -> None:
    mobile, cnn = entry(document, "MobileNetV2")["saturation"], entry(document, "ScaleCNN")["saturation"]
    assert (mobile["saturated"], mobile["from"]) == (True, "m=2.00")
    assert "0.14 points" in mobile["warning"]
    assert (cnn["saturated"], cnn["warning"]) == (False, None)


def test_families_differ_also_by_their_residuals(document: dict[str, Any]) -> None:
    (test,) = document["family_tests"]
    assert test["ratio"] == pytest.approx(1.47, abs=0.01)  # the paper: 47 % steeper
    assert test["over_seeds_welch"] is None and test["over_seeds_pooled"] is None
    assert 0.001 < test["over_residuals"]["p"] < 0.05


def test_laws_are_judged_with_eight_and_ten_sizes(document: dict[str, Any]) -> None:
    cnn, mobile = (entry(document, family)["laws"] for family in ("ScaleCNN", "MobileNetV2"))
    assert set(cnn["not_distinguishable"]) == {"broken power law", "power law"} and not cnn["decided"]
    assert mobile["best_aicc"] == "broken power law" and mobile["decided"]
    weights = [row["weight"] for row in mobile["candidates"]]
    assert sum(weights) == pytest.approx(1)


def test_per_seed_tests_are_the_papers(tmp_path: Path) -> None:
    """With seeds whose exponents spread as the paper says, the pooled t is about the paper's 50.9."""
    rng = np.random.default_rng(1)
    lines = ["family,size,params,accuracy,seed"]
    for row in read_table(TABLE2).rows:
        for seed in range(5):
            accuracy = 100 * row.accuracy + rng.normal(0, 0.35)
            lines.append(f"{row.family},{row.size},{row.params},{accuracy:.4f},{seed}")
    path = tmp_path / "seeds.csv"
    path.write_text("\n".join(lines))
    seen = analyze_table(read_table(path), path.name)
    alphas = [[fit["alpha"] for fit in entry["per_seed"]] for entry in seen["scaling"]]
    reference = stats.ttest_ind(*alphas)
    assert seen["family_tests"][0]["over_seeds_pooled"]["t"] == pytest.approx(reference.statistic)
    assert seen["family_tests"][0]["over_seeds_pooled"]["p"] < 1e-6
    first = seen["scaling"][0]
    assert first["alpha_ci95_seeds"] == pytest.approx(
        stats.t.interval(0.95, 4, np.mean(alphas[0]), stats.sem(alphas[0]))
    )
    assert first["alpha_ci95"] == first["alpha_ci95_residuals"]
    assert first["alpha_ci95_source"] == "residuals" and first["seeds"] == [0, 1, 2, 3, 4]


def test_size_to_ship_and_its_reasons(document: dict[str, Any]) -> None:
    choice = document["size_to_ship"]
    assert (choice["model"], choice["params"]) == ("ScaleCNN c=16", 306_900)
    assert [row["model"] for row in choice["refused"]][-1] == "MobileNetV2 m=0.15"
    assert choice["refused"][0]["reasons"] == ["accuracy 41.71 % is below 65 %"]


def test_markdown_says_it(document: dict[str, Any]) -> None:
    page = analysis_markdown(document)
    assert page.count("**no**") == 4
    for words in ("ScaleCNN c=16", "0.092 (c=32 to c=48), then 0.103", "saturated from m=2.00 on"):
        assert words in page
