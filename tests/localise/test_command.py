"""`edgeval layers` as a user runs it. Reference: the two interpreters, whose outputs the counts are taken from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edgeval.cli import cli
from edgeval.errors import EdgevalError
from edgeval.localise.kernels import TfliteKernels, TflmKernels
from tests.localise.samples import images, job


def layers(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["layers", *map(str, arguments)], catch_exceptions=True)


@pytest.mark.slow
@pytest.mark.parametrize(("runtime", "flipped"), [("litert-builtin", 10), ("litert", 19)])
def test_the_flipped_labels_are_rounding(
    runtime: str, flipped: int, resnet8: Path, cifar10_subset: Path
) -> None:
    """10 under the kernels of tflite-runtime, 19 under XNNPACK: the interpreters called directly."""
    options = ("--int8-runtime", runtime, "--images", 1017, "--samples", 3, "--json")
    document = json.loads(layers(resnet8, "--dataset", f"npz:{cifar10_subset}", *options).stdout)
    assert (document["images"], document["flipped"], document["samples"]) == (1017, flipped, 3)
    assert (document["verdict"], document["reproduced_from"], document["reproduced_to"]) == (
        "rounding only",
        3,
        3,
    )


def test_json_and_text_tell_the_same(resnet8: Path, cifar10_subset: Path) -> None:
    arguments = (resnet8, "--dataset", f"npz:{cifar10_subset}", "--images", 20)
    document, text = json.loads(layers(*arguments, "--json").stdout), layers(*arguments).stdout
    assert len(document["operators"]) == len(text.splitlines()) - 4 == 16
    assert text.startswith(f"rounding only: {document['text']}")
    assert f"{document['images_differing']} give other outputs" in text


def test_stages_that_agree_are_bit_exact(resnet8: Path, cifar10_subset: Path) -> None:
    told = layers(
        resnet8,
        "--dataset",
        f"npz:{cifar10_subset}",
        "--from",
        "tflm",
        "--to",
        "host",
        "--images",
        4,
        "--json",
    )
    document = json.loads(told.stdout)
    assert (document["verdict"], document["images_differing"], document["samples"]) == ("bit-exact", 0, 4)


def test_images_are_chosen_evenly_and_compared_as_the_interpreters_do(
    resnet8: Path, cifar10_subset: Path
) -> None:
    told = layers(resnet8, "--dataset", f"npz:{cifar10_subset}", "--images", 2, "--json")
    pixels = images(cifar10_subset, 1017)[[0, 1016]]
    made = job(resnet8, ("int8", "tflm"), (TfliteKernels(), TflmKernels()), pixels)
    assert json.loads(told.stdout)["images_differing"] == int((made.before != made.after).any(axis=1).sum())


@pytest.mark.slow
def test_the_unmodified_firmware_on_the_emulated_chip(resnet8: Path, cifar10_subset: Path) -> None:
    told = layers(
        resnet8, "--dataset", f"npz:{cifar10_subset}", "--from", "tflm", "--to", "emulated", "--target", "stm32f746",
        "--images", 2, "--json",
    )  # fmt: skip
    document = json.loads(told.stdout)
    assert (document["verdict"], document["reproduced_to"]) == ("bit-exact", 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "int9"], "unknown stage 'int9' in --from or --to; did you mean 'int8'?"),
        (["--to", "emulated"], "needs a target"),
        (["--to", "board"], "unknown stage 'board'"),
    ],
)
def test_what_is_refused(arguments: list[str], message: str, resnet8: Path, cifar10_subset: Path) -> None:
    result = layers(resnet8, "--dataset", f"npz:{cifar10_subset}", *arguments)
    assert isinstance(result.exception, EdgevalError) and message in str(result.exception)
