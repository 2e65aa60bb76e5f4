"""Fixtures that several suites share."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.firmware.cases import Case, make_case

# A suite started in the background inherits that Ctrl-C is ignored, and so would the commands it interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is not a failure: no deadline for an example, no check of how fast examples are drawn.
settings.register_profile("edgeval", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("edgeval")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data and models beside the checkout; skips where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is absent: the real images and models are not part of the repository")
    return SHARED_DATA


@pytest.fixture(scope="session")
def cifar10_subset(shared_data: Path) -> Path:
    """5,085 training and 1,017 test images of CIFAR-10, see ../shared/data/README.md."""
    return shared_data / "cifar10-subset.npz"


@pytest.fixture(scope="session")
def resnet8(shared_data: Path) -> Path:
    """MLPerf Tiny's int8 ResNet-8 for CIFAR-10."""
    return shared_data / "mlperf-tiny-ic-resnet8-int8.tflite"


@pytest.fixture(scope="session")
def case() -> Case:
    """A graph of several operators, with random inputs: a small real model for whatever runs one."""
    return next(
        case for case in map(make_case, range(1000)) if case.name == "graph" and len(case.inputs) == 1
    )
