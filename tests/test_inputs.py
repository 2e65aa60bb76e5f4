"""Files of somebody else: what is no file, and what unpacks to too much. References: POSIX, zip, npy."""

from __future__ import annotations

import io
import os
import socket
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgeval import store
from edgeval.analysis.inputs.table import read_table as read_analysis_table
from edgeval.data import load_dataset
from edgeval.devices.device import model_bytes
from edgeval.devices.wire.replay import ReplayLink
from edgeval.errors import EdgevalError
from edgeval.imports.table import read_table
from edgeval.inputs import open_input, read_arrays, read_input
from edgeval.records import read_predictions
from edgeval.runtimes.tflite_file import read_tflite
from edgeval.tomlfile import read_toml


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def listening(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))


KINDS = {"a pipe": pipe, "a folder": folder, "a device": device}
READERS: dict[str, Callable[[Path], object]] = {
    "npz": lambda path: load_dataset(f"npz:{path}"),
    "tflite": read_tflite,
    "model of a device": model_bytes,
    "csv": lambda path: read_table(path, {}),
    "npz of predictions": lambda path: read_table(path.rename(path.with_suffix(".npz")), {}),
    "csv of an analysis": read_analysis_table,
    "toml": read_toml,
    "json": store.read_json,
    "predictions": read_predictions,
    "recorded session": ReplayLink,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", READERS)
def test_what_is_no_file_is_one_line_at_once(reader: str, kind: str, tmp_path: Path) -> None:
    path = tmp_path / "input"
    KINDS[kind](path)
    with pytest.raises(EdgevalError, match=f"it is {kind}, expected a file") as caught:
        READERS[reader](path)
    assert "\n" not in str(caught.value)


def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    listening(tmp_path / "s")
    with pytest.raises(OSError):
        open_input(tmp_path / "s")


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert read_input(path, 5) == b"12345"
    with pytest.raises(OSError, match="it has 5 bytes, at most 4 are read"):
        read_input(path, 4)


def zeros(path: Path, size: int) -> None:
    """An npz of one array of zeros, written without having it in memory."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (size,)})
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("x_test.npy", "w", force_zip64=True) as file,
    ):
        file.write(header.getvalue())
        for _ in range(size >> 20):
            file.write(bytes(1 << 20))


def test_an_npz_is_not_unpacked_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "zeros.npz"
    zeros(path, 64 << 20)
    assert path.stat().st_size < 1 << 20
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"it unpacks to 67,\d{3},\d{3} bytes, at most 1,048,576 are read"):
        read_arrays(path, 1 << 20)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
    assert len(read_arrays(path, 65 << 20)["x_test"]) == 64 << 20


def claiming(path: Path, shape: tuple[int, ...], names: tuple[str, ...] = ("x_test",)) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(f"{name}.npy", header.getvalue() + b"1234")


@pytest.mark.parametrize("shape", [(10_000_000_000,), (1 << 40, 1 << 40), (5,)])
def test_an_array_that_claims_more_than_its_file_has_is_refused(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    claiming(tmp_path / "claims.npz", shape)
    with pytest.raises(ValueError):
        read_arrays(tmp_path / "claims.npz")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_array_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    claiming(tmp_path / "twice.npz", (4,), ("x_test", "x_test"))
    with pytest.raises(ValueError, match="the array x_test twice"):
        read_arrays(tmp_path / "twice.npz")


def test_an_npz_of_zeros_is_one_line_for_every_reader(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros(tmp_path / "input.npz", 4 << 20)
    monkeypatch.setattr("edgeval.inputs.read_arrays.__defaults__", (1 << 20,))
    monkeypatch.setattr("edgeval.records.LARGEST_FILE_BYTES", 1 << 20)
    for reader in ("npz", "npz of predictions", "predictions"):
        with pytest.raises(EdgevalError, match="it unpacks to"):
            READERS[reader](tmp_path / "input.npz")
