"""Several commands on one store wait for each other and share what is finished. Reference: docs/DESIGN.md, files."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from edgeval import locks, store, turns
from edgeval.cli import cli
from tests.tiny_model import write_tiny_images, write_tiny_model

COMPARE = ("compare", "--model", "model.tflite", "--stages", "int8", "--out", "report")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model, its images and a finished report."""
    monkeypatch.chdir(tmp_path)
    write_tiny_model(Path("model.tflite"))
    ran(*COMPARE, "--dataset", write_tiny_images(Path("images.npz")), "--jobs", "1")
    return tmp_path


def ran(*arguments: str) -> None:
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0 or "ot judged" in done.output or "verdict: incomplete" in done.output, (
        done.output
    )


@contextmanager
def busy_until_met(
    claim: Path, monkeypatch: pytest.MonkeyPatch, then: Callable[[], None] = lambda: None
) -> Iterator[list[str]]:
    """Own a claim until somebody says that they wait; then do `then` and give it back. Yields what they said."""
    said: list[str] = []
    owned, met = threading.Event(), threading.Event()

    def own() -> None:
        with locks.claim(claim) as mine:
            assert mine
            owned.set()
            met.wait()
            then()

    def say(text: str) -> None:
        said.append(text)
        met.set()

    monkeypatch.setattr(turns, "say", say)
    owner = threading.Thread(target=own)
    owner.start()
    owned.wait()
    try:
        yield said
    finally:
        met.set()
        owner.join()


STAGE_CLAIM, REPORT_CLAIM = "report/predictions/.int8.claim", f"report/{turns.REPORT_CLAIM}"
BUSY = {
    "compare, a stage": ((*COMPARE, "--dataset", "npz:images.npz"), STAGE_CLAIM, "evaluating"),
    "compare, its report": ((*COMPARE, "--dataset", "npz:images.npz"), REPORT_CLAIM, "writing report"),
    "compare, its evidence": (
        (*COMPARE, "--dataset", "npz:images.npz"), "report/.evidence.claim", "writing report",
    ),
    "baseline accept": (("baseline", "accept", "report"), REPORT_CLAIM, "writing report"),
    "baseline diff": (("baseline", "diff", "report", "--file", "accepted.json"), REPORT_CLAIM, "writing report"),
    "gate": (("gate", "report"), REPORT_CLAIM, "writing report"),
    "verify": (("verify", "report"), REPORT_CLAIM, "writing report"),
    "report": (("report", "report"), REPORT_CLAIM, "writing report"),
    "import": (
        ("import", "some.csv", "--model", "net", "--stage", "int8"), "imported/.import.claim", "importing",
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", BUSY)
def test_a_busy_store_is_waited_for(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments, claim, doing = BUSY[name]
    Path("some.csv").write_text("id,label,top1\n1,a,a\n2,b,a\n")
    if name == "baseline diff":
        ran("baseline", "accept", "report", "--file", "accepted.json")
    with busy_until_met(here / claim, monkeypatch) as said:
        ran(*arguments)
    assert len(said) == 1
    assert f"another process is {doing}" in said[0] and "waiting for it to end" in said[0]


def test_the_second_one_takes_over_what_the_first_has_evaluated(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stage is retracted, and the other process finishes it while this one waits: it is not evaluated twice."""
    folder, name = Path("report"), "predictions/int8.npz"
    finished = (folder / name).read_bytes()
    store.retract(folder, name)
    monkeypatch.setattr(
        "edgeval.evaluation.evaluate._evaluate_chunks", lambda *_: pytest.fail("evaluated again")
    )
    with busy_until_met(
        here / STAGE_CLAIM, monkeypatch, lambda: store.publish(folder, name, finished) and None
    ):
        ran(*COMPARE, "--dataset", "npz:images.npz")


def test_readers_do_not_wait_for_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "say", lambda text: pytest.fail(text))
    with turns.report_reading(tmp_path / "never written"):
        pass
    with turns.report_turn(tmp_path):
        pass
    claim = tmp_path / turns.REPORT_CLAIM
    with turns.report_reading(tmp_path), turns.report_reading(tmp_path), locks.claim(claim) as mine:
        assert not mine
