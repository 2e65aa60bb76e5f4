"""One page of what lies in a folder: comparison, analysis, images; and the commands that make and open it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from edgeval import store
from edgeval.analysis.document import analyze_models, analyze_table
from edgeval.analysis.inputs.measured import from_cases
from edgeval.analysis.inputs.table import read_table
from edgeval.analysis.ship import Floors
from edgeval.cli import cli
from edgeval.compare.document import compare
from edgeval.documents.files import ANALYSIS_JSON
from edgeval.errors import StoreError, UsageError
from edgeval.report import folder as opening
from edgeval.report.fresh import same_models
from edgeval.report.page import report_page
from edgeval.report.view import view
from edgeval.report.write import render_folder, write_report
from tests.planted import grid, world

TABLE = Path(__file__).parents[1] / "analysis" / "paper_table2.csv"


@pytest.fixture(scope="module")
def analysis() -> dict[str, Any]:
    models, info = from_cases(grid(world()))
    return analyze_models(models, info, "planted", Floors(min_accuracy=0.7), resamples=50)


@pytest.fixture(scope="module")
def comparison() -> dict[str, Any]:
    return compare(grid(world()))


def test_an_analysis_says_of_every_stage_what_the_comparison_says(
    analysis: dict[str, Any], comparison: dict[str, Any]
) -> None:
    """Two ways to one figure: the comparison computes it from scores, the view reads it out of the analysis."""
    seen = {model["id"]: model for model in view(None, analysis)["models"]}
    for model in comparison["models"]:
        for stage, figures in model["stages"].items():
            mine = seen[model["id"]]["stages"][stage]
            for key in ("accuracy", "gini", "ece", "bottom5_accuracy", "top5_class_accuracy"):
                assert mine[key] == pytest.approx(figures[key]), (model["id"], stage, key)
            # one is of the mean accuracy, the other the mean over the seeds
            assert mine["gini_null"] == pytest.approx(figures["gini_null"], rel=1e-3)
            for key in ("accuracy", "gini", "ece"):
                assert mine["std"][key] == pytest.approx(figures["std"][key])
            assert mine["per_class_accuracy"] == pytest.approx(figures["per_class_accuracy"])


def test_an_analysis_of_other_models_or_images_is_told_apart(
    analysis: dict[str, Any], comparison: dict[str, Any]
) -> None:
    assert same_models(comparison, analysis)
    other = copy.deepcopy(comparison)
    other["models"][-1]["provenance"][-1]["model_sha256"] = "0" * 64
    assert not same_models(other, analysis)
    assert not same_models(compare(grid(world(seed=8))), analysis)


def test_the_page_of_an_analysis_alone_begins_with_the_size_to_ship(analysis: dict[str, Any]) -> None:
    page = report_page(None, analysis)
    chosen = analysis["size_to_ship"]["model"]
    assert f"<title>Ship {chosen}: 4 sizes on planted</title>" in page
    for part in (
        "Figure 1 a",
        "Figure 1 b",
        "Figure 2",
        "Figure 3",
        "Figure 4",
        "Figure 5 a",
        "Figure 6",
        "Table 2",
    ):
        assert part in page
    assert "Class by class" not in page


def test_the_paper_s_own_table_gives_a_page() -> None:
    page = report_page(None, analyze_table(read_table(TABLE), TABLE.name, Floors(min_accuracy=0.99)))
    assert "No size to ship" in page and "Figure 2" in page
    assert "the local exponents do not fall monotonically" in page


def test_a_folder_with_both_gives_one_page(
    tmp_path: Path, analysis: dict[str, Any], comparison: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(comparison, tmp_path)
    store.publish(tmp_path, ANALYSIS_JSON, store.json_bytes(analysis))
    page = render_folder(tmp_path).read_text()
    assert "What changed on the way" in page and "The size to ship" in page
    stale = copy.deepcopy(analysis)
    stale["models"][0]["model_sha256"] = "0" * 64
    store.publish(tmp_path, ANALYSIS_JSON, store.json_bytes(stale))
    assert "The size to ship" not in render_folder(tmp_path).read_text()
    assert "run edgeval analyze again" in capsys.readouterr().err


def test_a_folder_without_a_document_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="neither"):
        render_folder(tmp_path)


def test_a_report_is_found_by_name_and_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="no report"):
        opening.report_folder(None)
    for name in ("a", "b"):
        store.publish(tmp_path / "reports" / name, "x", b"")
        assert opening.report_folder(name) == Path("reports") / name
    with pytest.raises(UsageError, match="several reports; name one: a, b"):
        opening.report_folder(None)
    with pytest.raises(StoreError, match="no report 'c'"):
        opening.report_folder("c")


@pytest.mark.parametrize("display", [True, False])
def test_the_command_opens_the_page_or_says_why_not(
    display: bool, tmp_path: Path, comparison: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(comparison, tmp_path / "r")
    opened: list[str] = []
    note: Callable[[str], bool] = lambda address: not opened.append(address)  # noqa: E731
    monkeypatch.setattr(opening.webbrowser, "open", note)
    monkeypatch.setattr(opening.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0") if display else monkeypatch.delenv("DISPLAY", raising=False)
    result = CliRunner().invoke(cli, ["report", str(tmp_path / "r"), "--open"])
    assert result.exit_code == 0, result.output
    assert opened == ([(tmp_path / "r" / "report.html").as_uri()] if display else [])
    assert ("no browser can be opened here" in result.output) is not display
