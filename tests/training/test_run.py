"""Reference: an undisturbed run. Whatever happens to another one, it must end with the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from edgeval import store  # noqa: E402
from edgeval.data import Dataset, load_dataset  # noqa: E402
from edgeval.errors import StoreError  # noqa: E402
from edgeval.nets import build  # noqa: E402
from edgeval.runs import Run  # noqa: E402
from edgeval.training import run as training  # noqa: E402
from edgeval.training.config import Recipe  # noqa: E402
from edgeval.training.loop import DeviceData  # noqa: E402
from tests.schemas import check  # noqa: E402

RECIPE = Recipe(epochs=4, batch_size=16, evaluate_every=2, crop_padding=2, cutout=4)
STEPS = 5 * RECIPE.epochs  # 72 images in batches of 16
CPU = torch.device("cpu")


class Killed(Exception):
    """Stands for a kill at one step: nothing after it happens."""


def train(
    folder: Path, dataset: Dataset, seed: int = 0, model: str = "scalecnn-2", kill_at: int | None = None
) -> dict[str, bytes]:
    """Train one run, from the folder's checkpoint where there is one; the bytes that must repeat."""
    steps = 0

    def report(images: int, accuracy: float | None) -> None:
        nonlocal steps
        steps += images > 0
        if steps == kill_at:
            raise Killed

    run = Run(folder, model, seed)
    training.train_run(run, dataset, RECIPE, DeviceData.of(dataset, RECIPE, CPU), report)
    return {name: (run.folder / name).read_bytes() for name in ("weights.pt", "history.csv")}


@pytest.fixture(scope="module")
def dataset(tiny_npz: Path) -> Dataset:
    return load_dataset(f"npz:{tiny_npz}")


@pytest.fixture(scope="module")
def undisturbed(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return train(tmp_path_factory.mktemp("undisturbed"), dataset)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    tmp_path: Path, dataset: Dataset, undisturbed: dict[str, bytes]
) -> None:
    torch.manual_seed(77)
    assert train(tmp_path / "again", dataset) == undisturbed
    assert train(tmp_path / "other", dataset, seed=1)["weights.pt"] != undisturbed["weights.pt"]


@pytest.mark.parametrize("seed", range(3))
def test_interruptions_at_random_steps_change_nothing(
    seed: int, tmp_path: Path, dataset: Dataset, undisturbed: dict[str, bytes]
) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(6):
        torch.manual_seed(int(rng.integers(1000)))  # what another process would find
        try:
            result = train(tmp_path, dataset, kill_at=int(rng.integers(1, STEPS + 1)))
            break
        except Killed:
            continue
    else:
        result = train(tmp_path, dataset)
    assert result == undisturbed


@pytest.mark.slow
def test_dropout_is_resumed_too(tmp_path: Path, dataset: Dataset) -> None:
    """torchvision's MobileNetV2 draws dropout from the default generator."""
    whole = train(tmp_path / "whole", dataset, model="mobilenetv2-0.10")
    with pytest.raises(Killed):
        train(tmp_path / "killed", dataset, model="mobilenetv2-0.10", kill_at=7)
    assert train(tmp_path / "killed", dataset, model="mobilenetv2-0.10") == whole


