"""Which stages and files an engine and a runner lead to. Reference: docs/TFLM.md, "Use it"."""

from __future__ import annotations

from itertools import product

from edgeval.devices.opening import RUNNERS
from edgeval.evaluation.deployment import Deployment
from edgeval.targets import ENGINES


def test_no_two_ways_to_run_a_target_share_a_prediction_file() -> None:
    ways = [Deployment("stm32f407", engine, runner=runner) for engine, runner in product(ENGINES, RUNNERS)]
    assert len({way.predictions for way in ways}) == len(ways)


def test_the_same_arithmetic_on_the_pc() -> None:
    assert Deployment("stm32f407").full_stage == "host"
    assert Deployment("stm32f407", "tflm").full_stage == "tflm"
