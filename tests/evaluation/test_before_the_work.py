"""What cannot end well is said before the first stage runs. Reference: the report's folder, which stays without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeval.cli import cli
from edgeval.errors import EdgevalError
from tests.tiny_model import write_tiny_images, write_tiny_model


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("edgeval.evaluation.chain.workers", lambda _: pytest.fail("a stage was begun"))
    write_tiny_images(Path("images.npz"))


def refused(*arguments: str) -> str:
    command = (
        "compare",
        "--model",
        "model.tflite",
        "--dataset",
        "npz:images.npz",
        "--out",
        "report",
        *arguments,
    )
    with pytest.raises(EdgevalError) as error:
        CliRunner().invoke(cli, command, catch_exceptions=False)
    assert not Path("report").exists()
    return str(error.value)


def test_an_operator_that_the_engine_lacks_names_the_other_engine() -> None:
    write_tiny_model(Path("model.tflite"), activation="REDUCE_MAX")
    said = refused("--target", "stm32f746")
    assert "model.tflite cannot run on stm32f746" in said
    assert "REDUCE_MAX" in said and "--engine tflm" in said


def test_a_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny_model(Path("model.tflite"))
    monkeypatch.setenv("CC", "no-such-compiler")
    said = refused("--target", "stm32f746")
    assert "'no-such-compiler', which would compile it, is not there" in said and "set CC" in said


def test_a_missing_library_of_a_later_stage_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny_model(Path("model.tflite"))
    monkeypatch.setitem(
        __import__("edgeval.runtimes.versions").runtimes.versions.DISTRIBUTIONS, "tflm", ("absent",)
    )
    assert "stage tflm needs absent" in refused("--stages", "int8,tflm")


def test_a_file_in_the_place_of_the_report_is_named() -> None:
    write_tiny_model(Path("model.tflite"))
    Path("file").write_text("")
    with pytest.raises(EdgevalError, match="file is not a folder, results cannot go to file/report"):
        command = (
            "compare",
            "--model",
            "model.tflite",
            "--dataset",
            "npz:images.npz",
            "--out",
            "file/report",
        )
        CliRunner().invoke(cli, command, catch_exceptions=False)
