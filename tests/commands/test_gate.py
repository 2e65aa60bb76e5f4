"""`edgeval gate` and `edgeval baseline` as a user runs them, on planted predictions. Reference: what was planted."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeval import cli, store
from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.evidence.evidence import write_evidence
from edgeval.evidence.settings import Settings
from tests.planted import grid, predictions, world

WORLD = world(classes=10, samples=1000)
AS_THEY_ARE = """yardstick = "images"
[rules.class_accuracy]
allowance = 5
[rules.accuracy]
allowance = 1
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def edgeval(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) of a command."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        cli.main(list(arguments))
    seen = capsys.readouterr()
    return int(end.value.code or 0), seen.out, seen.err


def report(name: str, cases: list[ModelCase]) -> str:
    """A finished report as edgeval compare leaves it, without the pages."""
    folder, settings = Path("reports") / name, Settings()
    document = compare(cases, terms=settings.terms)
    store.publish(folder, "compare.json", store.json_bytes(document))
    write_evidence(folder, cases, settings, document, {})
    return str(folder)


def answers(lost: dict[int, int], model: str) -> ModelCase:
    """One file with stages float and int8, all right but the first images of some classes at both stages."""
    answer = WORLD.labels.copy()
    for index, count in lost.items():
        answer[np.flatnonzero(WORLD.labels == index)[:count]] = (index + 1) % 10
    scores = 5.0 * np.eye(10)[answer]
    stages = {stage: predictions(WORLD, stage, scores, f"{model}{lost}") for stage in ("float", "int8")}
    return ModelCase(model, model, {0: stages})


def test_a_report_is_judged_again_by_another_policy(capsys: pytest.CaptureFixture[str]) -> None:
    folder = report("planted", grid(WORLD, hurt=3))
    code, out, _ = edgeval(capsys, "gate", folder)
    assert (code, "cat" in out, "verdict: fail" in out) == (1, True, True)
    assert edgeval(capsys, "gate", folder, "--max-class-drop", "30", "--max-accuracy-drop", "30")[0] == 0
    Path("gate.toml").write_text("[rules.class_accuracy]\nallowance = 30\n")
    code, out, _ = edgeval(capsys, "gate", folder, "--json")
    assert (code, json.loads(out)["policy"]["source"]) == (0, "gate.toml")
    Path("strict.toml").write_text("[rules.flipped_labels]\nlimit = 0.1\n")
    code, out, _ = edgeval(capsys, "gate", folder, "--policy", "strict.toml")
    assert (code, "flipped labels is" in out) == (1, True)


def test_what_cannot_be_judged_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    folder = report("planted", grid(WORLD, hurt=None))
    policies = {
        "ram": ("[rules.peak_ram_bytes]\nlimit = 99999\n", ""),
        "class": ("[rules.class_accuracy]\nallowance = 5\n[rules.class_accuracy.classes.kat]\nallowance = 1\n",
                  "unknown class 'kat'"),
        "key": ("[rules.accuracy]\nallowence = 5\n", "did you mean 'allowance'"),
    }  # fmt: skip
    for name, (text, said) in policies.items():
        Path(f"{name}.toml").write_text(text)
        code, out, err = edgeval(capsys, "gate", folder, "--policy", f"{name}.toml")
        assert (code, said in err) == (2, True), out
    assert "verdict: incomplete" in edgeval(capsys, "gate", folder, "--policy", "ram.toml")[1]
    assert edgeval(capsys, "gate", "nowhere")[0] == 2
    assert edgeval(capsys, "gate", folder, "--baseline", "none.json")[0] == 2


