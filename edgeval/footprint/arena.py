"""What lies in an engine's arena while each operator of a .tflite file runs: its tensors, those that wait, the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from edgeval.runtimes.tflite_file import ITEM_BYTES, Operator, TfliteInfo, inspect


def arena_parts(data: bytes, live_bytes: Sequence[int], state_bytes: int) -> list[dict[str, int]]:
    """For each operator the parts of its `live_bytes`, as the engine reports them while it runs.

    `inputs` of the operator; `waiting`: tensors that only a later operator reads, as those of a residual connection;
    `outputs`, without what the engine lets overlap an input; `state`: the engine's `state_bytes`, scratch and
    alignment. The parts add up to the live bytes.
    """
    info = inspect(data)
    lives = _lifetimes(info)
    return [
        _parts(info, lives, index, operator, live, state_bytes)
        for index, (operator, live) in enumerate(zip(info.operators, live_bytes, strict=True))
    ]


def _lifetimes(info: TfliteInfo) -> dict[int, tuple[int, int]]:
    """First and last operator that needs each tensor of the arena, by position; outputs are kept to the end."""
    lives = dict.fromkeys(info.inputs, (0, 0))
    for index, operator in enumerate(info.operators):
        for tensor in operator.inputs:
            if tensor in lives:
                lives[tensor] = (lives[tensor][0], index)
        lives.update(dict.fromkeys(operator.outputs, (index, index)))
    last = len(info.operators) - 1
    return {t: (first, last if t in info.outputs else until) for t, (first, until) in lives.items()}


def _parts(
    info: TfliteInfo,
    lives: dict[int, tuple[int, int]],
    index: int,
    operator: Operator,
    live: int,
    state_bytes: int,
) -> dict[str, int]:
    here = {tensor for tensor, (first, last) in lives.items() if first <= index <= last}
    read, written = here & set(operator.inputs), here & set(operator.outputs)
    inputs, outputs, waiting = (_bytes(info, of) for of in (read, written, here - read - written))
    outputs = max(0, min(outputs, live - state_bytes - inputs - waiting))
    return {
        "inputs": inputs,
        "outputs": outputs,
        "waiting": waiting,
        "state": live - inputs - outputs - waiting,
    }


def _bytes(info: TfliteInfo, tensors: set[int]) -> int:
    found = [info.tensors[index] for index in tensors]
    return sum(int(np.prod(tensor.shape)) * ITEM_BYTES.get(tensor.dtype, 1) for tensor in found)
