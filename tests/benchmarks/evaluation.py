"""Evaluated images/s of each stage, atomic writes included, imports on both sides not, against one plain process.

The peer is what a tutorial shows: the same library in one process with its default threads, batches of 128 for
float and onnx, one image at a time for int8 and tflm.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from edgeval.data.dataset import Dataset, Split
from edgeval.evaluation.evaluate import Job, evaluate, workers
from edgeval.export.onnx import export_torch
from edgeval.nets import build
from edgeval.records import Preprocessing
from edgeval.runtimes import ModelSource
from edgeval.runtimes.preprocess import to_float
from edgeval.store import write_bytes
from tests.benchmarks.timing import paired

MODEL = "scalecnn-16"
CLASSES = 100
IMAGES = {"float": 4000, "onnx": 4000, "int8": 4000, "tflm": 600}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def run() -> list[dict[str, Any]]:
    """One row a stage; int8 and tflm need the models beside the checkout and are left out without them."""
    with tempfile.TemporaryDirectory() as name:
        sources = _sources(Path(name))
        with workers(2) as pool:
            return [_row(stage, source, Path(name), pool) for stage, source in sources.items()]


def _sources(folder: Path) -> dict[str, ModelSource]:
    import torch

    torch.manual_seed(0)
    network = build(MODEL, CLASSES)
    weights = folder / "weights.pt"
    torch.save(network.state_dict(), weights)
    write_bytes(folder / "model.onnx", export_torch(network, (32, 32, 3), CLASSES, MODEL))
    files = {"float": weights, "onnx": folder / "model.onnx"}
    int8 = SHARED / f"bench-{MODEL}-int8.tflite"
    if int8.exists():
        files |= {"int8": int8, "tflm": int8}
    return {stage: _source(stage, path) for stage, path in files.items()}


def _source(stage: str, path: Path) -> ModelSource:
    return ModelSource(
        stage, path, CLASSES, (32, 32, 3), Preprocessing(), MODEL if stage == "float" else None
    )


def _row(stage: str, source: ModelSource, folder: Path, pool: ProcessPoolExecutor) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    count = IMAGES[stage]
    test = Split(rng.integers(0, 256, (count, 32, 32, 3), np.uint8), rng.integers(0, CLASSES, count))
    data = Dataset("noise", "noise", test, test, tuple(map(str, range(CLASSES))))
    info = data.info()
    rounds = iter(range(1000))

    def ours() -> None:
        job = Job(source, folder / f"round{next(rounds)}", f"predictions/{stage}.npz", MODEL)
        evaluate(job, data, info, pool)

    timing = paired(ours, PEERS[stage](source, test.samples), rounds=3)
    return {
        "what": f"evaluate {MODEL}, stage {stage}, {count} images",
        "peer": "the same library in one plain process",
        "ours": f"{count / timing.ours_s:.0f} img/s",
        "theirs": f"{count / timing.peer_s:.0f} img/s",
        "ratio": f"{timing.speedup:.2f}x",
        "aim": "1x or more",
    }


def _torch_loop(source: ModelSource, images: np.ndarray) -> Callable[[], object]:
    import torch

    network = build(MODEL, CLASSES).eval()
    network.load_state_dict(torch.load(source.path, weights_only=True))

    def loop() -> None:
        with torch.inference_mode():
            for start in range(0, len(images), 128):
                network(torch.from_numpy(to_float(images[start : start + 128], Preprocessing()))).argmax(1)

    return loop


def _onnx_loop(source: ModelSource, images: np.ndarray) -> Callable[[], object]:
    import onnxruntime

    session = onnxruntime.InferenceSession(source.path.read_bytes(), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def loop() -> None:
        for start in range(0, len(images), 128):
            session.run(None, {name: to_float(images[start : start + 128], Preprocessing())})

    return loop


def _tflite_loop(source: ModelSource, images: np.ndarray) -> Callable[[], object]:
    from tflite_runtime.interpreter import Interpreter

    interpreter = Interpreter(model_path=str(source.path))
    interpreter.allocate_tensors()
    image, scores = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def loop() -> None:
        for index in range(len(images)):
            interpreter.set_tensor(image, (images[index : index + 1].astype(np.int16) - 128).astype(np.int8))
            interpreter.invoke()
            interpreter.get_tensor(scores).argmax()

    return loop


def _tflm_loop(source: ModelSource, images: np.ndarray) -> Callable[[], object]:
    from tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(source.path.read_bytes(), arena_size=1 << 20)

    def loop() -> None:
        for index in range(len(images)):
            interpreter.set_input((images[index : index + 1].astype(np.int16) - 128).astype(np.int8), 0)
            interpreter.invoke()
            interpreter.get_output(0).argmax()

    return loop


PEERS = {"float": _torch_loop, "onnx": _onnx_loop, "int8": _tflite_loop, "tflm": _tflm_loop}
