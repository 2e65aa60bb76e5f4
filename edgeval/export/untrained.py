"""Int8 exports of networks that nobody has trained yet: weights do not change what a model needs on a target.

They are kept in the user's cache, each under a hash of all that makes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np

from edgeval import store
from edgeval.export.onnx import export_torch
from edgeval.export.worker import converter
from edgeval.nets import Code, build, parse
from edgeval.progress import progress
from edgeval.training.networks import code_for

IMAGE_SHAPE = (32, 32, 3)  # what the networks of edgeval.nets are made for
CALIBRATION_IMAGES = 8  # noise; it sets scales, which take the same space whatever they are
LIBRARIES = ("torch", "torchvision", "onnx", "onnxsim", "onnx2tf", "tensorflow", "tf_keras")
PACKAGE = Path(__file__).resolve().parents[1]


def untrained_models(
    model_ids: Sequence[str],
    classes: int,
    input_shape: tuple[int, ...] = IMAGE_SHAPE,
    networks: Sequence[Code] = (),
) -> Iterator[tuple[str, bytes]]:
    """Each network's name and its full-int8 .tflite file with random weights, for samples of `input_shape`.

    `networks` is the code of those that are not edgeval's. Raises ToolError where the converter is missing and one has
    to be made, UsageError for an unknown network, DataError or ModelError where one does not take such samples.
    """
    folder = store.cache_folder() / "untrained"
    codes = {model_id: code_for(model_id, networks) for model_id in model_ids}
    names = {
        model_id: _name(str(parse(model_id, code)), classes, input_shape, code)
        for model_id, code in codes.items()
    }
    missing = {
        model_id: codes[model_id] for model_id in names if not store.is_finished(folder, names[model_id])
    }
    if missing:
        _make(missing, names, classes, input_shape, folder)
    for model_id, name in names.items():
        yield model_id, store.verified(folder, name).read_bytes()


def _make(
    codes: Mapping[str, Code | None],
    names: Mapping[str, str],
    classes: int,
    input_shape: tuple[int, ...],
    folder: Path,
) -> None:
    import torch

    noise = np.random.default_rng(0).random((CALIBRATION_IMAGES, *input_shape), np.float32)
    layout = {3: "NCHW", 2: "NCT", 1: "NF"}[len(input_shape)]
    with converter() as worker, progress(len(codes), "untrained exports", "net") as bar:
        for model_id, code in codes.items():
            torch.manual_seed(0)
            network = build(model_id, classes, input_shape, code)
            onnx = export_torch(network, input_shape, classes, model_id)
            store.publish(folder, names[model_id], worker.to_int8(onnx, layout, noise, model_id))
            bar.update(1)


def _name(model_id: str, classes: int, input_shape: tuple[int, ...], code: Code | None) -> str:
    """A file name with the network and a hash of the sources and libraries that make it."""
    sources = sorted([*(PACKAGE / "nets").rglob("*.py"), *(PACKAGE / "export").rglob("*.py")])
    made_by = [source.read_text() for source in sources] + [f"{name} {_version(name)}" for name in LIBRARIES]
    made_by += [code.sha256] if code else []
    form = "x".join(map(str, input_shape))
    return f"{model_id}-{classes}-{form}-{store.sha256_bytes(store.json_bytes(made_by))[:16]}.tflite"


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "absent"
