"""What the models of a grid cost on a target: the profiles that edgeval compare left in the run folders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from edgeval import runs, store, targets
from edgeval.cases.case import DeviceFigures
from edgeval.cases.profiled import figures_of_profile
from edgeval.documents.files import profile_json, read_profile
from edgeval.documents.profile import ProfileDocument, UnfitProfile


@dataclass(frozen=True)
class Budget:
    """What a target has: bytes of RAM and flash; `engine` of the firmware."""

    target: str
    engine: str
    ram_bytes: int
    flash_bytes: int


@dataclass(frozen=True)
class Costs:
    """What a model needs there, and the reasons why it does not fit, none where it does."""

    figures: DeviceFigures
    reasons: tuple[str, ...]


def budget_of(target: str, engine: str) -> Budget:
    """UsageError where there is no such target."""
    chip = targets.load(target)
    return Budget(target, engine, chip.ram_bytes, chip.flash_bytes)


def read_costs(found: Iterable[runs.Run], budget: Budget) -> tuple[dict[str, Costs], list[str]]:
    """By model id, from its first run with a profile of the file that is there now; and a warning for those without.

    Latencies that a board measured are used where all models have one, so that one column has one source. Raises
    StoreError where a profile is damaged.
    """
    of_model: dict[str, list[runs.Run]] = {}
    for run in found:
        of_model.setdefault(run.model_id, []).append(run)
    emulated, measured = (
        {model: seen for model, own in of_model.items() if (seen := _first(own, name))}
        for name in (profile_json(budget.target, budget.engine, of_board) for of_board in (False, True))
    )
    costs = measured if measured.keys() == of_model.keys() else emulated
    missing = sorted(of_model.keys() - costs.keys())
    return costs, [_missing(missing, budget, next(iter(of_model.values()))[0])] if missing else []


def _missing(models: list[str], budget: Budget, run: runs.Run) -> str:
    return (
        f"{', '.join(models)}: no profile on {budget.target} with engine {budget.engine}; "
        f"run edgeval compare --grid {run.grid.name} --target {budget.target}"
    )


def _first(members: list[runs.Run], name: str) -> Costs | None:
    for run in members:
        model = store.listed(run.folder, runs.INT8_MODEL)
        if model is None or store.listed(run.folder, name) is None:
            continue
        document = read_profile(run.folder, name)
        if document.get("model_sha256") == model["sha256"]:
            return _costs(document)
    return None


def _costs(document: ProfileDocument | UnfitProfile) -> Costs:
    reasons = (
        () if document["fits"] else tuple(cast(UnfitProfile, document).get("reasons", ("it does not fit",)))
    )
    return Costs(figures_of_profile(document), reasons)
