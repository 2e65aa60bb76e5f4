"""Train a grid: several workers, one progress bar, and every finished run kept."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from edgeval.data import Dataset, load_dataset
from edgeval.errors import ToolError, UsageError
from edgeval.processes import whole_start
from edgeval.progress import Bar, progress, say
from edgeval.runs import Run
from edgeval.shards import WHOLE, Shard
from edgeval.training.config import GridConfig
from edgeval.training.plan import PlannedRun, check_trainable, duration_s, grid_runs, plan, unfinished
from edgeval.training.stored_grid import open_grid
from edgeval.training.worker import Advance, Failed, Finished, Job, work

CUDA_JOBS = 4  # runs side by side on one GPU: small nets do not fill it; not tuned, --jobs overrides


def device_for(choice: str) -> str:
    """`auto`, `cpu` or `cuda` to what torch can use; UsageError where that is absent."""
    import torch

    if choice == "cuda" and not torch.cuda.is_available():
        raise UsageError("torch finds no CUDA device; use --device cpu or install a CUDA build of torch")
    if choice == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return choice


def default_jobs(device: str, threads: int) -> int:
    """As many workers as fill the cores with `threads` threads each; a fixed few on a GPU."""
    return CUDA_JOBS if device == "cuda" else max(1, len(os.sched_getaffinity(0)) // threads)


def make_plan(
    config: GridConfig,
    folder: Path,
    data_dir: Path | None,
    device: str,
    dry_run: bool,
    shard: Shard = WHOLE,
) -> tuple[Dataset, list[PlannedRun]]:
    """Load the data, open the grid's folder (not written to in a dry run), time and sort what is left."""
    dataset = load_dataset(config.dataset, data_dir)
    check_trainable(dataset, config)
    open_grid(folder, config, dataset, write=not dry_run)
    return dataset, plan(unfinished(config, folder, shard), config, dataset, device)


def train_grid(
    config: GridConfig,
    folder: Path,
    data_dir: Path | None,
    device: str,
    jobs: int | None,
    shard: Shard = WHOLE,
) -> None:
    """Train all unfinished runs of a grid, or of a shard of it, in `folder`, going on from checkpoints.

    Another process may train the same grid at the same time: each run is trained once, and both return when
    all are finished. Raises EdgevalError; on an interrupt the workers are ended and nothing is lost.
    """
    dataset, planned = make_plan(config, folder, data_dir, device, dry_run=False, shard=shard)
    skipped = len(shard.of(grid_runs(config, folder))) - len(planned)
    name = config.name if shard == WHOLE else f"{config.name}, shard {shard}"
    if not planned:
        say(f"{name}: all {skipped} runs are finished in {folder}")
        return
    workers = min(jobs or default_jobs(device, config.threads), len(planned))
    about = duration_s(planned, workers)
    say(
        f"{name}: {len(planned)} runs to train, {skipped} finished; {dataset.name}, "
        f"{len(dataset.train)} training samples, {device}, {workers} at a time, about {duration_text(about)}"
    )
    job = Job(tuple(item.run for item in planned), data_dir, config, device)
    with _workers(job, workers) as processes, progress(_total(planned), config.name, "work-s") as bar:
        _watch(processes, planned, bar)


def _total(planned: list[PlannedRun]) -> int:
    return max(1, round(sum(item.work_s for item in planned)))


def duration_text(seconds: float) -> str:
    """Seconds, minutes or hours, whichever reads best."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


@contextmanager
def _workers(job: Job, count: int) -> Iterator[dict[connection.Connection, SpawnProcess]]:
    """Processes by the pipe they report to; ended on the way out, whatever happened."""
    context = multiprocessing.get_context("spawn")  # a fork would copy torch's thread pools in a broken state
    processes: dict[connection.Connection, SpawnProcess] = {}
    try:
        for _ in range(count):
            reader, writer = context.Pipe(duplex=False)
            process = context.Process(target=work, args=(job, writer), daemon=True)
            with whole_start():
                process.start()
            writer.close()  # so that the reader meets the end when the worker ends
            processes[reader] = process
        yield processes
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.join()


def _watch(processes: dict[connection.Connection, SpawnProcess], planned: list[PlannedRun], bar: Bar) -> None:
    view = _View(planned, bar)
    working = dict(processes)
    while working:
        for pipe in connection.wait(list(working)):
            assert isinstance(pipe, connection.Connection)
            try:
                message = pipe.recv()
            except EOFError:
                _check_exit(working.pop(pipe))
                continue
            if isinstance(message, Failed):
                raise message.error
            view.show(message)


def _check_exit(process: SpawnProcess) -> None:
    process.join()
    if process.exitcode != 0:
        raise ToolError(
            f"a training process ended with code {process.exitcode} (-9: killed, often for lack of memory); "
            "the same command goes on where it stopped, --jobs 1 needs the least memory"
        )


class _View:
    """Turns messages of workers into one bar in seconds of work, and one line a finished run."""

    def __init__(self, planned: list[PlannedRun], bar: Bar) -> None:
        self._left = {item.run: item for item in planned}
        self._images_left = {item.run: item.images_left for item in planned}
        self._accuracy: dict[str, float] = {}
        self._bar, self._shown, self._done_s = bar, 0, 0.0

    def show(self, message: Advance | Finished) -> None:
        run = message.run
        if run not in self._left:
            return  # finished by a neighbour, reported before
        if isinstance(message, Advance):
            self._advance(run, message.images)
            if message.accuracy is not None:
                self._accuracy[f"{run.model_id}/{run.seed}"] = message.accuracy
        else:
            self._advance(run, self._images_left[run])
            self._accuracy.pop(f"{run.model_id}/{run.seed}", None)
            del self._left[run]
            say(_finished_line(run, message.here))
        self._update()

    def _advance(self, run: Run, images: int) -> None:
        item = self._left[run]
        self._images_left[run] -= images
        self._done_s += images * item.work_s / max(item.images_left, 1)

    def _update(self) -> None:
        whole = int(self._done_s) - self._shown
        self._shown += whole
        self._bar.update(whole, **self._accuracy)


def _finished_line(run: Run, here: bool) -> str:
    document = run.document()
    accuracy, seconds = document["final"]["test_accuracy"], document["seconds"]
    where = "" if here else ", by another process"
    return f"{run}: test accuracy {100 * accuracy:.2f} %, {seconds:.0f} s, {document['images_per_s']:.0f} img/s{where}"
