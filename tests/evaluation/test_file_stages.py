"""Which stages a single .tflite file runs where a library is missing: what is left out is said, never in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgeval.errors import ToolError
from edgeval.evaluation import chain
from edgeval.evaluation.chain import SINGLE_FILE_STAGES, Request, _file_stages

POSSIBLE = SINGLE_FILE_STAGES[".tflite"]


def without(*absent: str):  # type: ignore[no-untyped-def]
    def check(stages: list[str], interpreter: str | None = None) -> None:
        for stage in stages:
            if stage in absent:
                raise ToolError(f"stage {stage} needs a library")

    return check


@pytest.mark.parametrize(
    ("absent", "expected"),
    [
        ((), ("int8", "tflm")),
        (("tflm",), ("int8", "host")),
        (("int8", "tflm"), ("host",)),
    ],
)
def test_the_engine_on_this_pc_stands_in(
    absent: tuple[str, ...],
    expected: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(chain, "check_stages", without(*absent))
    assert _file_stages(Request(model=Path("m.tflite")), POSSIBLE) == expected
    told = capsys.readouterr().err
    assert all(f"stage {stage} is left out: stage {stage} needs a library" in told for stage in absent)


def test_an_interpreter_that_was_asked_for_is_not_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "check_stages", without("int8"))
    with pytest.raises(ToolError, match="stage int8 needs"):
        _file_stages(Request(model=Path("m.tflite"), int8_runtime="tflite-runtime"), POSSIBLE)


def test_stages_that_were_asked_for_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "check_stages", without("int8"))
    assert _file_stages(Request(model=Path("m.tflite"), stages="int8,host"), POSSIBLE) == ("int8", "host")
