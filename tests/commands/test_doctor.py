"""doctor: what it says is there can be imported, what it says is missing names its remedy."""

from __future__ import annotations

import importlib
import json

import pytest
from click.testing import CliRunner

from edgeval import doctor
from edgeval.cli import cli


def test_ready_parts_can_be_imported() -> None:
    for part in doctor.examine()["parts"]:
        modules = {need.name: need.module for need in doctor.PARTS[part["part"]]}
        for name in part["found"]:
            if modules[name] in ("unicorn", "elftools", "jinja2", "tflite", "onnxruntime", "tflite_micro"):
                importlib.import_module(str(modules[name]))


def test_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    need = doctor.Need("no-such-thing", "no_such_thing", doctor.PIP_RUNTIMES)
    monkeypatch.setitem(doctor.PARTS, "stage tflm", (need,))
    (part,) = (part for part in doctor.examine()["parts"] if part["part"] == "stage tflm")
    assert not part["ready"]
    assert part["missing"] == ["no-such-thing"]
    assert "pip install 'edgeval[runtimes]'" in doctor.table(doctor.examine())


def test_one_command_installs_all_that_a_part_lacks() -> None:
    """In a base install each part names one extra, and it brings every library of the part."""
    for part, needs in doctor.PARTS.items():
        libraries = {need.install for need in needs if need.module is not None}
        assert len(libraries) <= 1, f"{part}: {libraries}"


def test_json_is_one_document() -> None:
    result = CliRunner().invoke(cli, ["doctor", "--json"])
    assert result.exit_code == 0
    assert {part["part"] for part in json.loads(result.stdout)["parts"]} == set(doctor.PARTS)
