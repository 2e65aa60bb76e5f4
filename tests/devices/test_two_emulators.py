"""The same ELF gives the same bytes in another emulator. Reference: the ELF under Unicorn, on real images."""

from __future__ import annotations

from contextlib import AbstractContextManager

import numpy as np
import pytest

from edgeval.data import load_dataset
from edgeval.devices.device import Device
from edgeval.devices.opening import open_target
from edgeval.devices.wire.protocol import DeviceStats
from tests.conftest import SHARED_DATA
from tests.devices.conftest import running
from tests.firmware.layers import conv, dense, depthwise, mean, pool, reshape
from tests.firmware.maker import Maker

IMAGES = 200
NETWORK_SEED = 35  # its outputs tell images apart, which the test checks


@pytest.fixture(scope="module")
def model_and_images() -> tuple[bytes, np.ndarray]:
    """MLPerf's ResNet-8 and CIFAR-10 where they lie beside the checkout; otherwise a network of random layers and
    the test images of glyphs100. Images int8 (200, 32, 32, 3)."""
    if SHARED_DATA.is_dir():
        model = (SHARED_DATA / "mlperf-tiny-ic-resnet8-int8.tflite").read_bytes()
        pixels = np.load(SHARED_DATA / "cifar10-subset.npz")["x_test"]
    else:
        model = random_network()
        pixels = load_dataset("glyphs100").test.samples
    return model, (pixels[:IMAGES].astype(np.int16) - 128).astype(np.int8)


def random_network() -> bytes:
    """Convolutions, pooling and a dense layer on 32x32 pixels."""
    make = Maker(NETWORK_SEED)
    x = y = make.model.activation((1, 32, 32, 3), 1 / 255, -128)
    for layer in (conv, conv, pool, depthwise, conv, mean, reshape, dense):
        y = layer(make, y)
    return make.model.build([x], [y])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["stm32f407 on qemu", "stm32f407 on renode", "stm32f746 on renode"])
def test_200_real_images(name: str, model_and_images: tuple[bytes, np.ndarray]) -> None:
    other, other_stats = answers(running(name), *model_and_images)
    unicorn, stats = answers(open_target(name.split()[0], check_alignment=False), *model_and_images)
    assert len(other) == IMAGES and len(set(unicorn)) > IMAGES // 4  # they do depend on the image
    assert [index for index in range(IMAGES) if other[index] != unicorn[index]] == []
    assert other_stats == stats  # arena and stack to the byte


def answers(
    opened: AbstractContextManager[Device], model: bytes, images: np.ndarray
) -> tuple[list[bytes], DeviceStats]:
    """One device after the other: an emulator whose firmware waits takes a core."""
    with opened as device:
        device.load(model)
        outputs = [np.asarray(device.invoke(image[np.newaxis])).tobytes() for image in images]
        return outputs, device.stats()
