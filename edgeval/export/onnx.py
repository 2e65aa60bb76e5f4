"""From a torch network to ONNX bytes."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

from edgeval.data.order import torch_shape
from edgeval.errors import ModelError

if TYPE_CHECKING:
    import torch

OPSET = 17
INPUT, OUTPUT = "image", "scores"


def export_torch(network: torch.nn.Module, input_shape: tuple[int, ...], classes: int, where: str) -> bytes:
    """ONNX of a network that takes float32 in torch's order and yields (n, classes); n is dynamic.

    `input_shape` is that of a sample in TFLite's order. The same weights give the same bytes. Raises ModelError where
    the network does not take such samples, yields something else, or cannot be traced.
    """
    import torch

    example = torch.zeros(2, *torch_shape(input_shape))
    network = network.cpu().eval()
    try:
        with torch.inference_mode():
            scores = network(example)
        _check_output(scores, classes, where)
        return _traced(network, example)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        raise ModelError(
            f"{where} cannot be exported for samples of {' x '.join(map(str, input_shape))}: {_first_line(error)}"
        ) from error


def _check_output(scores: object, classes: int, where: str) -> None:
    if isinstance(scores, tuple | list | dict):
        raise ModelError(
            f"{where} returns {len(scores)} outputs ({type(scores).__name__}), one is needed: return one output, "
            "the scores, in a module around it"
        )
    shape = getattr(scores, "shape", None)
    if shape is None or tuple(shape) != (2, classes):
        seen = type(scores).__name__ if shape is None else tuple(shape)
        raise ModelError(
            f"{where} yields {seen} for 2 samples, the dataset's {classes} classes need (2, {classes}); "
            "give the dataset it was trained on"
        )


def _traced(network: torch.nn.Module, example: torch.Tensor) -> bytes:
    import torch

    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracing exporter announces its successor at every call
        torch.onnx.export(
            network,
            (example,),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "n"}, OUTPUT: {0: "n"}},
        )
    return buffer.getvalue()


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
