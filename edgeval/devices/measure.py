"""What the firmware itself tells of an inference: memory, and cycles where it has a counter."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

import numpy as np

from edgeval.devices.device import FirmwareDevice
from edgeval.devices.wire.protocol import DeviceStats, OperatorRow
from edgeval.errors import DeviceError

COUNTER_END = 1 << 32  # cycles; the counter wraps there
REPEATS = 9  # inferences; a core without interrupts takes the same cycles each time, to within its caches


@dataclass(frozen=True)
class Measured:
    """`cycles` of each inference and of each row are zero, or mean nothing, where `has_time` is False."""

    device: str
    cycles: tuple[int, ...]
    rows: list[OperatorRow]
    stats: DeviceStats
    has_time: bool
    core_hz: int

    @property
    def median_cycles(self) -> int:
        return round(statistics.median(self.cycles))


def measure(device: FirmwareDevice) -> Measured:
    """Run the loaded model on one random input several times; DeviceError where the outputs differ.

    A counter that stands still or may have wrapped within an inference is no time source.
    """
    inputs = random_inputs(device)
    has_time = device.hello.time_source != "none"
    outputs, cycles, start = set(), [], time.monotonic()
    for _ in range(REPEATS if has_time else 2):
        output = device.invoke(*inputs)
        outputs.add(b"".join(part.tobytes() for part in (output if isinstance(output, list) else [output])))
        cycles.append(device.cycles)
    if len(outputs) > 1:
        raise DeviceError(
            f"{device.name} gives {len(outputs)} outputs for the same input; check its supply and clock"
        )
    wall_s = (time.monotonic() - start) / len(cycles)
    has_time = has_time and all(cycles) and wall_s * device.hello.core_hz < COUNTER_END
    _, rows = device.profile(*inputs)
    return Measured(device.name, tuple(cycles), rows, device.stats(), has_time, device.hello.core_hz)


def random_inputs(device: FirmwareDevice) -> list[np.ndarray]:
    """Random inputs for the loaded model, the same in every run. Time hardly depends on them."""
    random = np.random.default_rng(0)
    return [
        random.integers(-128, 128, info.shape).astype(info.dtype)
        if info.dtype == np.int8
        else np.zeros(info.shape, info.dtype)
        for info in device.inputs
    ]
