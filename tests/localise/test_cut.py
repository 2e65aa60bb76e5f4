"""One-operator models against the whole model; reference: the tensors that the engine shows of a whole inference."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.devices.host import HostEngine
from edgeval.errors import ModelError
from edgeval.localise.cut import cut
from edgeval.localise.operator_data import read_operators
from edgeval.runtimes.tflite_file import inspect
from tests.firmware.cases import Case, make_case
from tests.localise.samples import images

GRAPHS = [case for case in (make_case(seed) for seed in range(0, 90, 3)) if case.name == "graph"]


def assert_parts_give_the_whole(model: bytes, values: np.ndarray) -> None:
    info, seen = inspect(model), {}
    engine, part = HostEngine(), HostEngine()
    engine.load(model)
    engine.intermediate(lambda operator, output, tensor: seen.update({(operator, output): tensor}), values)
    tensors = {info.inputs[0]: values}
    for index in range(len(info.operators)):
        one = cut(model, index, info)
        part.load(one.model)
        outputs = part.invoke(*[tensors[tensor] for tensor in one.inputs])
        for number, output in enumerate(outputs if isinstance(outputs, list) else [outputs]):
            assert np.array_equal(output, seen[index, number]), f"operator {index}"
            tensors[one.outputs[number]] = output


@pytest.mark.parametrize("case", GRAPHS, ids=[str(index) for index in range(len(GRAPHS))])
def test_the_operators_of_a_generated_graph_one_by_one(case: Case) -> None:
    assert_parts_give_the_whole(case.model, case.inputs[0])


def test_the_operators_of_a_real_model_one_by_one(resnet8: Path, cifar10_subset: Path) -> None:
    values = (images(cifar10_subset, 1).astype(np.int16) - 128).astype(np.int8)
    assert_parts_give_the_whole(resnet8.read_bytes(), values)


@given(st.integers(0, len(GRAPHS) - 1), st.data())
def test_a_damaged_file_is_a_model_error_or_still_has_parts(number: int, data: st.DataObject) -> None:
    """Reference: the errors that edgeval.errors allows; nothing else may leave the readers."""
    file = bytearray(GRAPHS[number].model)
    for _ in range(data.draw(st.integers(1, 4))):
        file[data.draw(st.integers(8, len(file) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ModelError):
        info = inspect(bytes(file))
        read_operators(bytes(file))
        for index in range(len(info.operators)):
            part = cut(bytes(file), index, info)
            assert inspect(part.model).inputs == part.inputs


def test_an_operator_that_does_not_exist() -> None:
    with pytest.raises(ModelError, match="no operator 99"):
        cut(GRAPHS[0].model, 99)
