"""The plan of a grid as text."""

from __future__ import annotations

from edgeval.data import Dataset
from edgeval.nets.cost import cost
from edgeval.training.config import GridConfig
from edgeval.training.grid import default_jobs, duration_text
from edgeval.training.plan import PlannedRun, duration_s

COLUMNS = "{:<18}{:>6}{:>12}{:>14}{:>8}{:>10}"


def plan_table(
    config: GridConfig, dataset: Dataset, planned: list[PlannedRun], device: str, jobs: int | None
) -> str:
    """One line a run that is left, longest first, then the estimated total."""
    workers = min(jobs or default_jobs(device, config.recipe.threads), max(len(planned), 1))
    lines = [COLUMNS.format("network", "seed", "params", "MACs", "epochs", "estimate")]
    lines += [_line(item, dataset) for item in planned]
    finished = len(config.models) * len(config.seeds) - len(planned)
    total = duration_text(duration_s(planned, workers))
    lines.append(
        f"{len(planned)} runs on {dataset.name} ({len(dataset.train)} training images), {finished} finished; "
        f"{workers} at a time on {device}: about {total}, from a few timed steps of each network"
    )
    return "\n".join(lines)


def _line(item: PlannedRun, dataset: Dataset) -> str:
    height, width, _ = dataset.sample_shape
    counted = cost(item.run.model_id, len(dataset.classes), height, width)
    return COLUMNS.format(
        item.run.model_id,
        item.run.seed,
        f"{counted.params:,}",
        f"{counted.macs:,}",
        item.epochs_left,
        duration_text(item.work_s),
    )
