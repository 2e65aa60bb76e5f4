"""Stages `host`, `emulated` and `board`: the .tflite file under edgeval's firmware engine."""

from __future__ import annotations

import weakref
from pathlib import Path

import numpy as np

from edgeval.devices.device import Device
from edgeval.errors import DeviceError
from edgeval.records import Preprocessing
from edgeval.runtimes.base import Outputs
from edgeval.runtimes.int8_io import Int8Model


class DeviceRuntime(Int8Model):
    """A device with the model loaded: the engine built for this PC (`host`), or firmware on a target.

    It is closed with its last reference: an emulator's process and a board's port are not kept.
    """

    def __init__(self, path: Path, preprocessing: Preprocessing | None, device: Device, name: str) -> None:
        super().__init__(path, preprocessing)
        self.name = name
        self._device = device
        weakref.finalize(self, device.close)
        device.load(self.file)

    def run(self, samples: np.ndarray) -> Outputs:
        """Scores of samples (n, ...)."""
        return self.run_each(samples, self._invoke)

    def _invoke(self, sample: np.ndarray) -> np.ndarray:
        output = self._device.invoke(sample)
        if isinstance(output, list):
            raise DeviceError(f"{self.name} gave {len(output)} outputs for a model of one; load it again")
        return output
