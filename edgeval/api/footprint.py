"""`fit`: which models fit a target; `profile`: what one inference costs on it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import Document, Names, PathLike, Row, flat, frame, html, path_or_none
from edgeval.errors import UsageError

if TYPE_CHECKING:
    import pandas

    from edgeval.documents.device import OperatorCost
    from edgeval.documents.profile import ProfileDocument


@dataclass(frozen=True)
class Fits:
    """Which models fit which targets; one of `documents` per target."""

    documents: tuple[Document, ...] = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether every model fits every target."""
        return all(row["fits"] for row in self.models)

    @property
    def models(self) -> list[Row]:
        """One row per target and model: `fits`, `reasons` where it does not, bytes of RAM and flash."""
        return [{"target": one["target"], **row} for one in self.documents for row in one["models"]]

    def to_frame(self) -> pandas.DataFrame:
        """One line per target and model."""
        return frame(
            {
                **flat(row),
                "arena_bytes": row["ram_bytes"]["arena"],
                "model_bytes": row["flash_bytes"]["model"],
                "reasons": "; ".join(row["reasons"]),
            }
            for row in self.models
        )

    def __str__(self) -> str:
        return "\n".join(map(_fit_text, self.documents))

    def _repr_html_(self) -> str:
        from edgeval.report.parts.footprint import fit_part

        return html(list(map(fit_part, self.documents)))


@dataclass(frozen=True)
class Profile:
    """One inference on a target: instructions, latency with its source, RAM, flash. `document`: docs/PROFILE.md."""

    document: ProfileDocument = field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether the model fits the target."""
        return bool(self.document["fits"])

    @property
    def latency_ms(self) -> float | None:
        """Estimated, or measured on a board: `document["latency_ms"]["source"]`. None where the runner has no time."""
        value: float | None = self.document["latency_ms"]["value"]
        return value

    @property
    def operators(self) -> list[OperatorCost]:
        return list(self.document["operators"])

    def to_frame(self) -> pandas.DataFrame:
        """One line per operator."""
        return frame(map(flat, self.operators))

    def __str__(self) -> str:
        return _profile_text(self.document)

    def _repr_html_(self) -> str:
        from edgeval.report.parts.footprint import profile_part

        return html([profile_part(self.document)])


def fit(
    models: PathLike | Sequence[PathLike] = (),
    *,
    grid: str | None = None,
    classes: int = 100,
    input_shape: tuple[int, ...] | None = None,
    targets: Names | None = None,
    engine: str = "builtin",
) -> Fits:
    """Check .tflite files or folders of them, or the untrained networks of a `grid` with `classes`, against targets.

    `input_shape` is that of a sample of the grid in TFLite's order, default (32, 32, 3). Without `targets` all are
    checked. Raises UsageError for an unknown target or no model at all.
    """
    from edgeval import targets as known
    from edgeval.footprint.fit import fit as fitted

    named = [targets] if isinstance(targets, str) else targets
    chosen = [known.load(name).name for name in named or known.names()]
    paths = [Path(path) for path in ([models] if isinstance(models, (str, os.PathLike)) else models)]
    pairs: list[tuple[str, bytes | str | Path]] = []
    pairs += _of_files(paths) if grid is None else _of_grid(grid, classes, input_shape, paths)
    return Fits(tuple(fitted(pairs, name, engine) for name in chosen))


def profile(
    model: PathLike,
    target: str,
    *,
    engine: str = "builtin",
    runner: str = "unicorn",
    port: str | None = None,
    record: PathLike | None = None,
) -> Profile:
    """Profile one inference of a .tflite file on a target.

    Unicorn counts instructions and estimates the latency, a board (`runner="serial"`) measures it, QEMU and Renode give
    memory only. Raises ModelError for a model that the target refuses, DeviceError where the device fails.
    """
    from edgeval.footprint.profile import profile as profiled

    return Profile(profiled(Path(model), target, engine, runner, port, path_or_none(record)))


def _of_files(models: Sequence[Path]) -> list[tuple[str, Path]]:
    from edgeval.footprint.fit import models_in

    if not models:
        raise UsageError("fit needs .tflite files, or --grid NAME for networks that are not trained yet")
    return [pair for path in models for pair in (models_in(path) if path.is_dir() else [(path.stem, path)])]


def _of_grid(
    grid: str, classes: int, input_shape: tuple[int, ...] | None, models: Sequence[Path]
) -> Iterable[tuple[str, bytes]]:
    from edgeval.export.untrained import IMAGE_SHAPE, untrained_models
    from edgeval.training.config import load_grid

    if models:
        raise UsageError("give either files or --grid, not both")
    config = load_grid(grid)
    return untrained_models(config.models, classes, input_shape or IMAGE_SHAPE, config.networks)


def _fit_text(document: Document) -> str:
    lines = [
        f"{document['target']}: slot {document['slot_bytes']:,} bytes, arena {document['arena_bytes']:,} bytes"
    ]
    for row in document["models"]:
        arena = row["ram_bytes"]["arena"]
        sizes = f"arena {arena:>10,}" if arena is not None else "arena          ?"
        verdict = "fits" if row["fits"] else "; ".join(row["reasons"])
        lines.append(f"  {row['model']:<32} model {row['flash_bytes']['model']:>10,}  {sizes}  {verdict}")
    return "\n".join(lines)


def _profile_text(document: ProfileDocument) -> str:
    ram, flash = document["peak_ram_bytes"], document["flash_bytes"]
    lines = [
        f"{document['target']}, engine {document['engine']} {document['engine_version']}, runner {document['runner']}",
        *_time(document),
        f"peak RAM      {ram['total']:>14,}  bytes of {document['ram_bytes']:,}: arena {ram['arena']:,}, "
        f"stack {ram['stack']:,}, static {ram['static']:,}",
        f"flash         {flash['total']:>14,}  bytes: code {flash['code']:,}, model {flash['model']:,}",
        "",
        f"{'':>3} {'operator':<24} {'instructions':>14} {'cycles':>14} {'arena bytes':>12}",
    ]
    if not document["operators"]:
        lines.append("    none: TFLM's BUILD_TYPE=release has no profiler; release_with_logs has")
    for row in document["operators"]:
        cycles = row["cycles_measured"] if row["cycles_estimated"] is None else row["cycles_estimated"]
        lines.append(
            f"{row['index']:>3} {row['operator']:<24} {_count(row['instructions']):>14} "
            f"{_count(cycles):>14} {_count(row['arena_bytes']):>12}"
        )
    if document["functions"]:
        lines += ["", f"    {'function':<24} {'instructions':>14} {'share':>14}"]
    lines += [
        f"    {row['function']:<24} {row['instructions']:>14,} {row['share']:>14.1%}"
        for row in document["functions"]
    ]
    return "\n".join(lines)


def _time(document: ProfileDocument) -> list[str]:
    """Instructions, cycles and latency, as far as the runner gives them."""
    latency = document["latency_ms"]
    if latency["value"] is None:
        return [f"latency       {'-':>14}  {latency['model']}"]
    if latency["source"] == "measured":
        cycles = [f"cycles        {document['cycles_measured']:>14,}  measured"]
    else:
        cycles = [
            f"instructions  {document['instructions']:>14,}  exact, emulated",
            f"cycles        {document['cycles_estimated']:>14,}  estimated, of them "
            f"{document['cycles_waiting_for_flash']:,} waiting for the flash",
        ]
    return [
        *cycles,
        f"latency       {latency['value']:>11,.1f} ms  {latency['source']}: {latency['model']}",
        f"              accuracy: {latency['accuracy']}",
    ]


def _count(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
