"""The tutorials, word for word: their files are written and their commands run. Reference: the pages in docs/tutorials;
what they promise is a report whose stages down to the device are there and whose gate passes."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STAGES = {"float", "onnx", "int8", "tflm", "host", "emulated"}

pytest.importorskip("torch")
pytest.importorskip("ai_edge_quantizer")
pytest.importorskip("sklearn")


def run(command: list[str], folder: Path) -> None:
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": paths, "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


def test_there_are_tutorials() -> None:
    assert {page.stem for page in PAGES} == {"own-network", "keywords", "gestures"}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_tutorial_does_what_it_says(page: Path, tmp_path: Path) -> None:
    commands = []
    for kind, name, text in BLOCK.findall(page.read_text()):
        if kind == "python":
            (tmp_path / name).write_text(text)
        else:
            commands += [shlex.split(line) for line in text.splitlines()]
    assert [command[:2] for command in commands] == [
        ["edgeval", name] for name in ("train-grid", "export", "compare", "gate")
    ]
    run([sys.executable, "make_data.py"], tmp_path)
    for command in commands:
        run([sys.executable, "-m", *command], tmp_path)
    (report,) = (tmp_path / "reports").glob("*/compare.json")
    document = json.loads(report.read_text())
    assert document["gate"]["passed"]
    assert len(document["models"]) == 2
    for model in document["models"]:
        assert set(model["stages"]) == STAGES
        assert model["fits"]
        between = {(step["from"], step["to"]): step for step in model["transitions"]}
        assert between["tflm", "host"]["verdict"] == "bit-exact"
        assert between["host", "emulated"]["verdict"] == "bit-exact"
        chance = 1 / len(document["dataset"]["classes"])
        assert model["stages"]["float"]["accuracy"] > 2 * chance, "it learned"
