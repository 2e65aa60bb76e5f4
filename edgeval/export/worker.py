"""The process in which the converter runs.

Its libraries print much, write into the current folder, take seconds to import and can take the process down.
The worker imports them once for a whole grid, while the caller does other work; its output goes to a log, its
folder is temporary.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from edgeval.errors import EdgevalError, ToolError
from edgeval.processes import settle, whole_start

# Each has `versions` and `to_int8` of the same form.
BACKENDS = {"litert": "edgeval.export.litert", "tensorflow": "edgeval.export.tensorflow"}
LIBRARY = {"litert": "ai_edge_quantizer", "tensorflow": "onnx2tf"}  # by which an installed backend is known
END_S = 10.0  # for the worker to end by itself; then it is killed


def default_backend() -> str:
    """litert, or tensorflow where that alone is installed."""
    return next((name for name, library in LIBRARY.items() if find_spec(library) is not None), "litert")


@dataclass(frozen=True)
class Converter:
    """A running worker, see `converter`. The methods are those of the backend's module."""

    backend: str
    _connection: Connection
    _log: Path

    def to_int8(self, model: bytes, layout: str, calibration: np.ndarray, where: str) -> bytes:
        result: bytes = self._ask("to_int8", where, model, layout, calibration, where)
        return result

    def versions(self) -> dict[str, str]:
        result: dict[str, str] = self._ask("versions", "its import")
        return result

    def _ask(self, function: str, where: str, *arguments: Any) -> Any:
        try:
            self._connection.send((function, arguments))
            result = self._connection.recv()
        except (EOFError, ConnectionError) as error:
            lines = [line for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
            cause = lines[-1] if lines else "no message; is there enough memory?"
            raise ToolError(f"the TFLite converter died at {where}: {cause}") from error
        if isinstance(result, EdgevalError):
            raise result
        return result


@contextlib.contextmanager
def converter(backend: str | None = None) -> Iterator[Converter]:
    """Start the worker of a backend (None: the default one) and end it with the block."""
    backend = backend or default_backend()
    context = get_context("spawn")
    with tempfile.TemporaryDirectory(prefix="edgeval-export-") as folder:
        log = Path(folder) / "log"
        log.touch()
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, folder, str(log), backend), daemon=True)
        with whole_start():
            process.start()
        theirs.close()
        try:
            yield Converter(backend, ours, log)
            ours.close()  # the worker ends by itself and gives back the semaphores of its libraries
            process.join(END_S)
        finally:
            process.kill()
            process.join()
            ours.close()


def _serve(connection: Connection, folder: str, log: str, backend: str) -> None:
    _settle(folder, log)
    functions = importlib.import_module(BACKENDS[backend])
    with contextlib.suppress(ToolError):  # the first request meets it again and sends it
        functions.versions()
    while True:
        try:
            function, arguments = connection.recv()
        except EOFError:
            return
        try:
            connection.send(getattr(functions, function)(*arguments))
        except EdgevalError as error:
            connection.send(error)


def _settle(folder: str, log: str) -> None:
    settle()
    os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", TF_ENABLE_ONEDNN_OPTS="0", CUDA_VISIBLE_DEVICES="-1")
    os.chdir(folder)
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
