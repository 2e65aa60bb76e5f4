"""The engine's plain C kernels against TensorFlow Lite Micro's reference kernels (the tflite-micro wheel): every
output byte of generated models."""

from __future__ import annotations

import numpy as np
import pytest

from edgeval.devices.host import HostEngine
from tests.firmware.cases import make_case
from tests.firmware.wheel import reference

CASES = 3300
BATCH = 100


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_every_output_byte_is_the_references(first: int) -> None:
    engine = HostEngine()
    for seed in range(first, first + BATCH):
        case = make_case(seed)
        expected = reference(case.model, case.inputs)
        engine.load(case.model)
        seen = engine.invoke(*case.inputs)
        assert isinstance(seen, np.ndarray)
        assert seen.shape == expected.shape and seen.tobytes() == expected.tobytes(), (
            f"seed {seed}: {case.name}"
        )


def test_the_cases_cover_every_operator() -> None:
    """Otherwise an operator could drop out of the generator unseen."""
    from tflite.BuiltinOperator import BuiltinOperator
    from tflite.Model import Model

    seen = set()
    for seed in range(300):
        model = Model.GetRootAs(make_case(seed).model)
        seen |= {model.OperatorCodes(i).BuiltinCode() for i in range(model.OperatorCodesLength())}
    names = {name for name, number in vars(BuiltinOperator).items() if number in seen}
    assert names == {
        "ADD", "AVERAGE_POOL_2D", "CONCATENATION", "CONV_2D", "DEPTHWISE_CONV_2D", "DEQUANTIZE", "FULLY_CONNECTED",
        "LOGISTIC", "MAX_POOL_2D", "MEAN", "MUL", "PAD", "PADV2", "QUANTIZE", "RELU", "RELU6", "RESHAPE", "SOFTMAX",
        "SUB", "TRANSPOSE",
    }  # fmt: skip
