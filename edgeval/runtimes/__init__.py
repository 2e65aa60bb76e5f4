"""Opens the runtime of a stage from a description that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgeval.nets.code import Code
from edgeval.records import IMAGE, Preprocessing
from edgeval.runtimes.base import Outputs, Runtime

__all__ = ["HOST_STAGES", "ModelSource", "Outputs", "Runtime", "open_runtime"]

HOST_STAGES = ("float", "onnx", "int8", "tflm")


@dataclass(frozen=True)
class ModelSource:
    """A model file and the stage that runs it.

    `network` is needed by stage float alone: a model id of a grid, which `code` builds where it is not edgeval's, or a
    user's `module:callable`.
    `input_shape` is that of one sample of the data set, whose kind is `kind`.
    `preprocessing` None infers it from an int8 model's input quantization. `engine` belongs to the device
    stages; `target`, `runner` and the board's `port` to those on a target. `interpreter` belongs to stage int8: a name
    of `edgeval.runtimes.interpreters`, None the first that is installed.
    """

    stage: str
    path: Path
    classes: int
    input_shape: tuple[int, ...]
    preprocessing: Preprocessing | None = None
    network: str | None = None
    target: str | None = None
    engine: str | None = None
    runner: str | None = None
    port: str | None = None
    interpreter: str | None = None
    kind: str = IMAGE
    code: Code | None = None


def open_runtime(source: ModelSource) -> Runtime:
    """Load a model; ModelError where the file is damaged, ToolError where the stage's library is missing."""
    if source.stage == "float":
        return _open_float(source)
    if source.stage == "onnx":
        from edgeval.runtimes.onnx import OnnxRuntime

        return OnnxRuntime(source.path, _given(source), source.input_shape)
    if source.stage == "int8":
        from edgeval.runtimes.tflite import TfliteRuntime

        return TfliteRuntime(source.path, _int8_given(source), source.interpreter)
    if source.stage == "tflm":
        from edgeval.runtimes.tflm import TflmRuntime

        return TflmRuntime(source.path, _int8_given(source))
    if source.stage in ("host", "emulated", "board"):
        return _open_device(source)
    raise ValueError(f"no runtime for stage '{source.stage}'")


def _given(source: ModelSource) -> Preprocessing:
    return source.preprocessing or Preprocessing(kind=source.kind)


def _int8_given(source: ModelSource) -> Preprocessing | None:
    """None for images: then it is inferred from the model's input."""
    return source.preprocessing if source.kind == IMAGE else _given(source)


def _open_device(source: ModelSource) -> Runtime:
    from edgeval.devices.opening import open_target
    from edgeval.runtimes.device import DeviceRuntime
    from edgeval.runtimes.versions import library

    name = library(source.stage, source.runner)
    device = open_target(
        source.target or "host", source.runner or "unicorn", source.engine or "builtin", port=source.port
    )
    return DeviceRuntime(source.path, _int8_given(source), device, name)


def _open_float(source: ModelSource) -> Runtime:
    from edgeval.runtimes.pytorch import TorchRuntime, call_factory, load_state

    if source.network is None:
        raise ValueError("stage float needs the network's name")
    if ":" in source.network:
        network = call_factory(source.network)
    else:
        from edgeval.nets import build

        network = build(source.network, source.classes, source.input_shape, source.code)
    loaded = load_state(network, source.path)
    return TorchRuntime(loaded, _given(source), source.input_shape, source.classes)
