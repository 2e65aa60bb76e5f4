"""Operators with a state against TensorFlow Lite Micro's reference kernels (the tflite-micro wheel): every output byte
of several inferences in a row, the first ones after loading again, and what the engine refuses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from edgeval.devices.host import HostEngine
from edgeval.errors import ModelError
from tests.firmware.maker import Maker
from tests.firmware.models import Model
from tests.firmware.recurrent_layers import lstm, svdf
from tests.firmware.wheel import sequence

CASES, RUNS = 80, 4


@pytest.mark.parametrize("layer", [svdf, lstm])
def test_every_output_byte_of_inferences_in_a_row(layer: Callable[[Maker], tuple[int, int]]) -> None:
    engine = HostEngine()
    for seed in range(CASES):
        make = Maker(seed)
        x, y = layer(make)
        model = make.model.build([x], [y])
        inputs = [make.values(make.model.shape(x)) for _ in range(RUNS)]
        expected = sequence(model, inputs)
        for _ in range(2):  # loading a model again forgets its state
            engine.load(model)
            for run, values in enumerate(inputs):
                seen = engine.invoke(values)
                assert isinstance(seen, np.ndarray)
                assert seen.tobytes() == expected[run].tobytes(), f"seed {seed}, inference {run}"


def test_the_sequences_depend_on_the_state() -> None:
    """Otherwise the test above would not see a state that is lost."""
    changed = 0
    for seed in range(30):
        make = Maker(seed)
        x, y = lstm(make)
        values = make.values(make.model.shape(x))
        first, *_, last = sequence(make.model.build([x], [y]), [values] * RUNS)
        changed += not np.array_equal(first, last)
    assert changed > 10


def test_a_state_is_not_an_operand_of_other_operators() -> None:
    model = Model()
    x, y = model.activation((1, 8), 0.5), model.activation((1, 8), 0.5)
    state = model.variable((1, 8), 0.5)
    model.operator("ADD", [x, state], [y])
    with pytest.raises(ModelError, match=r"operator 0 \(ADD\)"):
        HostEngine().load(model.build([x], [y]))


def test_a_state_is_neither_input_nor_output_of_a_model() -> None:
    model = Model()
    state, y = model.variable((1, 8), 0.5), model.activation((1, 8), 0.5)
    model.operator("RELU", [state], [y])
    with pytest.raises(ModelError):
        HostEngine().load(model.build([state], [y]))
    model = Model()
    x, state = model.activation((1, 8), 0.5), model.variable((1, 8), 0.5)
    model.operator("RELU", [x], [state])
    with pytest.raises(ModelError):
        HostEngine().load(model.build([x], [state]))
