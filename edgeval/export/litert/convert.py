"""The steps of the backend, one after the other."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np

from edgeval.data.order import to_torch_order
from edgeval.errors import ModelError, ToolError
from edgeval.export.litert.lower import lower
from edgeval.export.litert.ranges import tensor_ranges
from edgeval.export.litert.simplify import simplify
from edgeval.export.litert.writer import Writer
from edgeval.flatbuffer import inlined

LIBRARIES = ("onnx", "onnxruntime", "ai-edge-quantizer")


def versions() -> dict[str, str]:
    """The backend's libraries, imported; ToolError where one is missing."""
    import importlib
    from importlib import metadata

    try:
        for name in LIBRARIES:
            importlib.import_module(name.replace("-", "_"))
    except ImportError as error:
        raise ToolError(f"export --int8 needs {error.name}: pip install 'edgeval[export]'") from error
    return {name: metadata.version(name) for name in LIBRARIES}


def to_int8(model: bytes, layout: str, calibration: np.ndarray, where: str) -> bytes:
    """A TFLite model with int8 input and output, per-channel weights, batch 1 and fixed shapes.

    `model` is ONNX with one float32 input in `layout` NCHW, NCT, NF, NHWC or NTC; `calibration` float32 (n, ...) has
    its channels last and the network's preprocessing applied. The same arguments give the same bytes. Raises
    ModelError where the network cannot be converted.
    """
    try:
        simple = simplify(model)
        samples = calibration if layout in ("NHWC", "NTC") else to_torch_order(calibration)
        values = tensor_ranges(simple, samples)
        writer = Writer()
        lower(simple, values, writer, layout)
        return inlined(_quantized(writer, values.ranges), where)
    except ModelError as error:
        raise ModelError(f"{where} {error}") from None
    except Exception as error:  # the libraries raise all kinds
        lines = str(error).strip().splitlines() or ["no message"]
        raise ModelError(
            f"{where} cannot be converted to TFLite: {type(error).__name__}: {lines[0]}; try --backend tensorflow"
        ) from None


def _quantized(writer: Writer, ranges: dict[str, tuple[float, float]]) -> bytes:
    """Quantize by the true smallest and largest values. The library's own moving average forgets the first images,
    which costs 4 points of accuracy on ScaleCNN-8 (docs/DESIGN.md)."""
    logging.disable(logging.WARNING)
    from ai_edge_quantizer import quantizer, recipe

    tool = quantizer.Quantizer(bytearray(writer.build()))
    tool.load_quantization_recipe(recipe.static_wi8_ai8())
    result: Any = tool.quantize(
        {
            name: {"min": np.full(shape, low, np.float32), "max": np.full(shape, high, np.float32)}
            for name, shape, (low, high) in writer.activation_ranges(ranges)
        }
    )
    return bytes(result.quantized_model)
