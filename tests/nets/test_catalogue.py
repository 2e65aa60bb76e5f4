"""Reference: the paper's names of networks; everything else is refused with the nearest name."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from hypothesis import given, strategies as st

from edgeval.commands.device.nets import command
from edgeval.errors import UsageError
from edgeval.nets import PAPER_MODELS, parse


@pytest.mark.parametrize("model_id", [*PAPER_MODELS, "scalecnn-1", "scalecnn-6", "mobilenetv2-0.60"])
def test_a_name_is_read_and_written_alike(model_id: str) -> None:
    assert str(parse(model_id)) == model_id


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("scalecn-4", "scalecnn-4"),
        ("ScaleCNN-16", "scalecnn-16"),
        ("mobilenet-0.35", "mobilenetv2-0.35"),
        ("mobilenetv2-0.1", "mobilenetv2-0.10"),
        ("mobilenetv2-1", "mobilenetv2-1.00"),
        ("scalecnn-08", "scalecnn-8"),
    ],
)
def test_a_name_that_is_not_known_gets_a_suggestion(typed: str, suggested: str) -> None:
    with pytest.raises(UsageError, match=f"'{typed}'.*did you mean '{suggested}'"):
        parse(typed)


@pytest.mark.parametrize("model_id", ["scalecnn-0", "scalecnn-257", "mobilenetv2-0.00", "mobilenetv2-9.00"])
def test_a_size_out_of_range_names_the_range(model_id: str) -> None:
    with pytest.raises(UsageError, match="goes from"):
        parse(model_id)


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        assert str(parse(text)) == text
    except UsageError as error:
        assert "scalecnn" in str(error) or "mobilenetv2" in str(error)


def test_the_command_lists_every_network_as_json_and_as_text() -> None:
    pytest.importorskip("torch")
    listed = json.loads(CliRunner().invoke(command, ["--json", "--classes", "100"]).stdout)
    assert [network["id"] for network in listed["networks"]][: len(PAPER_MODELS)] == list(PAPER_MODELS)
    assert listed["networks"][0] | {"params": 21_936, "macs": 924_800} == listed["networks"][0]
    shown = CliRunner().invoke(command, ["--classes", "100"]).stdout
    assert all(model_id in shown for model_id in PAPER_MODELS)
    assert "21,936" in shown
    assert "estimates" in shown
