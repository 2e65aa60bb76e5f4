"""store: whole files or none. Reference: the promises in edgeval/store.py."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval import locks, store
from edgeval.errors import StoreError


def test_published_file_is_listed_and_verified(tmp_path: Path) -> None:
    digest = store.publish(tmp_path, "a/b.bin", b"12345")
    assert store.listed(tmp_path, "a/b.bin") == {"sha256": digest, "bytes": 5}
    assert store.verified(tmp_path, "a/b.bin").read_bytes() == b"12345"
    assert store.is_finished(tmp_path, "a/b.bin")


def test_unlisted_file_is_not_finished(tmp_path: Path) -> None:
    (tmp_path / "weights.pt").write_bytes(b"half")
    assert not store.is_finished(tmp_path, "weights.pt")
    with pytest.raises(StoreError, match="never finished"):
        store.verified(tmp_path, "weights.pt")


def test_changed_file_names_both_hashes(tmp_path: Path) -> None:
    digest = store.publish(tmp_path, "weights.pt", b"right")
    (tmp_path / "weights.pt").write_bytes(b"wrong")
    with pytest.raises(StoreError, match=digest[:12]):
        store.is_finished(tmp_path, "weights.pt")


def test_missing_listed_file_is_damage(tmp_path: Path) -> None:
    store.publish(tmp_path, "weights.pt", b"right")
    (tmp_path / "weights.pt").unlink()
    with pytest.raises(StoreError, match="is missing"):
        store.is_finished(tmp_path, "weights.pt")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_one_line_and_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    store.write_bytes(tmp_path / "a", b"old")

    def full(_: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="no space left to write"):
        store.write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_json_of_another_schema_is_refused(tmp_path: Path) -> None:
    store.write_bytes(tmp_path / "run.json", store.json_bytes({"schema_version": 99}))
    with pytest.raises(StoreError, match="schema version 99"):
        store.read_json(tmp_path / "run.json")


@given(st.binary(max_size=64))
def test_json_reader_never_accepts_garbage(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("json") / "x.json"
    path.write_bytes(data)
    with pytest.raises(StoreError):
        store.read_json(path)


def test_equal_arrays_give_equal_npz_bytes() -> None:
    first = store.npz_bytes(x=np.arange(10), y=np.zeros(3))
    time.sleep(2.1)  # zip times have a step of two seconds
    assert store.npz_bytes(x=np.arange(10), y=np.zeros(3)) == first


def test_claim_is_exclusive_and_ends_with_its_process(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from edgeval import locks
        with locks.claim(Path(sys.argv[1])) as mine:
            print(mine, flush=True)
            time.sleep(60)
    """)
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "claim")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "True"
        with locks.claim(tmp_path / "claim") as mine:
            assert not mine
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()
    with locks.claim(tmp_path / "claim") as mine:
        assert mine


@pytest.mark.slow
def test_killed_publisher_never_leaves_a_listed_file_that_differs(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import sys
        from pathlib import Path
        from edgeval import store
        for number in range(10**9):
            store.publish(Path(sys.argv[1]), "data.bin", bytes([number % 256]) * 200_000)
    """)
    for attempt in range(20):
        writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
        time.sleep(0.35 + attempt * 0.013)
        writer.kill()
        writer.wait()
        store.is_finished(tmp_path, "data.bin")  # raises where the list and the file disagree


def test_the_next_write_removes_what_a_killed_writer_left_but_not_a_living_writers_file(
    tmp_path: Path,
) -> None:
    dead, living, other = (tmp_path / name for name in (".a.dead.tmp", ".a.living.tmp", ".b.dead.tmp"))
    for path in (dead, living, other):
        path.write_bytes(b"half")
    with living.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        store.write_bytes(tmp_path / "a", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([living.name, other.name, "a"])
    store.write_bytes(tmp_path / "a", b"whole")
    assert not living.exists()


def test_a_temporary_file_taken_for_litter_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer may look between the moment in which the file is made and that in which it is locked."""
    make, made = tempfile.mkstemp, []

    def meddled(**options: Any) -> tuple[int, str]:
        descriptor, name = make(**options)
        made.append(name)
        if len(made) == 1:
            os.unlink(name)
        return descriptor, name

    monkeypatch.setattr(tempfile, "mkstemp", meddled)
    store.write_bytes(tmp_path / "a", b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"
    assert len(made) == 2