def test_accept_then_judge_the_next_state(capsys: pytest.CaptureFixture[str]) -> None:
    """The same passes, a damaged class fails on that class alone, another data set is refused."""
    before = report("before", [answers({}, "net")])
    assert edgeval(capsys, "baseline", "accept", before)[0] == 0
    assert edgeval(capsys, "gate", before, "--baseline", "reports/baseline.json")[0] == 0
    damaged = report("after", [answers({4: 80}, "net")])
    # Another float network of one seed only warns; as the network that it is it fails.
    assert edgeval(capsys, "gate", damaged, "--baseline", "reports/baseline.json")[0] == 0
    Path("gate.toml").write_text(AS_THEY_ARE)
    code, out, _ = edgeval(capsys, "gate", damaged, "--baseline", "reports/baseline.json", "--json")
    rows = json.loads(out)["violations"]
    assert (code, {row["class"] for row in rows if row["class"]}) == (1, {"deer"})
    _, out, _ = edgeval(capsys, "baseline", "diff", damaged)
    assert "lost most: deer -80.0" in out
    other = replace(WORLD, info=replace(WORLD.info, sha256="1" * 64))
    seen = predictions(other, "int8", 5.0 * np.eye(10)[WORLD.labels])
    elsewhere = report("other", [ModelCase("net", "net", {0: {"int8": seen}})])
    code, _, err = edgeval(capsys, "gate", elsewhere, "--baseline", "reports/baseline.json")
    assert (code, "use the same test set or accept a new baseline" in err) == (2, True)


def test_another_name_needs_to_be_matched_only_where_there_is_a_choice(
    capsys: pytest.CaptureFixture[str],
) -> None:
    edgeval(capsys, "baseline", "accept", report("large", [answers({}, "scalecnn-16")]))
    Path("gate.toml").write_text(AS_THEY_ARE)
    small = report("small", [answers(dict.fromkeys(range(10), 12), "scalecnn-8")])
    code, out, _ = edgeval(capsys, "gate", small, "--baseline", "reports/baseline.json")
    assert (code, "scalecnn-8 int8 against scalecnn-16 int8: accuracy fell by 12 points" in out) == (1, True)
    two = report("two", [answers({}, "a"), answers({1: 1}, "b")])
    code, _, err = edgeval(capsys, "gate", two, "--baseline", "reports/baseline.json")
    assert (code, "--baseline-model: scalecnn-16" in err) == (2, True)
    judged = ("--baseline", "reports/baseline.json", "--baseline-model", "scalecnn-16")
    assert edgeval(capsys, "gate", two, *judged)[0] == 0


def test_show_and_limits(capsys: pytest.CaptureFixture[str]) -> None:
    edgeval(capsys, "baseline", "accept", report("planted", grid(WORLD, seeds=(0, 1, 2))))
    code, out, _ = edgeval(capsys, "baseline", "show", "--json")
    rows: list[dict[str, Any]] = json.loads(out)["models"]
    assert (code, [row["model"] for row in rows]) == (
        0, ["mobilenetv2-0.35", "scalecnn-16", "scalecnn-4", "scalecnn-8"],
    )  # fmt: skip
    assert "3 seeds, 1000 samples" in edgeval(capsys, "baseline", "show")[1]
    code, out, _ = edgeval(capsys, "baseline", "limits")
    Path("gate.toml").write_text(out)
    assert code == 0
    assert edgeval(capsys, "gate", "reports/planted", "--baseline", "reports/baseline.json")[0] == 0


def test_power_is_told_for_a_report_and_for_a_data_set(capsys: pytest.CaptureFixture[str]) -> None:
    folder = report("planted", grid(WORLD, hurt=None))
    code, out, _ = edgeval(capsys, "gate", "--power", folder)
    assert (code, "points in accuracy" in out, "false alarms" in out) == (0, True, True)
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 255, (1000, 8, 8, 3), np.uint8), np.arange(1000) % 10
    np.savez("images.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    code, out, _ = edgeval(capsys, "gate", "--power", "--dataset", "npz:images.npz", "--json")
    rows = json.loads(out)["rows"]
    assert [row["flip_rate"] for row in rows] == [0.01, 0.02, 0.05, 0.1]
    assert [row["smallest_class_drop"] for row in rows] == pytest.approx(
        [19, 20, 22, 25], abs=1
    )  # docs/GATE.md
    assert max(row["false_alarm_rate"] for row in rows) <= 0.05
    Path("gate.toml").write_text("[rules.accuracy]\nallowance = 1\n")
    assert edgeval(capsys, "gate", "--power", folder)[0] == 2
