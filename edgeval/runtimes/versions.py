"""Which library runs a stage, known without importing it: what a finished prediction file is checked against."""

from __future__ import annotations

from importlib import metadata

from edgeval.errors import ToolError

# Distributions by stage, the preferred one first.
DISTRIBUTIONS = {
    "float": ("torch",),
    "onnx": ("onnxruntime",),
    "int8": ("tflite-runtime", "ai-edge-litert"),
    "tflm": ("tflite-micro",),
    "emulated": ("unicorn",),
}
EXTRAS = {"float": "edgeval[train]", "emulated": "edgeval"}


def library(stage: str) -> str:
    """Name and version of the library that runs a stage, e.g. `onnxruntime 1.23.0`; ToolError without one.

    Stage `host` runs edgeval's own engine; its sources' fingerprint stands in for a version.
    """
    if stage == "host":
        from edgeval.devices.host_build import engine_fingerprint

        return f"engine {engine_fingerprint()}"
    for distribution in DISTRIBUTIONS[stage]:
        try:
            return f"{distribution} {metadata.version(distribution)}"
        except metadata.PackageNotFoundError:
            continue
    wanted = EXTRAS.get(stage, "edgeval[runtimes]")
    raise ToolError(f"stage {stage} needs {DISTRIBUTIONS[stage][0]}: pip install '{wanted}'")
