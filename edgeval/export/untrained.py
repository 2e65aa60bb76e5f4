"""Int8 exports of networks that nobody has trained yet: weights do not change what a model needs on a target.

They are kept in the user's cache, each under a hash of all that makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from edgeval import store
from edgeval.export.onnx import export_torch
from edgeval.export.worker import converter
from edgeval.nets import build, parse
from edgeval.progress import progress

IMAGE_SHAPE = (32, 32, 3)  # what the networks of edgeval.nets are made for
CALIBRATION_IMAGES = 8  # noise; it sets scales, which take the same space whatever they are
LIBRARIES = ("torch", "torchvision", "onnx", "onnxsim", "onnx2tf", "tensorflow", "tf_keras")
PACKAGE = Path(__file__).resolve().parents[1]


def untrained_models(model_ids: Sequence[str], classes: int) -> Iterator[tuple[str, bytes]]:
    """Each network's name and its full-int8 .tflite file with random weights.

    Raises ToolError where the converter is missing and one has to be made, UsageError for an unknown network.
    """
    folder = store.cache_folder() / "untrained"
    names = {model_id: _name(str(parse(model_id)), classes) for model_id in model_ids}
    missing = [model_id for model_id, name in names.items() if not store.is_finished(folder, name)]
    if missing:
        _make(missing, names, classes, folder)
    for model_id, name in names.items():
        yield model_id, store.verified(folder, name).read_bytes()


def _make(model_ids: Sequence[str], names: dict[str, str], classes: int, folder: Path) -> None:
    import torch

    noise = np.random.default_rng(0).random((CALIBRATION_IMAGES, *IMAGE_SHAPE), np.float32)
    with converter() as worker, progress(len(model_ids), "untrained exports", "net") as bar:
        for model_id in model_ids:
            torch.manual_seed(0)
            onnx = export_torch(build(model_id, classes), IMAGE_SHAPE, classes, model_id)
            store.publish(folder, names[model_id], worker.to_int8(onnx, "NCHW", noise, model_id))
            bar.update(1)


def _name(model_id: str, classes: int) -> str:
    """A file name with the network and a hash of the sources and libraries that make it."""
    sources = sorted([*(PACKAGE / "nets").rglob("*.py"), *(PACKAGE / "export").rglob("*.py")])
    made_by = [source.read_text() for source in sources] + [f"{name} {_version(name)}" for name in LIBRARIES]
    return f"{model_id}-{classes}-{store.sha256_bytes(store.json_bytes(made_by))[:16]}.tflite"


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"
