"""A process that trains the runs of a plan, one after the other, as long as its parent lives."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval import store
from edgeval.data import Dataset, load_dataset
from edgeval.errors import EdgevalError, ToolError
from edgeval.failure import failure_line
from edgeval.locks import claim
from edgeval.runs import HISTORY, RUN_JSON, WEIGHTS, Run
from edgeval.system import end_with_parent
from edgeval.training.config import GridConfig, Recipe

if TYPE_CHECKING:
    from edgeval.training.device_data import DeviceData

CLAIM = ".claim"
POLL_S = 1.0  # between looks at runs that another process is training
REPORT_S = 0.5


@dataclass(frozen=True)
class Job:
    """What a worker needs; `runs` in the order in which they should start."""

    runs: tuple[Run, ...]
    data_dir: Path | None
    config: GridConfig
    device: str


@dataclass(frozen=True)
class Advance:
    """`images` more of `run` are trained; `accuracy` on the test split where it was just measured."""

    run: Run
    images: int
    accuracy: float | None = None


@dataclass(frozen=True)
class Finished:
    """`run` is published, by this worker or (`here` false) by another process."""

    run: Run
    here: bool


@dataclass(frozen=True)
class Failed:
    """The worker gives up because of something the user can mend."""

    error: EdgevalError


Message = Advance | Finished | Failed


def work(job: Job, pipe: connection.Connection) -> None:
    """Train every run of the job that nobody else has finished; send Messages; wait for runs of others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends the workers
    end_with_parent()
    try:
        _train_all(job, load_dataset(job.config.dataset, job.data_dir), pipe)
    except EdgevalError as error:
        pipe.send(Failed(error))
    except (
        Exception
    ) as error:  # no memory, a missing library, a defect: one line at the parent, no traceback here
        pipe.send(Failed(ToolError(failure_line(error, "train-grid"))))


def _train_all(job: Job, dataset: Dataset, pipe: connection.Connection) -> None:
    data = _Data(dataset, job)
    waiting = list(job.runs)
    while waiting:
        left = [run for run in waiting if not _try(run, job, data, pipe)]
        if left == waiting:
            time.sleep(POLL_S)
        waiting = left


class _Data:
    """The data set on the device, prepared for one recipe; families differ in theirs."""

    def __init__(self, dataset: Dataset, job: Job) -> None:
        self.dataset, self._device = dataset, job.device
        self._held: tuple[tuple[int, bool], DeviceData] | None = None

    def prepared(self, recipe: Recipe) -> DeviceData:
        import torch

        from edgeval.training.device_data import DeviceData

        key = (recipe.crop_padding, recipe.flip)
        if self._held is None or self._held[0] != key:
            self._held = None  # before the next one: a data set may take half the memory
            self._held = (key, DeviceData.of(self.dataset, recipe, torch.device(self._device)))
        return self._held[1]


def _try(run: Run, job: Job, data: _Data, pipe: connection.Connection) -> bool:
    """True where the run is finished, now or before; False where another process is training it."""
    from edgeval.training.run import train_run

    with claim(run.folder / CLAIM) as owned:
        if not owned:
            return False
        here = not is_trained(run)
        if here:
            recipe = job.config.recipe_of(run.model_id)
            code = job.config.code(run.model_id)
            train_run(run, data.dataset, recipe, data.prepared(recipe), _Reporter(run, pipe), code)
    pipe.send(Finished(run, here))
    return True


def is_trained(run: Run) -> bool:
    """Whether the run is finished and its files match their hashes; StoreError where one was changed."""
    if not store.is_finished(run.folder, RUN_JSON):
        return False
    for name in (WEIGHTS, HISTORY):
        store.verified(run.folder, name)
    return True


class _Reporter:
    """Sends progress, but not more often than anybody can read."""

    def __init__(self, run: Run, pipe: connection.Connection) -> None:
        self._run, self._pipe = run, pipe
        self._images, self._last = 0, time.monotonic()

    def __call__(self, images: int, accuracy: float | None) -> None:
        self._images += images
        now = time.monotonic()
        if accuracy is not None or now - self._last >= REPORT_S:
            self._pipe.send(Advance(self._run, self._images, accuracy))
            self._images, self._last = 0, now
