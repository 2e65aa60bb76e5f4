"""Which library runs a stage, known without importing it: what a finished prediction file is checked against."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata

from edgeval.errors import ToolError
from edgeval.runtimes.interpreters import choose

# Distributions by stage, the preferred one first.
DISTRIBUTIONS = {
    "float": ("torch",),
    "onnx": ("onnxruntime",),
    "tflm": ("tflite-micro",),
}
# What computes in place of a library's own kernels; stage int8 has a choice of them (interpreters.py).
DELEGATES = {"onnx": "CPUExecutionProvider"}
EXTRAS = {"float": "edgeval[train]"}


def check_stages(stages: Iterable[str], interpreter: str | None = None) -> None:
    """ToolError where a library or the compiler of one of the PC's stages is missing, before the first one runs."""
    for stage in stages:
        library(stage, interpreter=interpreter)
        if stage == "host":
            from edgeval.devices.build.host import host_library

            host_library()


def library(stage: str, runner: str | None = None, interpreter: str | None = None) -> str:
    """Name and version of the library or program that runs a stage, e.g. `onnxruntime 1.23.0`; ToolError
    without one.

    `runner` belongs to the stages on a target. Stage `host` runs edgeval's own engine; its sources' fingerprint
    stands in for a version. `interpreter` belongs to stage `int8`, see edgeval.runtimes.interpreters.
    """
    if runner is not None:
        from edgeval.devices.opening import runner_version

        return runner_version(runner)
    if stage == "host":
        from edgeval.devices.build.host import engine_fingerprint

        return f"engine {engine_fingerprint()}"
    if stage == "int8":
        return choose(interpreter).described
    for distribution in DISTRIBUTIONS[stage]:
        try:
            return f"{distribution} {metadata.version(distribution)}"
        except metadata.PackageNotFoundError:
            continue
    wanted = EXTRAS.get(stage, "edgeval[runtimes]")
    raise ToolError(f"stage {stage} needs {DISTRIBUTIONS[stage][0]}: pip install '{wanted}'")
