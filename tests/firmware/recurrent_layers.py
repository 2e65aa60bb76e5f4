"""Operators with a state, one function each: appends it with random options to a model and returns its output."""

from __future__ import annotations

import numpy as np

from tests.firmware.maker import Maker


def _matrix(make: Maker, rows: int, columns: int, scale: float) -> int:
    values = make.random.integers(-127, 128, (rows, columns), dtype=np.int8)
    return make.model.constant(values, [float(np.float32(scale))])


def svdf(make: Maker) -> tuple[int, int]:
    """Input and output; the state is int8 or int16."""
    batches, inputs, units, rank, memory = (
        make.between(1, 2), make.between(1, 12), make.between(1, 6), make.between(1, 3), make.between(1, 8),
    )  # fmt: skip
    wide = make.chance(0.5)
    x = make.activation((batches, inputs))
    feature = _matrix(make, units * rank, inputs, make.scale() / 32)
    unit = make.model.quantization(x)[0] * make.model.quantization(feature)[0]
    spread = unit * 74 * 74 * inputs**0.5
    state_scale = float(np.float32(spread / (12000 if wide else 50) * 2.0 ** make.random.uniform(-1, 2)))
    dtype = "int16" if wide else "int8"
    state = make.model.variable(
        (batches, units * rank * memory), state_scale, 0 if wide else make.zero_point(), dtype
    )
    limit = 32767 if wide else 127
    values = make.random.integers(-limit, limit + 1, (units * rank, memory)).astype(dtype)
    time_scale = float(np.float32(make.scale() / limit))
    time = make.model.constant(values, [time_scale])
    total = state_scale * time_scale * limit * limit / 3 * (rank * memory) ** 0.5
    bias_scale = float(np.float32(np.float32(state_scale) * np.float32(time_scale)))
    bias = make.model.constant(make.random.normal(0, limit * limit / 4, units).astype(np.int32), [bias_scale])
    y = make.model.activation((batches, units), float(np.float32(total / 60)), make.zero_point())
    make.model.operator(
        "SVDF", [x, feature, time, bias, state], [y], "SVDFOptions", rank=rank, fusedActivationFunction=0
    )
    return x, y


def lstm(make: Maker) -> tuple[int, int]:
    """Input and output; the cell state is int16."""
    batches, steps, inputs, states = (
        make.between(1, 3), make.between(1, 6), make.between(1, 10), make.between(1, 8),
    )  # fmt: skip
    time_major = make.chance(0.5)
    places = (steps, batches) if time_major else (batches, steps)
    x = make.model.activation(
        (*places, inputs), float(np.float32(make.random.uniform(0.005, 0.05))), make.zero_point()
    )
    hidden_point = make.pick(0, make.zero_point())
    hidden_scale = float(np.float32(make.random.uniform(0.004, 0.01)))
    cell_scale = 2.0 ** make.pick(-15, -14, -12, -11, -10, -9)
    hidden = make.model.variable((batches, states), hidden_scale, hidden_point)
    cell = make.model.variable((batches, states), cell_scale, 0, "int16")
    weights = [_matrix(make, states, inputs, make.random.uniform(0.005, 0.05)) for _ in range(4)]
    recurrent = [_matrix(make, states, states, make.random.uniform(0.005, 0.05)) for _ in range(4)]
    input_scale = make.model.quantization(x)[0]
    biases = [
        make.model.constant(
            make.random.normal(0, 0.5 / (input_scale * make.model.quantization(matrix)[0]), states).astype(
                np.int32
            ),
            [float(np.float32(input_scale * make.model.quantization(matrix)[0]))],
        )
        for matrix in weights
    ]
    y = make.model.activation((*places, states), hidden_scale, hidden_point)
    operands = [x, *weights, *recurrent, -1, -1, -1, *biases, -1, -1, hidden, cell, -1, -1, -1, -1]
    make.model.operator(
        "UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], "UnidirectionalSequenceLSTMOptions",
        fusedActivationFunction=4, cellClip=make.pick(0, 0, 10) / 10 * cell_scale * 20000, timeMajor=time_major,
    )  # fmt: skip
    return x, y
