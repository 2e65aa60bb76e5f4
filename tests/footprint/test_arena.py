"""What lies in the arena; references: tensor sizes and lifetimes by hand, and the engine's own live bytes."""

from __future__ import annotations

import shutil

import pytest

from edgeval.devices.host import HostEngine
from edgeval.footprint.arena import arena_parts
from tests.firmware.models import Model

SIZE = 4 * 4 * 8  # bytes of every tensor here
STATE = 448


def residual() -> bytes:
    """a = relu(x), b = relu(a), c = relu(b), d = a + c: while c is computed, a waits."""
    model = Model()
    x, a, b, c, d = (model.activation((1, 4, 4, 8)) for _ in range(5))
    for source, target in ((x, a), (a, b), (b, c)):
        model.operator("RELU", [source], [target])
    model.operator("ADD", [a, c], [d])
    return model.build([x], [d])


def test_inputs_outputs_and_what_waits_for_a_residual_connection() -> None:
    live = [STATE + 2 * SIZE, STATE + 2 * SIZE, STATE + 3 * SIZE, STATE + 3 * SIZE + 64]
    parts = arena_parts(residual(), live, STATE)
    assert [row["waiting"] for row in parts] == [0, 0, SIZE, 0]
    assert [row["inputs"] for row in parts] == [SIZE, SIZE, SIZE, 2 * SIZE]
    assert [row["outputs"] for row in parts] == [SIZE] * 4
    assert [row["state"] for row in parts] == [STATE] * 3 + [STATE + 64]


def test_an_output_that_overlaps_its_input_counts_only_beyond_it() -> None:
    (first, *_) = arena_parts(residual(), [STATE + SIZE + 32, 4000, 4000, 4000], STATE)
    assert first == {"inputs": SIZE, "outputs": 32, "waiting": 0, "state": STATE}


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_the_parts_add_up_to_what_the_engine_says() -> None:
    data = residual()
    with HostEngine() as engine:
        engine.load(data)
        live = [engine.operator(index)[1] for index in range(engine.operators)]
        state = engine.stats().arena_state_bytes
    parts = arena_parts(data, live, state)
    assert [sum(row.values()) for row in parts] == live
    assert all(row["state"] >= state and min(row.values()) >= 0 for row in parts)
