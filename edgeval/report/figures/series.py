"""The models of a document as series of a figure: families, their marks, their ends in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

from edgeval.report.figures.drawing import SERIES
from edgeval.report.view import SizeModel, Sizes, SizeStage

Sized = TypeVar("Sized", bound=Mapping[str, object])


def families(models: Iterable[Sized]) -> dict[str, list[Sized]]:
    """Rows with `family` and `params` by family, smallest first; without those of unknown size."""
    found: dict[str, list[Sized]] = {}
    for model in sorted((m for m in models if m["params"]), key=lambda model: cast(int, model["params"])):
        found.setdefault(cast(str, model["family"]), []).append(model)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def deployed(model: SizeModel) -> SizeStage:
    """The figures of the stage that is judged."""
    return model["stages"][model["deployed_stage"]]


def params_of(models: Iterable[SizeModel]) -> list[int]:
    """The sizes of models of known size."""
    return [model["params"] or 0 for model in models]


def values_of(row: Mapping[str, object], keys: Iterable[str]) -> tuple[object, ...]:
    """Some values of a row of a document, for a line of a CSV."""
    return tuple(row[key] for key in keys)


def percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.1f} %"


def drawn_families(document: Sizes) -> Iterator[tuple[str, list[SizeModel], str, str]]:
    """Each family with its models, colour and mark."""
    for index, (family, models) in enumerate(families(document["models"]).items()):
        yield family, models, *SERIES[index % len(SERIES)]


def endpoints(document: Sizes, value: Callable[[SizeModel], float | None], name: str, form: str = "") -> str:
    """A sentence with the values of each family's smallest and largest size."""
    parts = []
    for models in families(document["models"]).values():
        ends = list(dict.fromkeys(m["id"] for m in (models[0], models[-1])))
        known = {m["id"]: value(m) for m in models}
        shown = {
            i: form.format(known[i]) if form and known[i] is not None else percent(known[i]) for i in ends
        }
        parts.append(", ".join(f"{name} {shown[i]} for {i}" for i in ends))
    return "; ".join(parts) + "."


def lone_mark(points: list[Any]) -> str:
    """A mark for lines that would be invisible, for one point is no line."""
    return "_" if len(points) == 1 else ""
