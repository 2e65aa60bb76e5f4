"""Constants behind the flatbuffer. References: the schema (Buffer.offset, Buffer.size); the runtimes' bytes for the
same model with its constants inside."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from edgeval.devices.opening import open_target
from edgeval.errors import ModelError
from edgeval.flatbuffer import external_buffers, inlined
from edgeval.runtimes import ModelSource, open_runtime
from edgeval.runtimes.tflite_file import inspect, read_tflite
from tests.external import externalised
from tests.firmware.cases import make_case


def small_model() -> bytes:
    """A generated graph of convolutions; the package that writes it comes with the converters."""
    pytest.importorskip("flatbuffers")
    return make_case(3).model


def test_same_structure_and_constants() -> None:
    data = small_model()
    outside = externalised(data)
    assert len(external_buffers(outside)) > 1
    assert external_buffers(data) == [] and inlined(data) is data
    inside = inlined(outside)
    assert external_buffers(inside) == []
    assert inspect(outside) == inspect(inside) == inspect(data)
    for index in range(len(inspect(data).tensors)):
        np.testing.assert_array_equal(_constant(inside, index), _constant(data, index))


def _constant(data: bytes, tensor: int) -> np.ndarray:
    from tflite.Model import Model

    model = Model.GetRootAs(data)
    buffer = model.Buffers(model.Subgraphs(0).Tensors(tensor).Buffer())
    return np.empty(0, np.uint8) if buffer.DataIsNone() else buffer.DataAsNumpy()


def test_constants_are_aligned_and_their_old_place_is_gone() -> None:
    outside = externalised(small_model())
    inside = inlined(outside)
    assert len(inside) < len(outside) + 64 * len(external_buffers(outside))
    from tflite.Model import Model

    model = Model.GetRootAs(inside)
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if buffer.DataLength():
            assert buffer._tab.Vector(buffer._tab.Offset(4)) % 16 == 0


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(1, 2**64 - 1), st.floats(0, 1))
def test_places_outside_the_file_are_refused(offset: int, size: int, keep: float) -> None:
    outside = bytearray(externalised(small_model()))
    entry = struct.pack("<QQ", *_first_place(bytes(outside)))
    position = outside.find(entry)
    struct.pack_into("<QQ", outside, position, offset, size)
    data = bytes(outside[: int(len(outside) * max(keep, 0.2))])
    try:
        assert external_buffers(inlined(data)) == []
    except ModelError as error:
        assert "truncated or damaged" in str(error) and "\n" not in str(error)
    else:
        assert offset < 2 or offset + size <= len(data)


def _first_place(data: bytes) -> tuple[int, int]:
    first = external_buffers(data)[0]
    return first.offset, first.size


@pytest.mark.parametrize("stage", ["int8", "tflm", "host"])
def test_stages_give_the_bytes_of_the_inlined_file(stage: str, resnet8: Path, tmp_path: Path) -> None:
    path = tmp_path / "outside.tflite"
    path.write_bytes(externalised(resnet8.read_bytes(), 64))
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)
    expected, seen = (
        open_runtime(ModelSource(stage, file, 10, (32, 32, 3))).run(images).output_int8
        for file in (resnet8, path)
    )
    assert expected is not None and seen is not None
    np.testing.assert_array_equal(seen, expected)


def test_target_takes_the_path(resnet8: Path, tmp_path: Path) -> None:
    path = tmp_path / "outside.tflite"
    path.write_bytes(externalised(resnet8.read_bytes(), 64))
    image = np.random.default_rng(0).integers(-128, 128, (1, 32, 32, 3), np.int8)
    outputs = []
    for file in (resnet8, path):
        with open_target("host") as device:
            device.load(file)
            outputs.append(device.invoke(image))
    np.testing.assert_array_equal(outputs[0], outputs[1])
    assert read_tflite(path) != path.read_bytes()
