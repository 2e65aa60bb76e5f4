"""A short run of every libFuzzer target over its corpus, docs/FUZZING.md. References: the address and undefined
behaviour sanitizers, and what each target checks itself (its first comment)."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from edgeval.devices.host_build import firmware_sources

TARGETS = {"model_reader": 20_000, "frame_decoder": 4_200, "session": 5_000}  # and the longest input in bytes
SECONDS = 8
CORPUS_BYTES = 200_000
FUZZ = firmware_sources() / "fuzz"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the built targets."""
    for tool in ("clang", "cmake", "ninja"):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")
    runtime = subprocess.run(
        ["clang", "-print-runtime-dir"], capture_output=True, text=True, check=True
    ).stdout
    if not (Path(runtime.strip()) / f"libclang_rt.fuzzer-{platform.machine()}.a").is_file():
        pytest.skip("clang has no libFuzzer; on Debian: apt install libclang-rt-dev")
    folder = tmp_path_factory.mktemp("fuzz")
    configure = ["cmake", "-S", str(FUZZ), "-B", str(folder), "-G", "Ninja", "-DCMAKE_C_COMPILER=clang"]
    subprocess.run(configure, check=True, capture_output=True)
    subprocess.run(["cmake", "--build", str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_nothing_crashes(programs: Path, tmp_path: Path, name: str) -> None:
    corpus = FUZZ / "corpus" / name
    found = tmp_path / "found"
    found.mkdir()
    done = subprocess.run(
        [
            programs / f"fuzz_{name}", f"-max_total_time={SECONDS}", f"-max_len={TARGETS[name]}", "-timeout=60",
            "-rss_limit_mb=1500", f"-artifact_prefix={tmp_path}/", found, corpus,
        ],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"keep the input below {tmp_path} as a regression: {done.stderr[-3000:]}"
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs is not None and int(runs[1]) > len(list(corpus.iterdir()))  # it got beyond the corpus


def test_the_corpora_are_small() -> None:
    sizes = [path.stat().st_size for path in (FUZZ / "corpus").glob("*/*")]
    assert len(sizes) > 100 and sum(sizes) < CORPUS_BYTES
