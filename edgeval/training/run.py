"""One run of a grid: train, or go on from the last epoch's checkpoint, and publish the result."""

from __future__ import annotations

import io
import platform
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from edgeval import __version__, store
from edgeval.data import Dataset
from edgeval.errors import StoreError
from edgeval.nets import Code, build, parse
from edgeval.nets.cost import cost
from edgeval.records import IMAGE
from edgeval.runs import HISTORY, RUN_JSON, WEIGHTS, Run
from edgeval.training.average import Average
from edgeval.training.device_data import DeviceData
from edgeval.training.layout import memory_format_for
from edgeval.training.loop import optimizer_for, test_accuracy, train_epoch
from edgeval.training.recipe import Recipe

CHECKPOINT = "checkpoint.pt"
HISTORY_HEADER = "epoch,learning_rate,train_loss,train_accuracy,test_accuracy"
Report = Callable[[int, float | None], None]  # images just finished, latest known test accuracy


@dataclass
class State:
    """All that changes while a run trains; `history` holds finished rows, `seconds` is training alone."""

    net: nn.Module
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    average: Average | None = None
    history: list[str] = field(default_factory=list)
    final: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def result(self) -> nn.Module:
        """The network that is tested and published."""
        return self.net if self.average is None else self.average.net

    @property
    def epochs_done(self) -> int:
        return len(self.history)


def train_run(
    run: Run, dataset: Dataset, recipe: Recipe, data: DeviceData, report: Report, code: Code | None = None
) -> None:
    """Train one network and publish weights.pt, history.csv and run.json, the last of which finishes it. `code` builds
    a network that is not edgeval's.

    Sets the process's torch threads and random state, so one process trains one run at a time. The caller
    holds the run's claim. Equal seed, recipe, data and machine give equal bytes of weights.pt and
    history.csv on the CPU, also over interruptions. Raises StoreError.
    """
    device = data.train.device
    torch.set_num_threads(recipe.threads)
    state = _begin(run, dataset, recipe, device, code)
    _resume(state, run.folder / CHECKPOINT, device)
    while state.epochs_done < recipe.epochs:
        _one_epoch(state, recipe, data, report)
        store.write_bytes(run.folder / CHECKPOINT, _checkpoint_bytes(state, device))
    document = _document(run, dataset, recipe, state, data, code)
    _publish(run, state, document)
    (run.folder / CHECKPOINT).unlink()


def epochs_done(folder: Path) -> int:
    """How many epochs a run's checkpoint holds; 0 without one."""
    checkpoint = _read_checkpoint(folder / CHECKPOINT)
    return len(checkpoint["history"]) if checkpoint else 0


def _begin(run: Run, dataset: Dataset, recipe: Recipe, device: torch.device, code: Code | None) -> State:
    torch.manual_seed(run.seed)  # the weights, then order and augmentations, on a GPU from its own generator
    net = build(run.model_id, len(dataset.classes), dataset.sample_shape, code)
    net = net.to(device=device, memory_format=memory_format_for(net))
    average = Average(net, recipe.ema_decay) if recipe.ema_decay else None
    return State(net, optimizer_for(net, recipe), _generator(device), average)


def _generator(device: torch.device) -> torch.Generator:
    """The device's default generator, so that its one state also covers dropout."""
    if device.type == "cuda":
        return torch.cuda.default_generators[device.index or 0]
    return torch.default_generator


def _one_epoch(state: State, recipe: Recipe, data: DeviceData, report: Report) -> None:
    epoch = state.epochs_done
    start = time.monotonic()
    result = train_epoch(
        state.net,
        state.optimizer,
        data,
        recipe,
        epoch,
        state.generator,
        lambda images: report(images, None),
        state.average,
    )
    state.seconds += time.monotonic() - start
    figures = [state.optimizer.param_groups[0]["lr"], result.train_loss, result.train_accuracy]
    row = [f"{epoch + 1}", *map(repr, figures), ""]
    if (epoch + 1) % recipe.evaluate_every == 0 or epoch + 1 == recipe.epochs:
        accuracy = test_accuracy(state.result, data)
        row[-1] = repr(accuracy)
        state.final = {**asdict(result), "test_accuracy": accuracy}
        report(0, accuracy)
    state.history.append(",".join(row))


