"""Makes and proves the files of one export, in memory: nothing is published before it is proven."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from edgeval import __version__, runs, store
from edgeval.data.dataset import check_fits
from edgeval.documents.export import ExportDocument
from edgeval.errors import ModelError
from edgeval.export.material import Material
from edgeval.export.network import Network
from edgeval.export.operators import check_operators
from edgeval.export.parity import int8_parity, onnx_parity
from edgeval.export.worker import Converter
from edgeval.records import IMAGE
from edgeval.runtimes import Outputs
from edgeval.runtimes.preprocess import covers_pixels, normalised
from edgeval.runtimes.tflite_file import Classifier, classifier, inspect

BATCH = 100  # samples a call of the float runtimes


@dataclass(frozen=True)
class Artifacts:
    """File names with their bytes, and the record that becomes export.json."""

    files: dict[str, bytes]
    record: ExportDocument


def make(
    network: Network, material: Material, converter: Converter | None, max_int8_drop: float
) -> Artifacts:
    """Export, convert (unless `converter` is None) and prove parity.

    Equal inputs give equal bytes. Raises DataError where network and dataset do not fit each other, ModelError
    where the network cannot be converted or a proof fails, StoreError on a full disk.
    """
    with tempfile.TemporaryDirectory(prefix="edgeval-parity-") as temporary:
        folder = Path(temporary)
        onnx = _OnnxSide(network, material, folder)
        record = _head(network, material) | {"runtimes": onnx.runtimes(), "onnx": onnx.parity()}
        files = {runs.ONNX_MODEL: network.onnx}
        record["int8"] = None
        if converter is not None:
            files[runs.INT8_MODEL], record["int8"] = _int8_side(onnx, converter, folder, max_int8_drop)
            record["backend"], record["converter"] = converter.backend, converter.versions()
    record["files"] = {
        name: {"sha256": store.sha256_bytes(data), "bytes": len(data)} for name, data in files.items()
    }
    return Artifacts(files, cast(ExportDocument, record))


def _head(network: Network, material: Material) -> dict[str, Any]:
    return {
        "schema_version": store.SCHEMA_VERSION,
        "edgeval": __version__,
        "source": network.source,
        "dataset": {
            "spec": material.spec,
            "name": material.info.name,
            "sha256": material.info.sha256,
            "classes": len(material.info.classes),
        },
        "input": {"shape": list(material.sample_shape), **network.preprocessing.document()},
        "calibration": asdict(material.calibration),
        "parity_samples": {"samples": len(material.parity), "sha256": material.parity_sha256},
    }


class _OnnxSide:
    """The ONNX file under onnxruntime and its scores, with those of torch where there is a torch network."""

    def __init__(self, network: Network, material: Material, folder: Path) -> None:
        from edgeval.runtimes.onnx import OnnxRuntime

        path = folder / runs.ONNX_MODEL
        store.write_bytes(path, network.onnx)
        try:
            self.runtime = OnnxRuntime(path, network.preprocessing, material.sample_shape)
        except ModelError as error:
            raise ModelError(str(error).replace(str(path), network.label)) from error
        self.network, self.material = network, material
        check_fits(
            network.label, self.runtime.input_shape, self.runtime.classes,
            material.info, material.sample_shape, material.kind,
        )  # fmt: skip
        self.outputs = _run(self.runtime, material.parity.samples)
        self.reference = self.outputs
        if network.reference is not None:
            self.reference = _run(network.reference, material.parity.samples)

    def runtimes(self) -> dict[str, str]:
        torch = self.network.reference
        return ({"float": torch.name} if torch else {}) | {"onnx": self.runtime.name}

    def parity(self) -> dict[str, Any] | None:
        """None for a given ONNX file: it is the reference itself."""
        if self.network.reference is None:
            return None
        return asdict(onnx_parity(self.reference, self.outputs, self.network.label))


def _int8_side(
    onnx: _OnnxSide, converter: Converter, folder: Path, max_drop: float
) -> tuple[bytes, dict[str, Any]]:
    from edgeval.runtimes.tflite import TfliteRuntime

    network, material = onnx.network, onnx.material
    floats = normalised(material.calibration_samples, network.preprocessing)
    data = converter.to_int8(network.onnx, onnx.runtime.layout, floats, network.label)
    form = classifier(data, network.label)
    check_fits(
        network.label, form.input_shape, form.classes, material.info, material.sample_shape, material.kind
    )
    operators = check_operators(inspect(data, network.label), network.label)
    _check_range(network, form)
    path = folder / runs.INT8_MODEL
    store.write_bytes(path, data)
    runtime = TfliteRuntime(path, network.preprocessing)
    outputs = _run(runtime, material.parity.samples)
    parity = int8_parity(onnx.reference, outputs, material.parity, max_drop, network.label)
    return data, {
        "runtime": runtime.name,
        "form": asdict(form),
        "operators": operators,
        "parity": asdict(parity),
    }


def _check_range(network: Network, form: Classifier) -> None:
    told = network.preprocessing
    if told.kind == IMAGE and not covers_pixels(told, form.input_scale, form.input_zero_point):
        raise ModelError(
            f"{network.label}: the int8 input does not cover the pixel range; check --mean and --std"
        )


def _run(runtime: Any, samples: np.ndarray) -> Outputs:
    parts = [runtime.run(samples[start : start + BATCH]) for start in range(0, len(samples), BATCH)]
    int8 = [part.output_int8 for part in parts if part.output_int8 is not None]
    return Outputs(
        np.concatenate([part.scores for part in parts]),
        np.concatenate(int8) if int8 else None,
        np.concatenate([part.failed for part in parts]),
    )
