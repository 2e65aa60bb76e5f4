"""Kills, Ctrl-C, two processes at once, no network; reference: an undisturbed export of the same grid."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgeval import runs, store
from edgeval.export.worker import BACKENDS, default_backend
from tests.export.conftest import files_of
from tests.processes import ENVIRONMENT, LOOK_S, NEVER_S, assert_all_end, descendants

pytestmark = pytest.mark.slow


def start(grid: Path, *options: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "edgeval", "export", "--grid", str(grid), *options]
    return subprocess.Popen(
        arguments, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def unexport(run: runs.Run) -> None:
    """Back to what training left."""
    manifest = store.read_json(run.folder / "manifest.json")
    for name in [name for name in manifest["files"] if name.startswith(("model", "export"))]:
        del manifest["files"][name]
        (run.folder / name).unlink()
    store.write_bytes(run.folder / "manifest.json", store.json_bytes(manifest))


@pytest.mark.parametrize(("options", "kills"), [((), 15), (("--int8",), 5)], ids=["onnx", "int8"])
def test_kill_at_random_moments(
    trained: Path, exported: Path, tmp_path: Path, options: tuple[str, ...], kills: int
) -> None:
    grid = tmp_path / "tiny"
    shutil.copytree(trained, grid)
    begun = time.monotonic()
    assert start(grid, *options).wait() == 0
    whole_s = time.monotonic() - begun
    undisturbed = files_of(grid)
    moments = random.Random(1)
    for _ in range(kills):
        unexport(moments.choice(runs.finished_runs(grid)))
        process = start(grid, *options)
        time.sleep(moments.uniform(0.1, 1.0) * whole_s)
        workers = descendants(process.pid)
        process.kill()
        process.communicate()
        assert_all_end(workers)
        for run in runs.finished_runs(grid):
            for name in store.read_json(run.folder / "manifest.json")["files"]:
                store.verified(run.folder, name)
    last = start(grid, *options)
    output, errors = last.communicate()
    assert last.returncode == 0, errors
    assert output.count("exported") == 2
    assert files_of(grid) == undisturbed
    assert not list(grid.rglob("*.tmp"))
    if options:
        assert undisturbed == files_of(exported), "the same in another process"


def test_two_processes_share_a_grid(trained: Path, exported: Path, tmp_path: Path) -> None:
    grid = tmp_path / "tiny"
    shutil.copytree(trained, grid)
    both = [start(grid), start(grid)]
    outputs = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert sum(out.count("exported in ") for out, _ in outputs) == 2, "each run once"
    name = f"scalecnn-2/seed1/{runs.ONNX_MODEL}"
    assert files_of(grid)[name] == files_of(exported)[name]


def test_ctrl_c(trained: Path, tmp_path: Path) -> None:
    grid = tmp_path / "tiny"
    shutil.copytree(trained, grid)
    process = start(grid, "--int8")
    while not descendants(process.pid):
        assert process.poll() is None
        time.sleep(LOOK_S)
    workers = descendants(process.pid)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=NEVER_S)
    assert process.returncode == 2
    assert errors.strip() == "edgeval: error: interrupted; the same command goes on where it stopped"
    assert_all_end(workers)


OFFLINE = """
import socket, sys
import numpy as np, onnx
def refuse(*arguments, **options):
    raise AssertionError("the converter opened a socket")
socket.socket = socket.create_connection = socket.getaddrinfo = refuse
from importlib import import_module
to_int8 = import_module(sys.argv[2]).to_int8
model = onnx.load(sys.argv[1])
for value in (*model.graph.input, *model.graph.output):
    value.type.tensor_type.shape.dim[0].dim_value = 1
images = np.random.default_rng(0).random((8, 16, 16, 3), np.float32)
sys.stdout.buffer.write(to_int8(model.SerializeToString(), "NCHW", images, "net"))
"""


def test_conversion_is_offline(exported: Path, tmp_path: Path) -> None:
    """A fixed batch of one colour image is what onnx2tf downloads a set of images for."""
    model = runs.finished_runs(exported)[0].folder / runs.ONNX_MODEL
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(model), BACKENDS[default_backend()]],
        env=ENVIRONMENT,
        cwd=tmp_path,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert b"TFL3" in done.stdout
    assert not list(tmp_path.iterdir()), "nothing is written into the current folder"
