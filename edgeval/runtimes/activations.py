"""The second moments of a trained network's activations, from which their stable rank follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edgeval.records import Preprocessing
from edgeval.runtimes.preprocess import to_float

if TYPE_CHECKING:
    import torch

BATCH = 64
PENULTIMATE = "penultimate"


@dataclass
class Moments:
    """Sums over the rows of an activation matrix (rows, features), which is never held as a whole: `total` float64
    (features,) of the rows, `products` float64 (features, features) of their outer products."""

    rows: int = 0
    total: np.ndarray = field(default_factory=lambda: np.zeros(1))
    products: np.ndarray = field(default_factory=lambda: np.zeros((1, 1)))

    def add(self, activations: torch.Tensor) -> None:
        """Float (n, features), or (n, features, ...) whose positions are rows of their own."""
        flat = activations if activations.ndim == 2 else activations.movedim(1, -1).flatten(0, -2)
        flat = flat.double()
        self.rows += len(flat)
        self.total = self.total + flat.sum(dim=0).numpy()
        self.products = self.products + (flat.T @ flat).numpy()


def activation_moments(
    network: torch.nn.Module, samples: np.ndarray, preprocessing: Preprocessing
) -> dict[str, Moments]:
    """`block 1` on and `penultimate` of a network over samples (n, ...).

    A block is what lies between two changes of resolution among the children of `network.features`; its activations
    have a row for each image and position and a column for each channel. Penultimate is the input of the last
    linear layer, a row for each image. A network without `features`, or without a linear layer, lacks the one or the
    other.
    """
    import torch

    torch.set_num_threads(1)  # equal sums on every machine, as in TorchRuntime
    network.eval()
    watched = {**_blocks(network, samples[:1], preprocessing), **_last_linear(network)}
    moments = {name: Moments() for name in watched}
    handles = [_watch(module, moments[name], name) for name, module in watched.items()]
    try:
        with torch.inference_mode():
            for start in range(0, len(samples), BATCH):
                network(torch.from_numpy(to_float(samples[start : start + BATCH], preprocessing)))
    finally:
        for handle in handles:
            handle.remove()
    return moments


def _watch(module: torch.nn.Module, moments: Moments, name: str) -> Any:
    if name == PENULTIMATE:
        return module.register_forward_pre_hook(lambda _, inputs: moments.add(inputs[0]))
    return module.register_forward_hook(lambda _, __, output: moments.add(output))


def _last_linear(network: torch.nn.Module) -> dict[str, torch.nn.Module]:
    import torch

    found = [module for module in network.modules() if isinstance(module, torch.nn.Linear)]
    return {PENULTIMATE: found[-1]} if found else {}


def _blocks(
    network: torch.nn.Module, image: np.ndarray, preprocessing: Preprocessing
) -> dict[str, torch.nn.Module]:
    """The last child of `features` at each resolution; nothing of a network without `features`."""
    import torch

    features = getattr(network, "features", None)
    if not isinstance(features, torch.nn.Module):
        return {}
    children = list(features.children())
    sizes: list[tuple[int, ...]] = []
    handles = [
        child.register_forward_hook(lambda _, __, out: sizes.append(tuple(out.shape[2:])))
        for child in children
    ]
    with torch.inference_mode():
        network(torch.from_numpy(to_float(image, preprocessing)))
    for handle in handles:
        handle.remove()
    last = [
        child
        for child, size, following in zip(children, sizes, [*sizes[1:], None], strict=True)
        if size != following
    ]
    return {f"block {number}": child for number, child in enumerate(last, 1)}
