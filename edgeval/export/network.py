"""What is to be exported: ONNX bytes and, where there is one, the torch network they came from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval import runs, store
from edgeval.documents.run import RunDocument
from edgeval.errors import ModelError, ToolError
from edgeval.export.material import Material
from edgeval.inputs import read_input
from edgeval.records import Preprocessing, preprocessing_of_run
from edgeval.runtimes.base import Runtime

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Network:
    """`source` says in the record where it comes from; `reference` runs the torch network, None for a given
    ONNX file, which is its own reference. `weights` is the state dict's file, None for an ONNX file."""

    label: str
    source: dict[str, str]
    onnx: bytes
    reference: Runtime | None
    preprocessing: Preprocessing
    weights: bytes | None = None


def from_run(run: runs.Run, document: RunDocument, material: Material) -> Network:
    """A trained run of a grid; StoreError where its weights are damaged, ModelError where they do not fit."""
    from edgeval.nets import build
    from edgeval.nets.own import code_of

    _need_torch()
    weights = store.verified(run.folder, runs.WEIGHTS)
    code = code_of(document.get("network"), [runs.home_of(run.grid)])
    network = build(run.model_id, len(material.info.classes), material.sample_shape, code)
    preprocessing = preprocessing_of_run(document)
    made = _from_torch(run.model_id, str(run), network, weights, preprocessing, material)
    return replace(made, source=source_of_run(run, document))


def source_of_run(run: runs.Run, document: RunDocument) -> dict[str, str]:
    """What the record of an export says about where a run's files come from."""
    source = {"network": run.model_id, "weights_sha256": document["weights_sha256"]}
    if "network" in document:
        source |= {f"code_{key}": str(value) for key, value in document["network"].items()}
    return source


def from_factory(factory: str, weights: Path, preprocessing: Preprocessing, material: Material) -> Network:
    """A user's `module:callable` with a state dict; UsageError or ModelError where they do not work."""
    _need_torch()
    from edgeval.runtimes.pytorch import call_factory

    return _from_torch(factory, factory, call_factory(factory), weights, preprocessing, material)


def from_onnx(file: Path, preprocessing: Preprocessing) -> Network:
    """A user's ONNX file; ModelError where it cannot be read."""
    try:
        data = read_input(file)
    except OSError as error:
        raise ModelError(f"{file} cannot be read: {error.strerror}; check the path") from error
    source = {"network": file.name, "onnx_sha256": store.sha256_bytes(data)}
    return Network(str(file), source, data, None, preprocessing)


def _from_torch(
    name: str,
    label: str,
    network: torch.nn.Module,
    weights: Path,
    preprocessing: Preprocessing,
    material: Material,
) -> Network:
    from edgeval.export.onnx import export_torch
    from edgeval.runtimes.pytorch import TorchRuntime, load_state

    load_state(network, weights)
    shape, classes, state = material.sample_shape, len(material.info.classes), weights.read_bytes()
    source = {"network": name, "weights_sha256": store.sha256_bytes(state)}
    onnx = export_torch(network, shape, classes, label)
    reference = TorchRuntime(network, preprocessing, shape, classes)
    return Network(label, source, onnx, reference, preprocessing, state)


def _need_torch() -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        raise ToolError(
            "export of a torch network needs torch: pip install 'edgeval[train,export]'; --onnx takes an ONNX file "
            "without"
        ) from error
