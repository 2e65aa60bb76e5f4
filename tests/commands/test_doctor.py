"""doctor: what it says is ready was run, what it says is missing names its remedy."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeval import doctor
from edgeval.cli import cli
from edgeval.devices.build.host import firmware_sources
from edgeval.doctor import probes
from edgeval.runtimes import rounding


def part_of(name: str) -> dict:
    (part,) = (part for part in doctor.examine()["parts"] if part["part"] == name)
    return part


def only(monkeypatch: pytest.MonkeyPatch, name: str, *needs: doctor.Need) -> None:
    monkeypatch.setattr(doctor, "PARTS", {name: needs or doctor.PARTS[name]})


@pytest.mark.parametrize("name", sorted(probes.PROBES))
def test_what_is_ready_was_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, name)
    part = part_of(name)
    assert part["ready"] == (part["missing"] == [] and probes.main(name, []) == 0)


def test_an_installed_library_that_does_not_import_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As tflite-runtime under numpy 2."""
    (tmp_path / "broken_one.py").write_text("raise ImportError('numpy.core.multiarray failed to import')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.syspath_prepend(str(tmp_path))
    only(monkeypatch, "runner serial", doctor.Need("broken-one", "broken_one", doctor.PIP_BASE))
    part = part_of("runner serial")
    assert not part["ready"] and part["missing"] == []
    assert part["problem"] == "ImportError: numpy.core.multiarray failed to import"
    assert "fails    runner serial" in doctor.table(doctor.examine())


def test_a_library_without_wheels_for_this_python_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "export", doctor.Need("no-such-thing", "no_such_thing", doctor.PIP_EXPORT, (3, 0)))
    assert "no wheels for Python 3.0 and newer" in part_of("export")["install"]


def test_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    need = doctor.Need("no-such-thing", "no_such_thing", doctor.PIP_RUNTIMES)
    only(monkeypatch, "stage tflm", need)
    part = part_of("stage tflm")
    assert not part["ready"]
    assert part["missing"] == ["no-such-thing"]
    assert "pip install 'edgeval[runtimes]'" in doctor.table(doctor.examine())


def test_one_command_installs_all_that_a_part_lacks() -> None:
    """In a base install each part names one extra, and it brings every library of the part."""
    for part, needs in doctor.PARTS.items():
        libraries = {need.install for need in needs if need.module is not None}
        assert len(libraries) <= 1, f"{part}: {libraries}"


def test_json_is_one_document(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_problem", lambda name, needs: None)  # each is run above
    result = CliRunner().invoke(cli, ["doctor", "--json"])
    assert result.exit_code == 0
    assert {part["part"] for part in json.loads(result.stdout)["parts"]} == set(doctor.PARTS)


@pytest.mark.parametrize(
    ("version", "revision"),
    [
        (
            "0.dev20261012203412",
            "r1",
        ),  # tried: these two differ in SUB, LEAKY_RELU, RELU, HARD_SWISH, FULLY_CONNECTED
        ("0.dev20261013214400", "r2"),
        ("0.1.0", None),
    ],
)
def test_the_wheels_rounding_follows_from_its_date(version: str, revision: str | None) -> None:
    assert rounding.wheels_revision(version) == revision
    assert (rounding.difference(version) is not None) == (revision == "r1")


def test_a_wheel_that_rounds_otherwise_is_ready_with_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "stage tflm")
    monkeypatch.setattr(doctor, "_version", lambda need: "0.dev20261012203412")
    assert "rounds as r1, the built-in engine as r2" in doctor.table(doctor.examine())


def test_the_engine_names_the_same_revision() -> None:
    source = (firmware_sources() / "engine" / "builtin" / "engine.c").read_text()
    assert f'.version = "1.1-{rounding.ENGINE_REVISION}"' in source
