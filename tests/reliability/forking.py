"""Runs a command of edgeval in a fork of this process, which has imported the heavy libraries already.

A start of `python -m edgeval` imports torch or TensorFlow for seconds, each of its workers again; a fork takes
milliseconds, so that a thousand kills fit into an hour. What differs from a real start: workers are forked where
edgeval spawns them. test_soak.py holds the files of both against each other, and a part of the soak's kills hits real
starts. The process that forks must not have run torch or TensorFlow itself: their threads do not survive a fork.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import multiprocessing.context
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import popen_fork
from pathlib import Path

HEAVY = (
    "torch", "onnx", "onnxruntime", "tensorflow", "tf_keras", "onnx2tf", "tflite_runtime.interpreter",
    "ai_edge_litert.interpreter", "tflite_micro", "scipy.stats", "scipy.optimize", "matplotlib.pyplot", "jinja2",
    "PIL.Image", "unicorn", "capstone", "elftools.elf.elffile", "serial", "tqdm",
)  # fmt: skip
LIGHT = ("scipy.stats", "scipy.optimize", "matplotlib.pyplot", "jinja2", "PIL.Image", "tqdm")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_ENABLE_ONEDNN_OPTS": "0", "CUDA_VISIBLE_DEVICES": "-1"}


def needed_by(steps: Sequence[str]) -> tuple[str, ...]:
    """What to preload for steps of the workshop: those on imported predictions need no network library."""
    return LIGHT if all("import" in name for name in steps) else HEAVY


def preload(names: Sequence[str] = HEAVY) -> None:
    """Import what is installed of `names`, single-threaded; call once, before anything else is imported."""
    os.environ.update(ONE_THREAD | QUIET)
    with contextlib.redirect_stdout(sys.stderr):
        for name in names:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    process, context = multiprocessing.context.SpawnProcess, multiprocessing.context.SpawnContext
    process._Popen = staticmethod(popen_fork.Popen)  # type: ignore[method-assign, assignment]
    context._name = "fork"  # so that a pool starts its processes before its thread


def start(
    arguments: Sequence[str],
    folder: Path,
    output: Path,
    environment: Mapping[str, str],
    before: Callable[[], None] | None = None,
) -> int:
    """Start `edgeval ARGUMENTS` in `folder` as a process group of its own; returns its process id.

    What it prints goes to `output`; `before` is called in it first.
    """
    pid = os.fork()
    if pid == 0:
        os._exit(_in_child(arguments, folder, output, environment, before))
    return pid


def _in_child(
    arguments: Sequence[str],
    folder: Path,
    output: Path,
    environment: Mapping[str, str],
    before: Callable[[], None] | None,
) -> int:
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(folder)
    os.environ.update(environment)
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.argv = ["edgeval", *arguments]
    from edgeval.cli import main

    if before is not None:
        before()
    try:
        main(list(arguments))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]  # what the interpreter does at its end, in its order
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def wait(pid: int) -> int:
    """The exit code; of a killed process the signal's number, negative."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
