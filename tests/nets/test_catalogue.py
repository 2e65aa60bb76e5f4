"""Reference: the paper's names of networks; everything else is refused with the nearest name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, strategies as st

from edgeval.commands.device.nets import command
from edgeval.errors import UsageError
from edgeval.nets import FAMILIES, PAPER_MODELS, parse


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


def test_the_command_lists_every_family_as_json() -> None:
    pytest.importorskip("torch")
    listed = json.loads(CliRunner().invoke(command, ["--json", "--classes", "100"]).stdout)
    models = [network["id"] for network in listed["networks"]]
    assert models[: len(PAPER_MODELS)] == list(PAPER_MODELS)
    assert {model.rpartition("-")[0] for model in models} == {
        n for n, f in FAMILIES.items() if 3 in f.axes and not f.last
    }
    assert listed["networks"][0] | {"params": 21_936, "macs": 924_800} == listed["networks"][0]
    assert listed["input_shape"] == [32, 32, 3]


def test_the_command_lists_networks_as_text() -> None:
    pytest.importorskip("torch")
    shown = CliRunner().invoke(command, ["--network", "scalecnn"]).stdout
    assert all(model_id in shown for model_id in PAPER_MODELS if model_id.startswith("scalecnn"))
    assert "21,936" in shown
    assert "estimates" in shown


def test_the_command_lists_what_takes_other_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.py").write_text(
        "from torch import nn\ndef build(size, classes, shape):\n    return nn.Linear(shape[0], classes)\n"
    )

    def listed(*options: str) -> dict[str, int]:
        done = CliRunner().invoke(command, ["--json", "--classes", "3", *options])
        return {network["id"]: network["params"] for network in json.loads(done.stdout)["networks"]}

    windows = listed("--input", "64x6")
    assert {model.rpartition("-")[0] for model in windows} == {"tcresnet8", "cnn1d", "mlp"}
    assert list(listed("--input", "49x10x1", "--network", "dscnn", "--sizes", "8")) == ["dscnn-8"]
    assert listed("--input", "10", "--network", "my.py:build", "--sizes", "2,4") == {"my-2": 33, "my-4": 33}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--input", "96x96x"), "is no form of a sample"),
        (("--input", "1x1x1", "--network", "cnn1d"), "cnn1d takes samples"),
        (("--network", "resnet9"), "'resnet9' is no network of edgeval"),
        (("--network", "resnet8", "--sizes", "a"), "is not a list of numbers"),
    ],
)
def test_the_command_refuses_in_one_line(options: tuple[str, ...], message: str) -> None:
    pytest.importorskip("torch")
    done = CliRunner().invoke(command, options)
    assert done.exit_code != 0
    assert message in f"{done.output}{done.exception}"
