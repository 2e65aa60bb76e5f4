"""The operator list; reference: the engine's own table in firmware/engine/builtin/ops/ops.h."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from edgeval.errors import ModelError
from edgeval.export.operators import SUPPORTED, check_operators
from edgeval.runtimes.tflite_file import Operator, Tensor, TfliteInfo, inspect

ENGINE_TABLE = Path(__file__).resolve().parents[2] / "firmware" / "engine" / "builtin" / "ops" / "ops.h"

IMAGE = Tensor("image", "int8", (1, 8, 8, 3), 1 / 255, -128, 1, constant=False)
SCORES = Tensor("scores", "int8", (1, 4), 0.1, 0, 1, constant=False)
BIAS = Tensor("bias", "int32", (4,), 0.01, 0, 4, constant=True)
MODEL = TfliteInfo((IMAGE, BIAS, SCORES), (Operator("CONV_2D", (0, 1), (2,)),), (0,), (2,))


def test_the_list_is_the_engines() -> None:
    in_engine = set(re.findall(r"NN_OP_([A-Z0-9_]+) = \d+", ENGINE_TABLE.read_text()))
    assert in_engine == SUPPORTED


def test_counts_in_order_of_first_use(resnet8: Path) -> None:
    counts = check_operators(inspect(resnet8.read_bytes()), "resnet8")
    assert list(counts) == ["CONV_2D", "ADD", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert counts["CONV_2D"] == 9


@pytest.mark.parametrize("name", ["SHAPE", "COS", "CUSTOM Flex"])
def test_an_operator_the_engine_lacks_is_named(name: str) -> None:
    model = replace(MODEL, operators=(*MODEL.operators, Operator(name, (2,), (2,))))
    with pytest.raises(ModelError, match=f"^net needs {name}, which the device engine does not have"):
        check_operators(model, "net")


@pytest.mark.parametrize(
    "tensor",
    [replace(SCORES, dtype="float32"), replace(IMAGE, dtype="int32"), replace(BIAS, dtype="float32")],
)
def test_a_tensor_that_is_not_int8_is_named(tensor: Tensor) -> None:
    with pytest.raises(ModelError, match=f"{tensor.dtype} tensor '{tensor.name}'"):
        check_operators(replace(MODEL, tensors=(*MODEL.tensors, tensor)), "net")
