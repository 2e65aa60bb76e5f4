"""Why one step is the bound of rounding: SOFTMAX and LOGISTIC, whose kernels use tables or polynomials, against the
exact function in float64. Both interpreters stay within one step of it and of each other."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, softmax

from edgeval.localise.findings import ROUNDING_STEPS
from edgeval.localise.kernels import TfliteKernels, TflmKernels
from tests.firmware.models import Model

SCALES = (0.005, 0.02, 0.0625, 0.1718, 0.5)


def one_operator(name: str, shape: tuple[int, ...], scale: float, zero_point: int) -> bytes:
    model = Model()
    x, y = model.activation(shape, scale, zero_point), model.activation(shape, 1 / 256, -128)
    options = ("SoftmaxOptions", {"beta": 1.0}) if name == "SOFTMAX" else ("", {})
    model.operator(name, [x], [y], options[0], **options[1])
    return model.build([x], [y])


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", ["SOFTMAX", "LOGISTIC"])
@pytest.mark.parametrize("interpreter", ["litert", "litert-builtin"])
def test_both_interpreters_are_within_a_step_of_the_exact_function(
    interpreter: str, name: str, scale: float
) -> None:
    rng, zero_point = np.random.default_rng(0), 11
    values = np.concatenate([rng.integers(-128, 128, (60, 10)), rng.normal(0, 20, (60, 10)).clip(-128, 127)])
    model, seen = one_operator(name, (1, 10), scale, zero_point), []
    for kernels in (TfliteKernels(interpreter), TflmKernels()):
        kernels.load(model)
        seen.append(
            np.concatenate([kernels.run([row[None]])[0] for row in values.astype(np.int8)]).astype(int)
        )
    real = (values.astype(np.int8) - float(zero_point)) * scale
    exact = np.clip(
        np.round((softmax(real, axis=1) if name == "SOFTMAX" else expit(real)) * 256) - 128, -128, 127
    )
    assert np.abs(seen[0] - exact).max() <= ROUNDING_STEPS
    assert np.abs(seen[1] - exact).max() <= ROUNDING_STEPS
    assert np.abs(seen[0] - seen[1]).max() <= ROUNDING_STEPS
