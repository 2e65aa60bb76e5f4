"""Stage `float`: the trained network under torch."""

from __future__ import annotations

import importlib
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeval.errors import ModelError, UsageError
from edgeval.inputs import read_input
from edgeval.records import Preprocessing
from edgeval.runtimes.base import THREADS, Outputs
from edgeval.runtimes.preprocess import to_float
from edgeval.runtimes.versions import library

if TYPE_CHECKING:
    import torch

MAX_CAUSE = 300  # characters; torch lists every tensor of a state dict that does not fit


class TorchRuntime:
    """A network on the CPU in evaluation mode, one thread, so that a batch has one result everywhere."""

    score_kind = "logits"
    delegate: str | None = None
    output_scale = 0.0
    output_zero_point = 0

    def __init__(
        self,
        network: torch.nn.Module,
        preprocessing: Preprocessing,
        input_shape: tuple[int, ...],
        classes: int,
    ) -> None:
        import torch

        torch.set_num_threads(THREADS)
        self.name = library("float")
        self.input_shape, self.classes = input_shape, classes
        self._network = network.eval().to(memory_format=torch.channels_last)
        self._preprocessing = preprocessing

    def run(self, samples: np.ndarray) -> Outputs:
        """Logits of samples (n, ...)."""
        import torch

        batch = torch.from_numpy(to_float(samples, self._preprocessing))
        if batch.ndim == 4:
            batch = batch.to(memory_format=torch.channels_last)
        with torch.inference_mode():
            scores = self._network(batch).float().numpy()
        return Outputs(scores, None, np.zeros(len(samples), bool))


def load_state(network: torch.nn.Module, weights: Path) -> torch.nn.Module:
    """Put a state dict file into a network; ModelError where it is damaged or does not fit."""
    import pickle

    import torch

    try:
        state = torch.load(io.BytesIO(read_input(weights)), map_location="cpu", weights_only=True)
        network.load_state_dict(state)
    except (
        OSError,
        RuntimeError,
        ValueError,
        EOFError,
        KeyError,
        TypeError,
        AttributeError,
        pickle.UnpicklingError,
    ) as error:
        cause = " ".join(str(error).split())[:MAX_CAUSE] or type(error).__name__
        raise ModelError(f"{weights} does not fit the network or is damaged: {cause}") from error
    return network


def call_factory(factory: str) -> torch.nn.Module:
    """The network that a user's `module:callable` returns; modules of the current folder are found too."""
    import torch

    module_name, _, attribute = factory.partition(":")
    if not module_name or not attribute:
        raise UsageError(
            f"--torch '{factory}' is not of the form module:callable (build in nets.py is nets:build)"
        )
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        network = getattr(importlib.import_module(module_name), attribute)()
    except Exception as error:  # a user's code may raise anything
        raise UsageError(
            f"--torch '{factory}' cannot be called: {type(error).__name__}: {error}; run from the folder of its module"
        ) from error
    if not isinstance(network, torch.nn.Module):
        raise UsageError(f"--torch '{factory}' returned {type(network).__name__}, expected a torch.nn.Module")
    return network
