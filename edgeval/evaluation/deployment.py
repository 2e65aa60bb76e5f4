"""The device stages of a comparison: which samples run on the target, and what a model costs there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from edgeval import store, targets
from edgeval.cases.case import DeviceFigures
from edgeval.cases.profiled import figures_of_profile
from edgeval.devices.build.elf import read_elf
from edgeval.devices.device import model_bytes
from edgeval.devices.emulator.engine_call import EngineCall
from edgeval.devices.opening import STAGE_OF
from edgeval.documents.files import profile_json, publish
from edgeval.documents.profile import ProfileDocument, UnfitProfile
from edgeval.errors import ModelError, StoreError
from edgeval.footprint.fit import fit
from edgeval.footprint.profile import profile
from edgeval.progress import say

METHOD = 1  # counts up when instructions are counted or cycles estimated in another way
ENGINE = "builtin"
RUNNER = "unicorn"
Kept = ProfileDocument | UnfitProfile
EMULATED_INSTRUCTIONS = 40_000_000_000  # a model's share of emulation: 2 to 3 minutes on 2 cores
FEWEST_SAMPLES = 100
CROSS_CHECK_SAMPLES = 200  # on another emulator than Unicorn, where the transfer of an image takes 0.2 s


@dataclass(frozen=True)
class Deployment:
    """The target that `--target` names and what runs it; `samples` limits the samples on it, None chooses by
    the model's size. `port` is the board's, None finds it."""

    target: str
    engine: str = ENGINE
    samples: int | None = None
    runner: str = RUNNER
    port: str | None = None

    @property
    def stage(self) -> str:
        return STAGE_OF[self.runner]

    @property
    def full_stage(self) -> str:
        """The stage that runs the same arithmetic on this PC, on the whole test set."""
        return "host" if self.engine == ENGINE else "tflm"

    @property
    def predictions(self) -> str:
        """Name of the prediction file: no two engines or runners share one."""
        engine = "" if self.engine == ENGINE else f"-{self.engine}"
        runner = "" if self.runner == RUNNER or self.stage == "board" else f"-{self.runner}"
        return f"{self.stage}-{self.target}{engine}{runner}.npz"

    @property
    def elf_path(self) -> Path:
        return targets.load(self.target).elf_path(self.engine)

    @property
    def firmware_sha256(self) -> str:
        return store.sha256_file(self.elf_path)


def check_deployable(models: Iterable[Path], deployment: Deployment) -> None:
    """Whether the engine takes the models at all, asked in milliseconds and before any stage runs.

    Raises ModelError for a model that its engine refuses; one that is only too large is told later, with its sizes.
    """
    chip = targets.load(deployment.target)
    with EngineCall(chip, read_elf(deployment.elf_path), deployment.engine) as call:
        for model in models:
            try:
                call.needs(model_bytes(model))
            except ModelError as error:
                raise ModelError(f"{model} cannot run on {deployment.target}: {error}") from error


def figures(model: Path, folder: Path, deployment: Deployment) -> DeviceFigures:
    """What a model costs on the target; kept in `folder` until model, firmware, the target's
    facts (memory, clock, wait states) or the method change.

    Instructions and memory come from Unicorn whatever runs the samples, and so does the estimated latency; a
    board's is measured. A model that does not fit has `fits` False, its reasons are told, and it is not run.
    """
    name = profile_json(deployment.target, deployment.engine, deployment.stage == "board")
    key = {
        "model_sha256": store.sha256_file(model),
        "firmware_sha256": deployment.firmware_sha256,
        "target_sha256": store.sha256_bytes(repr(targets.load(deployment.target)).encode()),
        "method": METHOD,
    }
    document = _kept(folder, name, key)
    if document is None:
        document = cast(Kept, {**_measured(model, deployment), **key})
        publish(folder, name, document)
    for reason in cast(UnfitProfile, document).get("reasons", []):
        say(f"{model} does not fit {deployment.target}: {reason}")
    return replace(figures_of_profile(document), profile_sha256=store.sha256_file(folder / name))


def _kept(folder: Path, name: str, key: dict[str, Any]) -> Kept | None:
    if not store.is_finished(folder, name):
        return None
    try:
        document = store.read_json(folder / name)
    except StoreError:
        return None  # of an older edgeval
    return cast(Kept, document) if all(document.get(field) == of for field, of in key.items()) else None


def _measured(model: Path, deployment: Deployment) -> Kept:
    (row,) = fit([(model.name, model)], deployment.target, deployment.engine)["models"]
    if row["fits"]:
        document = profile(model, deployment.target, deployment.engine)
        if deployment.stage == "board":
            board = profile(model, deployment.target, deployment.engine, deployment.runner, deployment.port)
            document["latency_ms"] = board["latency_ms"]
        return document
    return {
        "schema_version": store.SCHEMA_VERSION,
        "fits": False,
        "reasons": row["reasons"],
        "flash_bytes": row["flash_bytes"],
    }


def device_samples(labels: np.ndarray, instructions: int, deployment: Deployment) -> np.ndarray | None:
    """Positions int64 (n,) of the test samples that run on the target; None is all of them.

    Without a number from the user as many as fit into EMULATED_INSTRUCTIONS, which on a board takes minutes too,
    and CROSS_CHECK_SAMPLES on QEMU and Renode. The sample is stratified: each class has its share, to within one
    sample, and the choice is the same in every run.
    """
    budget = max(FEWEST_SAMPLES, EMULATED_INSTRUCTIONS // instructions)
    if deployment.runner in ("qemu", "renode"):
        budget = CROSS_CHECK_SAMPLES
    wanted = deployment.samples or budget
    if wanted >= len(labels):
        return None
    shuffled = np.random.default_rng(0).permutation(len(labels))
    rank = np.empty(len(labels))  # of a sample within its class, as a fraction of the class
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        rank[members] = (np.arange(len(members)) + 0.5) / len(members)
    return np.sort(shuffled[np.argsort(rank[shuffled], kind="stable")][:wanted])
