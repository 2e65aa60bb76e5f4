"""`edgeval merge`: the stores of several machines in one, as if one machine had made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeval import runs, store
from edgeval.errors import StoreError, UsageError
from edgeval.progress import progress, say
from edgeval.shards import planned_runs
from edgeval.tomlfile import read_toml
from edgeval.training.grid_toml import toml_text
from edgeval.training.stored_grid import GRID_TOML, merged_tables

LAST = (runs.EXPORT_JSON, runs.RUN_JSON)  # what makes the rest of a run's files count as finished


@dataclass(frozen=True)
class Merged:
    """What a merge did: files copied, files that were there already, runs that nobody has trained yet."""

    grid: Path
    copied: int
    present: int
    missing: tuple[runs.Run, ...]


@dataclass(frozen=True)
class _File:
    """A finished file of a run's folder."""

    source: Path
    target: Path
    name: str
    sha256: str


def merge_grids(sources: Sequence[Path], into: Path) -> Merged:
    """Copy every finished file of the grids `sources` into the grid `into`, which may be new.

    Every file is checked against its hash before it is copied and nothing is copied before all were compared. The same
    command goes on after an interruption. Raises UsageError where a source is the target, StoreError where recipes or
    data differ, a file is damaged, or two stores have different files under one name.
    """
    sources = [runs.grid_folder(str(source)) for source in sources]
    if into.resolve() in [source.resolve() for source in sources]:
        raise UsageError(f"{into} is merged into itself; leave it out, or give another --into")
    table = _table(sources, into)
    files = _files(sources, into)
    store.write_text(into / GRID_TOML, toml_text(table))
    new = [file for file in files if store.listed(file.target, file.name) is None]
    with progress(max(1, len(new)), "merge", "file") as bar:
        for file in new:
            store.publish(file.target, file.name, (file.source / file.name).read_bytes())
            bar.update(1)
    missing = [run for run in planned_runs(into) if store.listed(run.folder, runs.RUN_JSON) is None]
    return Merged(into, len(new), len(files) - len(new), tuple(missing))


def _table(sources: Sequence[Path], into: Path) -> dict[str, Any]:
    """One grid.toml of all; StoreError where they are not the same training."""
    places = [place for place in (into, *sources) if (place / GRID_TOML).exists()]
    table = read_toml(places[0] / GRID_TOML)
    for place in places[1:]:
        table = merged_tables(table, read_toml(place / GRID_TOML), places[0] / GRID_TOML)
    return table


def _files(sources: Sequence[Path], into: Path) -> list[_File]:
    """Each finished file once, verified; StoreError naming the first of those that differ between two stores."""
    found: dict[Path, _File] = {}
    differing: list[tuple[_File, Path]] = []
    for source in (into, *sources):
        for file in _of_grid(source, into):
            first = found.setdefault(file.target / file.name, file)
            if first.sha256 != file.sha256:
                differing.append((first, file.source / file.name))
    if differing:
        first, other = differing[0]
        raise StoreError(
            f"{len(differing)} files differ, first {first.source / first.name} (SHA-256 {first.sha256[:12]}) and "
            f"{other}; a run that was trained twice has two run.json: delete its folder in one of the stores"
        )
    return sorted(found.values(), key=lambda file: (file.target, file.name in LAST, file.name))


def _of_grid(grid: Path, into: Path) -> Iterator[_File]:
    for folder in sorted(grid.glob("*/seed*")):
        if store.names(folder) and store.listed(folder, runs.RUN_JSON) is None:
            say(f"{folder}: not trained to its end, left out")
            continue
        for name in store.names(folder):
            store.verified(folder, name)
            entry = store.listed(folder, name)
            assert entry is not None
            yield _File(folder, into / folder.relative_to(grid), name, entry["sha256"])
