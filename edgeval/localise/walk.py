"""Two stages through one model, operator by operator.

Each operator runs three times a sample: under the first stage's kernels, and under the second's on the first's
inputs and on its own. Equal inputs tell what the operator itself does differently; own inputs tell what has
added up until there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from edgeval.errors import ModelError
from edgeval.localise.cut import Cut, cut
from edgeval.localise.explain import Explanation, explain
from edgeval.localise.kernels import Kernels
from edgeval.localise.operator_data import OperatorData, read_operators
from edgeval.runtimes.tflite_file import TfliteInfo, inspect

WORST_CHANNELS = 5


@dataclass(frozen=True)
class Channel:
    """One index of an output's last axis: how many values differ on equal inputs, by how many steps at most."""

    channel: int
    differing: int
    largest_step: int


@dataclass(frozen=True)
class Layer:
    """One operator under two stages, all samples together.

    `differing` and `largest_step` are on equal inputs, `accumulated_*` with each stage's own inputs. `channels`
    are the worst ones, `rounding_from` and `rounding_to` what gives the differing outputs of either stage; None
    where nothing differs or the operator's roundings are not emulated.
    """

    index: int
    operator: str
    tensor: str
    elements: int
    differing: int
    largest_step: int
    accumulated_differing: int
    accumulated_largest_step: int
    channels: tuple[Channel, ...] = ()
    rounding_from: Explanation | None = None
    rounding_to: Explanation | None = None


@dataclass(frozen=True)
class Walk:
    """The layers in the order of the model, and the model's outputs (n, ...) as each stage's operators gave them."""

    layers: tuple[Layer, ...]
    first_outputs: np.ndarray
    second_outputs: np.ndarray


Values = dict[int, np.ndarray]  # tensor -> its values, of one sample under one stage


def walk(model: bytes, first: Kernels, second: Kernels, inputs: Sequence[np.ndarray]) -> Walk:
    """Run `inputs`, each in the form of the model's one input, through both stages.

    Raises ModelError where the model is damaged, has layers that are not integers, or a stage refuses an operator.
    """
    info, operators = inspect(model), read_operators(model)
    _check_integers(info)
    firsts: list[Values] = [{info.inputs[0]: values} for values in inputs]
    seconds: list[Values] = [dict(values) for values in firsts]
    layers = []
    for index, operator in enumerate(operators):
        part = cut(model, index, info)
        first.load(part.model)
        second.load(part.model)
        layers.append(_layer(index, operator, info, part, _Pair(first, second, firsts, seconds)))
        _forget(info, index, [*firsts, *seconds])
    output = info.outputs[0]
    return Walk(
        tuple(layers),
        np.stack([values[output] for values in firsts]),
        np.stack([values[output] for values in seconds]),
    )


@dataclass(frozen=True)
class _Pair:
    """Both stages with an operator loaded, and their tensors by sample."""

    first: Kernels
    second: Kernels
    firsts: list[Values]
    seconds: list[Values]

    def run(self, part: Cut) -> Iterator[tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]]:
        """For each sample the outputs of the first, of the second on equal inputs and on its own; kept as tensors."""
        for mine, others in zip(self.firsts, self.seconds, strict=True):
            equal, own = ([values[tensor] for tensor in part.inputs] for values in (mine, others))
            outputs = self.first.run(equal)
            forced = _like(outputs, self.second.run(equal))
            same = all(np.array_equal(one, other) for one, other in zip(equal, own, strict=True))
            gathered = forced if same else _like(outputs, self.second.run(own))
            mine.update(zip(part.outputs, outputs, strict=True))
            others.update(zip(part.outputs, gathered, strict=True))
            yield outputs, forced, gathered


def _like(outputs: list[np.ndarray], others: list[np.ndarray]) -> list[np.ndarray]:
    return [other.reshape(output.shape) for output, other in zip(outputs, others, strict=True)]


def _layer(index: int, operator: OperatorData, info: TfliteInfo, part: Cut, pair: _Pair) -> Layer:
    inputs = [values[part.inputs[0]] for values in pair.firsts] if part.inputs else []
    runs = list(pair.run(part))
    # An operator of several outputs is judged by all of them; channels and roundings are told of its first.
    forced = [
        _steps([run[0][k] for run in runs], [run[1][k] for run in runs]) for k in range(len(part.outputs))
    ]
    gathered = [
        _steps([run[0][k] for run in runs], [run[2][k] for run in runs]) for k in range(len(part.outputs))
    ]
    where = forced[0] > 0
    explained: list[Explanation | None] = [None, None]
    if where.any():
        explained = [explain(operator, inputs, [run[k][0] for run in runs], where) for k in (0, 1)]
    return Layer(
        index,
        info.operators[index].name,
        info.tensors[part.outputs[0]].name,
        sum(steps.size for steps in forced),
        sum(int(np.count_nonzero(steps)) for steps in forced),
        max(int(steps.max(initial=0)) for steps in forced),
        sum(int(np.count_nonzero(steps)) for steps in gathered),
        max(int(steps.max(initial=0)) for steps in gathered),
        _worst_channels(forced[0]),
        *explained,
    )


def _steps(outputs: list[np.ndarray], others: list[np.ndarray]) -> np.ndarray:
    """int64 (n, ...): by how many quantization steps the outputs differ."""
    return np.abs(np.stack(outputs).astype(np.int64) - np.stack(others))


def _worst_channels(steps: np.ndarray) -> tuple[Channel, ...]:
    by_channel = steps.reshape(-1, steps.shape[-1])
    differing, largest = np.count_nonzero(by_channel, axis=0), by_channel.max(axis=0, initial=0)
    order = np.lexsort((np.arange(len(largest)), -differing, -largest))[:WORST_CHANNELS]
    return tuple(Channel(int(c), int(differing[c]), int(largest[c])) for c in order if differing[c])


def _forget(info: TfliteInfo, index: int, samples: list[Values]) -> None:
    """Drop the tensors that no later operator reads: a large model's would not fit into memory."""
    needed = {tensor for operator in info.operators[index + 1 :] for tensor in operator.inputs}
    for values in samples:
        for tensor in set(values) - needed - set(info.outputs):
            del values[tensor]


def _check_integers(info: TfliteInfo) -> None:
    for operator in info.operators:
        for tensor in operator.outputs:
            if "int" not in info.tensors[tensor].dtype:
                raise ModelError(
                    f"tensor '{info.tensors[tensor].name}' is {info.tensors[tensor].dtype}: layers are compared in "
                    "quantization steps, which only full-int8 models have; convert it with edgeval export --int8"
                )
