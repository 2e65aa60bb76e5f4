"""The plain C kernels of the operators of more_cases against TensorFlow Lite Micro's reference kernels (the
tflite-micro wheel): every output byte of generated models, int8 and int16."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edgeval.devices.host import HostEngine
from tests.firmware.layers import conv, mean, pool
from tests.firmware.maker import Maker
from tests.firmware.more_cases import make_more_case
from tests.firmware.wheel import references

CASES = {"int8": 1600, "int16": 1600}
BATCH = 200


@pytest.mark.parametrize("dtype", CASES)
@pytest.mark.parametrize("part", range(8))
def test_every_output_byte_is_the_references(dtype: str, part: int) -> None:
    engine = HostEngine()
    for seed in range(part * BATCH, (part + 1) * BATCH):
        case = make_more_case(seed, dtype)
        expected = references(case.model, case.inputs)
        engine.load(case.model)
        seen = engine.invoke(*case.inputs)
        seen = seen if isinstance(seen, list) else [seen]
        where = f"seed {seed}: {case.name}"
        assert len(seen) == len(expected), where
        for mine, theirs in zip(seen, expected, strict=True):
            assert mine.shape == theirs.shape and mine.dtype == theirs.dtype, where
            assert mine.tobytes() == theirs.tobytes(), where


def test_the_cases_cover_every_operator() -> None:
    """Otherwise an operator could drop out of the generator unseen."""
    from tflite.BuiltinOperator import BuiltinOperator
    from tflite.Model import Model as Reader

    seen = set()
    for seed in range(200):
        model = Reader.GetRootAs(make_more_case(seed).model)
        seen |= {model.OperatorCodes(i).BuiltinCode() for i in range(model.OperatorCodesLength())}
    names = {name for name, number in vars(BuiltinOperator).items() if number in seen}
    assert names >= {
        "BATCH_MATMUL", "EXPAND_DIMS", "GATHER", "HARD_SWISH", "LEAKY_RELU", "LOG_SOFTMAX", "MAXIMUM", "MINIMUM",
        "PACK", "PRELU", "RESIZE_NEAREST_NEIGHBOR", "SLICE", "SPLIT", "SPLIT_V", "SQUEEZE", "STRIDED_SLICE", "SUM",
        "TANH", "TRANSPOSE_CONV", "UNPACK",
    }  # fmt: skip


@pytest.mark.parametrize("layer", [conv, mean, pool])
def test_an_operator_of_int16_keeps_no_arguments(layer: Callable[[Maker, int], int]) -> None:
    """It is read from the file each time, so the arena has no room for them (firmware/engine/builtin/plan/steps.h)."""
    engine, state_bytes = HostEngine(), {}
    for dtype in CASES:
        make = Maker(7, dtype)
        x = make.activation((1, 6, 6, 4))
        engine.load(make.model.build([x], [layer(make, x)]))
        state_bytes[dtype] = engine.stats().arena_state_bytes
    assert state_bytes["int16"] + 80 < state_bytes["int8"]
