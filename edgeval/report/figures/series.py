"""The models of a document as series of a figure: families, their marks, their ends in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from edgeval.report.figures.drawing import SERIES

Model = dict[str, Any]


def families(document: dict[str, Any]) -> dict[str, list[Model]]:
    """The models of known size by family, smallest first."""
    found: dict[str, list[Model]] = {}
    for model in sorted((m for m in document["models"] if m["params"]), key=lambda model: model["params"]):
        found.setdefault(model["family"], []).append(model)
    return dict(sorted(found.items(), key=lambda item: -len(item[1])))


def deployed(model: Model) -> dict[str, Any]:
    """The figures of the stage that is judged."""
    figures: dict[str, Any] = model["stages"][model["deployed_stage"]]
    return figures


def percent(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.1f} %"


def drawn_families(document: dict[str, Any]) -> Iterator[tuple[str, list[Model], str, str]]:
    """Each family with its models, colour and mark."""
    for index, (family, models) in enumerate(families(document).items()):
        yield family, models, *SERIES[index % len(SERIES)]


def endpoints(
    document: dict[str, Any], value: Callable[[Model], float | None], name: str, form: str = ""
) -> str:
    """A sentence with the values of each family's smallest and largest size."""
    parts = []
    for models in families(document).values():
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
