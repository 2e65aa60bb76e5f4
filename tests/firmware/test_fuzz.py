"""A short run of every libFuzzer target over its corpus, docs/FUZZING.md. References: the address and undefined
behaviour sanitizers, and what each target checks itself (its first comment)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.libfuzzer import FUZZ, LENGTHS, absent_tool, build, run

SECONDS = 4
CORPUS_BYTES = 250_000


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the built targets."""
    absent = absent_tool()
    if absent:
        pytest.skip(absent)
    return build(tmp_path_factory.mktemp("fuzz"))


@pytest.mark.slow
@pytest.mark.parametrize("name", LENGTHS)
def test_nothing_crashes(programs: Path, tmp_path: Path, name: str) -> None:
    corpus = FUZZ / "corpus" / name
    done = run(programs / f"fuzz_{name}", name, tmp_path / "found", SECONDS, LENGTHS[name][-1], seed=1)
    assert done.crashed is None, f"keep the input below {tmp_path} as a regression: {done.crashed}"
    assert done.executions > len(list(corpus.iterdir()))  # it got beyond the corpus


def test_the_corpora_are_small() -> None:
    sizes = [path.stat().st_size for path in (FUZZ / "corpus").glob("*/*")]
    assert len(sizes) > 100 and sum(sizes) < CORPUS_BYTES
