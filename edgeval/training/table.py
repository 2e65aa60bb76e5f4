"""The plan of a grid as text."""

from __future__ import annotations

from edgeval.data import Dataset
from edgeval.nets.cost import cost
from edgeval.training.config import GridConfig
from edgeval.training.grid import default_jobs, duration_text
from edgeval.training.plan import PlannedRun, duration_s

COLUMNS = "{:<24}{:>6}{:>12}{:>14}{:>8}{:>10}"


def plan_table(
    config: GridConfig, dataset: Dataset, planned: list[PlannedRun], device: str, jobs: int | None
) -> str:
    """One line a run that is left, longest first, then the estimated total."""
    workers = min(jobs or default_jobs(device, config.threads), max(len(planned), 1))
    lines = [COLUMNS.format("network", "seed", "params", "MACs", "epochs", "estimate")]
    lines += [_line(item, config, dataset) for item in planned]
    finished = len(config.models) * len(config.seeds) - len(planned)
    total = duration_text(duration_s(planned, workers))
    lines.append(
        f"{len(planned)} runs on {dataset.name} ({len(dataset.train)} training samples), {finished} finished; "
        f"{workers} at a time on {device}: about {total}, from a few timed steps of each network"
    )
    return "\n".join(lines)


def _line(item: PlannedRun, config: GridConfig, dataset: Dataset) -> str:
    model = item.run.model_id
    counted = cost(model, len(dataset.classes), dataset.sample_shape, config.code(model))
    return COLUMNS.format(
        model,
        item.run.seed,
        f"{counted.params:,}",
        f"{counted.macs:,}",
        item.epochs_left,
        duration_text(item.work_s),
    )
