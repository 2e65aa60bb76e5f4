"""A tiny grid on which every command of edgeval runs in seconds, and what an undisturbed run of each leaves.

`Workshop` makes the folder once: inputs, then command after command, with a copy of everything after each. A campaign
takes the copy before a command, disturbs the command, lets it finish, and compares with the copy after it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.reliability import forking

INT8 = "models/tiny/scalecnn-2/seed0/model_int8.tflite"
ONNX = "models/tiny/scalecnn-2/seed0/model.onnx"
TIMES = ("seconds", "images_per_s")  # the fields of run.json that a clock makes


@dataclass(frozen=True)
class Step:
    """One command; those of `after` have to be done before it."""

    name: str
    command: str
    after: tuple[str, ...] = ()


STEPS = (
    Step("train", "train-grid --grid tiny.toml --jobs 2 --device cpu"),
    Step("export", "export --int8 --grid tiny", ("train",)),
    Step("compare", "compare --grid tiny --target stm32f746 --device-samples 2 --jobs 2", ("export",)),
    Step("robustness", "robustness --grid tiny --corruptions fog --severities 3 --stages float,int8 --samples 30",
         ("compare",)),
    Step("analyze", "analyze --grid tiny", ("robustness",)),
    Step("baseline", "baseline accept reports/tiny", ("compare",)),
    Step("gate", "gate reports/tiny --baseline reports/baseline.json", ("baseline",)),
    Step("report", "report reports/tiny", ("compare",)),
    Step("verify", "verify reports/tiny", ("compare",)),
    Step("import", "import pc.csv --model net --stage int8 --classes red,green,blue"),
    Step("import-board", "import board.csv --model net --stage board --classes red,green,blue", ("import",)),
    Step("compare-imported", "compare --predictions imported", ("import-board",)),
    Step("compare-again", "compare --predictions imported --max-class-drop 30", ("compare-imported",)),
    Step("baseline-imported", "baseline accept reports/imported", ("compare-imported",)),
    Step("compare-two-stages", "compare --grid tiny --stages float,int8 --jobs 1 --out reports/again", ("export",)),
    Step("baseline-again", "baseline accept reports/again", ("compare-two-stages", "baseline-imported")),
    Step("compare-file", f"compare --model {INT8} --dataset npz:data.npz --out reports/file --jobs 1", ("export",)),
    Step("layers", f"layers {INT8} --dataset npz:data.npz --images 32 --samples 4", ("export",)),
    Step("profile", f"profile {INT8} --target stm32f746 --json", ("export",)),
    Step("export-own", f"export --onnx {ONNX} --dataset npz:data.npz --out exported", ("export",)),
)  # fmt: skip
BY_NAME = {step.name: step for step in STEPS}


def needed(names: Sequence[str]) -> list[Step]:
    """The named steps and all that they need, in order."""
    wanted, queue = set(), list(names)
    while queue:
        name = queue.pop()
        wanted.add(name)
        queue += BY_NAME[name].after
    return [step for step in STEPS if step.name in wanted]


@dataclass(frozen=True)
class Undisturbed:
    """What a step did when nothing disturbed it."""

    code: int
    output: str
    seconds: float


class Workshop:
    """The folder with the copies; `nets` and `seeds` of the grid say how much work there is."""

    def __init__(self, folder: Path, names: Sequence[str], nets: int = 2, seeds: int = 1) -> None:
        self.folder, self.nets, self.seeds = folder.resolve(), nets, seeds
        self.work, self.output = self.folder / "work", self.folder / "output"
        self.undisturbed = {step.name: self._once(step) for step in needed(names)}

    @property
    def environment(self) -> dict[str, str]:
        return {"XDG_CACHE_HOME": str(self.folder / "cache")}

    def copy_after(self, name: str) -> Path:
        return self.folder / "after" / name

    def restore_before(self, name: str) -> None:
        """Put the work folder back to where the step starts."""
        shutil.rmtree(self.work, ignore_errors=True)
        steps = [step.name for step in needed([name])][:-1]
        if not steps:
            self._inputs()
        for step in steps:  # later ones hold what earlier ones left, as far as they needed them
            shutil.copytree(self.copy_after(step), self.work, dirs_exist_ok=True)

    def differences(self, name: str) -> list[str]:
        """Files of the work folder that are not what the undisturbed step left."""
        seen, expected = contents(self.work), contents(self.copy_after(name))
        return sorted(path for path in seen.keys() | expected.keys() if seen.get(path) != expected.get(path))

    def _once(self, step: Step) -> Undisturbed:
        record = self.copy_after(step.name).with_suffix(".json")
        if record.exists():
            return Undisturbed(**json.loads(record.read_text()))
        shutil.rmtree(self.copy_after(step.name), ignore_errors=True)
        self.restore_before(step.name)
        start = time.monotonic()
        code = forking.wait(forking.start(step.command.split(), self.work, self.output, self.environment))
        done = Undisturbed(code, self.output.read_text(), time.monotonic() - start)
        if code not in (0, 1):
            raise RuntimeError(f"{step.command}: exit code {code}: {done.output[-2000:]}")
        shutil.copytree(self.work, self.copy_after(step.name))
        record.write_text(json.dumps(vars(done)))
        return done

    def _inputs(self) -> None:
        self.work.mkdir(parents=True)
        rng, arrays = np.random.default_rng(7), {}
        for kind, count in (("train", 48), ("test", 132)):  # more than one chunk of an evaluation
            labels = np.arange(count) % 3
            images = rng.integers(0, 120, (count, 12, 12, 3))
            images[np.arange(count), :, :, labels] += 100
            arrays |= {f"x_{kind}": images.astype(np.uint8), f"y_{kind}": labels}
        np.savez(self.work / "data.npz", **arrays, class_names=np.array(["red", "green", "blue"]))
        for name, wrong in (("pc", 7), ("board", 11)):
            _write_csv(self.work / f"{name}.csv", arrays["y_test"], wrong)
        models = [f"scalecnn-{2 + size}" for size in range(self.nets)]
        (self.work / "tiny.toml").write_text(
            f'dataset = "npz:data.npz"\nmodels = {models}\nseeds = {list(range(self.seeds))}\n\n'
            "[recipe]\nepochs = 2\nbatch_size = 16\nevaluate_every = 1\nthreads = 1\n"
        )


def _write_csv(path: Path, labels: np.ndarray, wrong: int) -> None:
    top1 = labels.copy()
    top1[::wrong] = (top1[::wrong] + 1) % 3
    rows = [
        f"{index},{label},{answer}\n" for index, (label, answer) in enumerate(zip(labels, top1, strict=True))
    ]
    path.write_text("id,label,top1\n" + "".join(rows))


def contents(folder: Path) -> dict[str, str]:
    """A hash of every file, without locks and without what a clock writes: run.json's seconds, and its hash.

    history.jsonl is a log: it has a line for each time that a comparison ended."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if (
            path.is_dir()
            or path.name == "history.jsonl"
            or path.suffix in (".lock", ".claim")
            or path.name in (".lock", ".claim")
        ):
            continue
        data = path.read_bytes()
        if path.name in ("run.json", "manifest.json") and data:
            data = json.dumps(_without_times(json.loads(data))).encode()
        found[name] = hashlib.sha256(data).hexdigest()
    return found


def _without_times(document: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in document.items() if key not in TIMES}
    if "files" in kept:
        kept["files"] = {name: entry for name, entry in kept["files"].items() if name != "run.json"}
    return kept


def half_written(folder: Path) -> list[str]:
    """Files that a manifest lists and that are not what it says: what a reader would read half."""
    found = []
    for manifest in folder.rglob("manifest.json"):
        for name, entry in json.loads(manifest.read_bytes())["files"].items():
            path = manifest.parent / name
            if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
                found.append(str(path.relative_to(folder)))
    return found