def _checkpoint_bytes(state: State, device: torch.device) -> bytes:
    return _torch_bytes(
        {
            "schema_version": store.SCHEMA_VERSION,
            "device": device.type,
            "net": state.net.state_dict(),
            "optimizer": state.optimizer.state_dict(),
            "generator": state.generator.get_state(),
            "history": state.history,
            "final": state.final,
            "seconds": state.seconds,
            **({"average": state.average.state_dict()} if state.average else {}),
        }
    )


def _torch_bytes(value: Any) -> bytes:
    buffer = io.BytesIO()  # torch writes a file's name into the archive; a buffer has none, so bytes repeat
    torch.save(value, buffer)
    return buffer.getvalue()


def _resume(state: State, path: Path, device: torch.device) -> None:
    checkpoint = _read_checkpoint(path)
    if checkpoint is None:
        return
    if checkpoint["device"] != device.type:
        raise StoreError(
            f"{path} was begun on {checkpoint['device']}, now {device.type}; "
            f"give --device {checkpoint['device']} or delete {path.parent}"
        )
    state.net.load_state_dict(checkpoint["net"])
    state.optimizer.load_state_dict(checkpoint["optimizer"])
    state.generator.set_state(checkpoint["generator"])
    state.history, state.final = checkpoint["history"], checkpoint["final"]
    state.seconds = checkpoint["seconds"]
    if state.average is not None:
        state.average.load_state_dict(checkpoint["average"])


def _read_checkpoint(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    content = io.BytesIO(path.read_bytes())
    try:
        damaged = zipfile.ZipFile(
            content
        ).testzip()  # torch.load does not look at the checksums of its records
        if damaged:
            raise ValueError(f"{damaged} does not match its checksum")
        content.seek(0)
        checkpoint: dict[str, Any] = torch.load(content, map_location="cpu", weights_only=True)
        if checkpoint["schema_version"] == store.SCHEMA_VERSION:
            return checkpoint
        reason = f"schema version {checkpoint['schema_version']}, this edgeval reads {store.SCHEMA_VERSION}"
    except Exception as error:  # torch raises many kinds for a damaged file, all of which mean just that
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    raise StoreError(f"{path} cannot be used ({reason}); delete it to train this run from the start")


def _publish(run: Run, state: State, document: dict[str, Any]) -> None:
    weights = {key: value.detach().cpu().contiguous() for key, value in state.result.state_dict().items()}
    weights_sha256 = store.publish(run.folder, WEIGHTS, _torch_bytes(weights))
    store.publish(run.folder, HISTORY, "\n".join([HISTORY_HEADER, *state.history, ""]).encode())
    store.publish(run.folder, RUN_JSON, store.json_bytes(document | {"weights_sha256": weights_sha256}))


def _document(
    run: Run, dataset: Dataset, recipe: Recipe, state: State, data: DeviceData, code: Code | None
) -> dict[str, Any]:
    net, info = parse(run.model_id, code), dataset.info()
    counted = cost(run.model_id, len(dataset.classes), dataset.sample_shape, code)
    return {
        "schema_version": store.SCHEMA_VERSION,
        "arch": net.arch,
        "size": net.size,
        **({"network": code.record()} if code else {}),
        "seed": run.seed,
        "params": counted.params,
        "macs": counted.macs,
        "dataset": {
            "name": info.name,
            "spec": dataset.spec,
            "sha256": info.sha256,
            "train_sha256": dataset.train_sha256,
            "classes": list(info.classes),
        },
        "input": {**_shape(dataset), **data.preprocessing.document()},
        "recipe": asdict(recipe),
        "epochs": recipe.epochs,
        "final": state.final,
        "seconds": round(state.seconds, 3),
        "images_per_s": round(recipe.epochs * len(dataset.train) / max(state.seconds, 1e-9), 1),
        "threads": recipe.threads,
        "device": _device_name(data.train.device),
        "versions": {
            "edgeval": __version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
        },
    }


def _shape(dataset: Dataset) -> dict[str, Any]:
    """Of images in words, as before there were other samples."""
    if dataset.kind == IMAGE:
        return dict(zip(("height", "width", "channels"), dataset.sample_shape, strict=True))
    return {"shape": list(dataset.sample_shape)}


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu {platform.machine()}"