@pytest.mark.parametrize("name", ["weights.pt", "history.csv", "run.json"])
def test_a_kill_while_results_are_published_changes_nothing(
    name: str,
    tmp_path: Path,
    dataset: Dataset,
    undisturbed: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish = store.publish

    def killed(folder: Path, file: str, data: bytes) -> str:
        if file == name:
            raise Killed
        return publish(folder, file, data)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(store, "publish", killed)
        train(tmp_path, dataset)
    assert not store.is_finished(tmp_path / "scalecnn-2" / "seed0", "run.json")
    assert train(tmp_path, dataset) == undisturbed


def test_run_json_says_what_was_trained(tmp_path: Path, dataset: Dataset) -> None:
    result = train(tmp_path, dataset)
    document = Run(tmp_path, "scalecnn-2", 0).document()
    check("run", document)
    net = build("scalecnn-2", 3)
    assert document["params"] == sum(parameter.numel() for parameter in net.parameters())
    assert (document["arch"], document["size"], document["seed"]) == ("scalecnn", "2", 0)
    assert document["dataset"]["sha256"] == dataset.info().sha256
    assert document["dataset"]["train_sha256"] == dataset.train_sha256
    assert document["input"] == {"height": 16, "width": 16, "channels": 3, "mean": 0.0, "std": 1.0}
    assert document["recipe"] == json.loads(json.dumps(asdict(RECIPE)))
    assert document["weights_sha256"] == store.sha256_bytes(result["weights.pt"])
    assert document["images_per_s"] == pytest.approx(4 * 72 / document["seconds"], rel=0.05)
    last = list(csv.DictReader(io.StringIO(result["history.csv"].decode())))[-1]
    for key, value in document["final"].items():
        assert float(last[key]) == value


def test_the_history_has_a_row_an_epoch_and_test_accuracy_now_and_then(undisturbed: dict[str, bytes]) -> None:
    rows = list(csv.DictReader(io.StringIO(undisturbed["history.csv"].decode())))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert [bool(row["test_accuracy"]) for row in rows] == [False, True, False, True]
    rates = [float(row["learning_rate"]) for row in rows]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.01 * RECIPE.learning_rate


def test_weights_load_into_the_network_and_give_the_recorded_accuracy(
    tmp_path: Path, dataset: Dataset
) -> None:
    result = train(tmp_path, dataset)
    net = build("scalecnn-2", 3)
    net.load_state_dict(torch.load(io.BytesIO(result["weights.pt"]), weights_only=True))
    with torch.inference_mode():
        images = torch.from_numpy(dataset.test.samples).permute(0, 3, 1, 2) / 255
        top1 = net.eval()(images).argmax(1).numpy()
    recorded = Run(tmp_path, "scalecnn-2", 0).document()["final"]["test_accuracy"]
    assert recorded == pytest.approx((top1 == dataset.test.labels).mean())


def test_nothing_but_results_is_left(tmp_path: Path, dataset: Dataset) -> None:
    folder = tmp_path / "scalecnn-2" / "seed0"
    folder.mkdir(parents=True)
    (folder / ".checkpoint.pt.x1.tmp").write_bytes(b"half a file of a killed process")
    train(tmp_path, dataset)
    left = {path.name for path in folder.iterdir() if path.name != ".lock"}
    assert left == {"weights.pt", "history.csv", "run.json", "manifest.json"}


@pytest.mark.parametrize(
    "damage", [lambda content: content[: len(content) // 2], lambda _: b"", lambda _: b"text"]
)
def test_a_damaged_checkpoint_is_never_used(
    damage: Callable[[bytes], bytes], tmp_path: Path, dataset: Dataset
) -> None:
    with pytest.raises(Killed):
        train(tmp_path, dataset, kill_at=12)
    path = tmp_path / "scalecnn-2" / "seed0" / "checkpoint.pt"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(StoreError, match=r"checkpoint\.pt cannot be used .*delete it") as caught:
        train(tmp_path, dataset)
    assert "\n" not in str(caught.value)


def test_a_changed_byte_in_a_checkpoint_is_refused_or_without_effect(
    tmp_path: Path, dataset: Dataset, undisturbed: dict[str, bytes]
) -> None:
    """Most bytes are data under a checksum; the others are padding."""
    with pytest.raises(Killed):
        train(tmp_path, dataset, kill_at=12)
    path = tmp_path / "scalecnn-2" / "seed0" / "checkpoint.pt"
    content = path.read_bytes()
    refused = 0
    for at in np.linspace(0, len(content) - 1, 40).astype(int):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        try:
            training.epochs_done(path.parent)
        except StoreError:
            refused += 1
            continue
        assert train(tmp_path, dataset) == undisturbed
        for left in path.parent.iterdir():
            left.unlink()
    assert refused > 10


def test_a_checkpoint_of_another_device_is_not_mixed_in(tmp_path: Path, dataset: Dataset) -> None:
    with pytest.raises(Killed):
        train(tmp_path, dataset, kill_at=12)
    path = tmp_path / "scalecnn-2" / "seed0" / "checkpoint.pt"
    checkpoint = torch.load(path, weights_only=True)
    torch.save(checkpoint | {"device": "cuda"}, path)
    with pytest.raises(StoreError, match="was begun on cuda, now cpu; give --device cuda"):
        train(tmp_path, dataset)
