"""The committed reports with evidence can be verified, as docs/STUDY.md says. Reference: verify's own computation."""

from __future__ import annotations

from pathlib import Path

import pytest

import edgeval

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["keywords", "motion"])
def test_every_figure_of_a_committed_report_follows_from_its_evidence(name: str) -> None:
    found = edgeval.verify(ROOT / "reports" / name)
    assert found.problems == (), str(found)


@pytest.mark.parametrize(("name", "models"), [("keywords", "dscnn"), ("motion", "cnn1d")])
def test_the_study_names_the_figures_of_the_reports(name: str, models: str) -> None:
    """Reference: compare.json."""
    page = (ROOT / "docs" / "STUDY.md").read_text()
    comparison = edgeval.read_comparison(ROOT / "reports" / name)
    assert [model["id"].rpartition("-")[0] for model in comparison.models] == [models] * 3
    for model in comparison.models:
        accuracy = 100 * model["stages"]["host"]["accuracy"]
        assert f"| {model['id']} | {model['params']:,} |" in page
        assert f"| {accuracy:.1f} ± " in page
