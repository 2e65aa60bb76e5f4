"""One line for whatever ends a command, EdgevalError or not: what was seen, where, what to do next."""

from __future__ import annotations

import traceback
from pathlib import Path

from edgeval.errors import EdgevalError

INTERRUPTED = "interrupted; the same command goes on where it stopped"
EXTRAS = {  # an import that is missing -> the extra that brings it
    "torch": "train",
    "torchvision": "train",
    "onnx2tf": "export",
    "tensorflow": "export",
    "tf_keras": "export",
    "onnx": "export",
    "onnxruntime": "runtimes",
    "tflite_runtime": "runtimes",
    "ai_edge_litert": "runtimes",
    "tflite_micro": "runtimes",
}
EXTRA_OF_COMMAND = {"export": "export", "fit": "export"}  # these need more than the first import that failed
PACKAGE = Path(__file__).resolve().parent


def failure_line(error: BaseException, command: str) -> str:
    """The line for an exception that ended `edgeval <command>`; never more than one line.

    What the machine or the installation causes says what to change. All else is a defect of edgeval, and the line
    says where it happened and where to report it.
    """
    return " ".join(_text(error, command).split())


def _text(error: BaseException, command: str) -> str:
    if isinstance(error, EdgevalError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, BrokenPipeError):
        return "the reader of the output has gone; give all of it a place, such as a file"
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in EXTRAS:
        return _missing(str(error.name).split(".")[0], command)
    if isinstance(error, MemoryError):
        return "out of memory; use a smaller test set or --jobs 1, or a machine with more"
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{_name(error.filename)}: {error.strerror}; check the path and its permissions"
    return (
        f"{_kind(error)} {_place(error)}: this is a defect of edgeval; please report it in the project's issue tracker "
        "with the output of the same command after edgeval --debug"
    )


def _missing(module: str, command: str) -> str:
    extra = EXTRA_OF_COMMAND.get(command, EXTRAS[module])
    return f"edgeval {command} needs {module}: pip install 'edgeval[{extra}]'"


def _name(filename: object) -> str:
    return filename.decode(errors="replace") if isinstance(filename, bytes) else str(filename)


def _kind(error: BaseException) -> str:
    said = str(error).strip().splitlines()
    return f"unexpected {type(error).__name__}" + (f" ({said[0][:200]})" if said else "")


def _place(error: BaseException) -> str:
    """The innermost line of edgeval's own code that the exception went through."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PACKAGE)
    ]
    if not own:
        return "outside of edgeval's code"
    return f"in {Path(own[-1].filename).relative_to(PACKAGE).as_posix()}:{own[-1].lineno}"
