"""`read_history`: every judged comparison, over time."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import PathLike, Row, flat, frame
from edgeval.errors import StoreError

if TYPE_CHECKING:
    import pandas

    from edgeval.documents.compare import ComparisonDocument
    from edgeval.documents.history import HistoryLine
    from edgeval.gate.policy import Policy
    from edgeval.history.places import Place

FILE = "history.jsonl"
NONE = "none"  # keeps no history


@dataclass(frozen=True)
class History:
    """The comparisons of a history, the oldest first (docs/CI.md). `source` is where they lie."""

    source: str
    lines: Sequence[HistoryLine] = field(repr=False)

    @property
    def page(self) -> Path:
        """Where the page goes unless told otherwise: beside the history; of a branch in reports/."""
        from edgeval.history.places import BRANCH

        return (Path("reports") if self.source.startswith(BRANCH) else _base(self.source)) / "history.html"

    def save(self, file: PathLike) -> Path:
        """Write the page; returns its path."""
        from edgeval import store
        from edgeval.report.history.page import history_page

        path = Path(file)
        title = f"History of {', '.join(dict.fromkeys(line['dataset']['name'] for line in self.lines))}"
        store.write_text(path, history_page(self._moved_to(path.parent), title, _is_there(path.parent)))
        return path

    def save_badge(self, file: PathLike) -> Path:
        """Write the last verdict and its day as an SVG; returns its path."""
        from edgeval import store
        from edgeval.report.history.outputs import badge_svg

        store.write_text(Path(file), badge_svg(self.lines[-1]))
        return Path(file)

    def save_tensorboard(self, folder: PathLike) -> Path:
        """Write TensorBoard's event files; ToolError where it is not installed."""
        from edgeval.history.sinks import write_tensorboard

        return write_tensorboard(self.lines, Path(folder))

    def benchmark(self) -> list[Row]:
        """The last comparison as github-action-benchmark's `customSmallerIsBetter`."""
        from edgeval.report.history.outputs import benchmark_entries

        return benchmark_entries(self.lines[-1])

    def to_frame(self) -> pandas.DataFrame:
        """One line a comparison, model and stage."""
        return frame(
            {**flat(line), "model": model["id"], "stage": stage, **flat(figures)}
            for line in self.lines
            for model in line["models"]
            for stage, figures in model["stages"].items()
        )

    def __str__(self) -> str:
        from edgeval.report.history.page import what_failed
        from edgeval.report.history.series import short_commit

        return "\n".join(
            " ".join([line["time"], f"{short_commit(line):<8}", f"{line['verdict']:<10}", line["report"],
                      what_failed(line)]).rstrip()
            for line in self.lines
        )  # fmt: skip

    def _moved_to(self, folder: Path) -> list[HistoryLine]:
        """The lines with their pages as seen from a folder."""
        return [
            {**line, "page": os.path.relpath(_base(self.source) / line["page"], folder).replace(os.sep, "/")}
            for line in self.lines
        ]


def _is_there(base: Path) -> Callable[[HistoryLine], bool]:
    """Whether the report's folder, as seen from `base`, still holds the comparison of a line."""
    from edgeval import store
    from edgeval.documents.files import COMPARE_JSON

    def there(line: HistoryLine) -> bool:
        folder = (base / line["page"]).parent
        try:
            entry = store.listed(folder, COMPARE_JSON) if folder.is_dir() else None
        except StoreError:
            return False
        return entry is not None and entry["sha256"] == line["compare_sha256"]

    return there


def read_history(source: str | None = None) -> History:
    """The history in a file, a folder or "branch:NAME" (default: gate.toml's, else reports/history.jsonl).

    Raises StoreError where there is none or a line is damaged.
    """
    from edgeval.gate.policy_file import find_policy
    from edgeval.history.places import read

    place = source or find_policy().history or str(Path("reports") / FILE)
    lines = read(place)
    if not lines:
        raise StoreError(f"{place} holds no comparison; edgeval compare adds one each time")
    return History(place, lines)


def history_place(asked: str | None, policy: Policy, folder: Path) -> Place | None:
    """As asked, gate.toml's place, else history.jsonl beside the report's folder; None where none is asked for."""
    from edgeval.history.places import Place

    named = asked or policy.history
    if named == NONE:
        return None
    return Place(named) if named else Place(str(folder.absolute().parent / FILE), asked=False)


def keep_line(place: Place, document: ComparisonDocument, folder: Path, page: Path, seal: str | None) -> None:
    """Append the line of a comparison that was just written to `folder`; StoreError where that was asked for and fails,
    else it is said: the verdict stands."""
    from edgeval.progress import say

    try:
        add_line(place.where, document, folder, page, seal)
    except StoreError as error:
        if place.asked:
            raise
        say(f"the history was not kept: {error}")


def add_line(place: str, document: ComparisonDocument, folder: Path, page: Path, seal: str | None) -> None:
    """Append the line of a comparison."""
    from datetime import UTC, datetime

    from edgeval import store
    from edgeval.history.git import current_commit
    from edgeval.history.line import Occasion, history_line
    from edgeval.history.places import append

    commit = current_commit(Path())
    occasion = Occasion(
        time=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        report=folder.resolve().name,
        page=os.path.relpath(page, _base(place)).replace(os.sep, "/"),
        seal=seal,
        commit=commit.sha,
        branch=commit.branch,
        dirty=commit.dirty,
    )
    append(place, history_line(document, store.sha256_bytes(store.json_bytes(document)), occasion))


def _base(place: str) -> Path:
    """The folder that the pages of a history are sought from."""
    from edgeval.history.places import BRANCH, SUFFIX

    if place.startswith(BRANCH):
        return Path()
    path = Path(place)
    return path.parent if path.suffix == SUFFIX or path.is_file() else path
