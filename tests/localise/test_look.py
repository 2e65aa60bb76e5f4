"""Rounding told from a defect on a real model. References: the two interpreters, and an engine with a planted bug,
whose layer and channel are known."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as arrays

from edgeval.devices.build.host import compile_engine, firmware_sources
from edgeval.devices.host import HostEngine
from edgeval.localise.job import document_of, int8_inputs, look, telling
from edgeval.localise.kernels import DeviceKernels, Kernels, TfliteKernels, TflmKernels
from tests.localise.samples import images, job

PLANTED_LAYER, PLANTED_CHANNEL = 4, 7
# No other layer of ResNet-8 has these.
PLANTED_SHAPE = "args->window.out_c == 32 && args->window.in_c == 16 && args->window.filter_h == 3"
LINE = "nn_channels_fill(&args->source, args->scales, args->bias, args->channels, args->window.out_c);"


@pytest.fixture(scope="module")
def wrong_engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The engine with the multiplier of one channel of one convolution an eighth too small."""
    folder = tmp_path_factory.mktemp("wrong")
    firmware = shutil.copytree(firmware_sources(), folder / "firmware")
    source = firmware / "engine" / "builtin" / "ops" / "conv.c"
    text, channel = source.read_text(), f"args->channels[{PLANTED_CHANNEL}].multiplier"
    assert text.count(LINE) == 1
    source.write_text(text.replace(LINE, f"{LINE}\n    if ({PLANTED_SHAPE}) {channel} -= {channel} / 8;"))
    compile_engine(firmware, folder / "engine.so")
    return folder / "engine.so"


def document(
    path: Path, stages: tuple[str, str], kernels: tuple[Kernels, Kernels], pixels: np.ndarray
) -> dict:
    made = job(path, stages, kernels, pixels)
    return document_of(path.read_bytes(), made, *kernels, int8_inputs(path.read_bytes(), made.first, pixels))


def test_the_two_interpreters_differ_by_rounding_only(resnet8: Path, cifar10_subset: Path) -> None:
    made = job(resnet8, ("int8", "tflm"), (TfliteKernels(), TflmKernels()), images(cifar10_subset, 40))
    seen = look(made)
    assert (seen["verdict"], seen["diverges_at"]) == ("rounding only", None)
    assert np.abs(made.before.astype(int) - made.after).max() > 1  # which outputs alone would not have told
    assert seen["reproduced_from"] == seen["reproduced_to"] == 40
    assert {row["operator"] for row in seen["explained_by"]} == {"CONV_2D", "FULLY_CONNECTED"}
    assert all(
        row["share_to"] == 1 and row["rounding_to"] == "double rounding" for row in seen["explained_by"]
    )


def test_a_wrong_multiplier_is_found_at_its_layer_and_channel(
    resnet8: Path, cifar10_subset: Path, wrong_engine: Path
) -> None:
    kernels = (TflmKernels(), DeviceKernels(HostEngine(wrong_engine)))
    seen = document(resnet8, ("tflm", "host"), kernels, images(cifar10_subset, 4))
    assert seen["verdict"] == "diverges"
    assert (seen["diverges_at"]["index"], seen["diverges_at"]["operator"]) == (PLANTED_LAYER, "CONV_2D")
    assert [row["channel"] for row in seen["diverges_at"]["channels"]] == [PLANTED_CHANNEL]
    assert [row["index"] for row in seen["operators"] if row["differing"]] == [
        PLANTED_LAYER
    ]  # and nowhere else
    assert (
        f"layer {PLANTED_LAYER}, CONV_2D" in seen["text"] and f"channels {PLANTED_CHANNEL} " in seen["text"]
    )


def test_rounding_before_the_wrong_layer_is_not_blamed(
    resnet8: Path, cifar10_subset: Path, wrong_engine: Path
) -> None:
    kernels = (TfliteKernels(), DeviceKernels(HostEngine(wrong_engine)))
    seen = document(resnet8, ("int8", "host"), kernels, images(cifar10_subset, 4))
    assert seen["operators"][2]["differing"] > 0  # rounding, two layers before
    assert seen["diverges_at"]["index"] == PLANTED_LAYER


def test_equal_stages_are_bit_exact(resnet8: Path, cifar10_subset: Path) -> None:
    kernels = (TflmKernels(), DeviceKernels(HostEngine()))
    seen = document(resnet8, ("tflm", "host"), kernels, images(cifar10_subset, 4))
    assert (seen["verdict"], seen["explained_by"]) == ("bit-exact", [])
    assert not any(row["differing"] or row["accumulated_differing"] for row in seen["operators"])


def test_operators_that_do_not_add_up_to_the_whole_are_no_explanation(
    resnet8: Path, cifar10_subset: Path
) -> None:
    """A runtime that plans its memory wrongly has right operators and wrong outputs."""
    kernels = (TflmKernels(), DeviceKernels(HostEngine()))
    made = job(resnet8, ("tflm", "host"), kernels, images(cifar10_subset, 2))
    made.after[1, 3] += 1
    seen = document_of(
        resnet8.read_bytes(), made, *kernels, int8_inputs(resnet8.read_bytes(), made.first, made.samples)
    )
    assert (seen["verdict"], seen["reproduced_from"], seen["reproduced_to"]) == ("differs", 2, 1)
    assert "memory" in seen["text"]


INT8 = st.integers(-128, 127)


@given(arrays.arrays(np.int8, (12, 3), elements=INT8), arrays.arrays(np.int8, (12, 3), elements=INT8))
def test_the_samples_that_tell_most_come_first(before: np.ndarray, after: np.ndarray) -> None:
    """Reference: the definition, by sorting."""

    def rank(row: int) -> tuple[bool, int, int]:
        steps = int(np.abs(before[row].astype(int) - after[row]).max())
        return bool(before[row].argmax() == after[row].argmax()), -steps, row

    differing = [row for row in range(12) if not np.array_equal(before[row], after[row])]
    assert telling(before, after, 5).tolist() == sorted(differing, key=rank)[:5]
