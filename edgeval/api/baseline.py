"""`accept_baseline` and `read_baseline`: the accepted state of the models, by which later ones are judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import Document, PathLike, Row, flat, frame
from edgeval.errors import StoreError, UsageError

if TYPE_CHECKING:
    import pandas

    from edgeval.gate.baseline import Baseline

FILE = Path("reports") / "baseline.json"


@dataclass(frozen=True)
class AcceptedBaseline:
    """A baseline file: the deployed answers of every model to every sample. `name` is what was accepted."""

    file: Path
    content: Baseline = field(repr=False)
    name: str

    @property
    def document(self) -> Document:
        return self.content.document

    @property
    def models(self) -> list[Row]:
        """One row per model and stage: seeds, samples, accuracy, worst classes."""
        from edgeval.gate.baseline_changes import baseline_rows

        return baseline_rows(self.content)

    def changes(self, new: PathLike) -> list[Row]:
        """What changed from here to another baseline file, a report folder or a grid, by model and stage.

        It is no verdict; `compare(baseline=...)` gives one. DataError where the two are about different images.
        """
        from edgeval.gate.baseline_changes import differences

        return differences(self.content, _content_of(new))

    def limits(self, model: str | None = None) -> str:
        """Rules for gate.toml whose allowances come from the spread of the seeds; UsageError where there is none."""
        from edgeval.gate.baseline_changes import proposed_limits

        return proposed_limits(self.content, model)

    def to_frame(self) -> pandas.DataFrame:
        """One line per model and stage."""
        return frame(map(flat, self.models))

    def __str__(self) -> str:
        data = self.content.dataset
        head = f"{self.file} ({self.content.sha256[:12]}): {data.name} ({data.sha256[:12]})"
        return "\n".join([head, *map(_line, self.models)])


def accept_baseline(
    source: PathLike | None = None, file: PathLike = FILE, *, anchor: bool = False, replace: bool = False
) -> AcceptedBaseline:
    """Write the deployed stage of every model of a report folder or grid as the baseline `file`.

    Without a `source` it is the one grid's report. A model with one seed keeps the spread of seeds that the file had
    before. `anchor`: write the baseline that stays, gate.toml's or anchor.json beside `file`; one that is there is
    moved only with `replace`. Raises StoreError where nothing is finished, UsageError for an anchor that is there.
    """
    from edgeval import store
    from edgeval.evaluation.finished import finished
    from edgeval.gate.baseline import accepted, baseline_bytes, baseline_from_json

    if replace and not anchor:
        raise UsageError("replace moves an anchor; a baseline is replaced anyway")
    path = _anchor_file(Path(file), replace) if anchor else Path(file)
    found = finished(None if source is None else str(source))
    document = accepted(found.cases, found.settings.terms.policy.sha256, _previous(path))
    store.write_bytes(path, baseline_bytes(document))
    return AcceptedBaseline(path, baseline_from_json(document, path.name), found.name)


def read_baseline(file: PathLike = FILE) -> AcceptedBaseline:
    """The accepted state in a file; StoreError where it is missing, damaged or of another form."""
    from edgeval.gate.baseline import read_baseline as read

    path = Path(file)
    return AcceptedBaseline(path, read(path), path.name)


def changes_in_words(row: Row) -> str:
    """One of the rows of `changes` as a line of text."""
    return f"  {row['model']:<20} {row['stage']:<9} {_change(row)}"


def _anchor_file(beside: Path, replace: bool) -> Path:
    from edgeval.gate.baseline import ANCHOR_JSON
    from edgeval.gate.policy_file import find_policy

    path = find_policy().anchor or beside.with_name(ANCHOR_JSON)
    if path.is_file() and not replace:
        raise UsageError(
            f"{path} is the anchor already, and an anchor stays; to move it, at a release for instance, add --replace"
        )
    return path


def _previous(file: Path) -> Baseline | None:
    """What the file holds now; None where it is absent or unreadable, which is said."""
    from edgeval.gate.baseline import read_baseline as read
    from edgeval.progress import say

    if not file.is_file():
        return None
    try:
        return read(file)
    except StoreError as error:
        say(f"{error}; it is replaced, and the spread of seeds that it kept is lost")
        return None


def _content_of(source: PathLike) -> Baseline:
    """A baseline file, or what would be accepted from a report or grid."""
    from edgeval.evaluation.finished import finished
    from edgeval.gate.baseline import accepted, baseline_from_json, read_baseline as read

    if Path(source).is_file():
        return read(Path(source))
    found = finished(str(source))
    return baseline_from_json(accepted(found.cases, found.settings.terms.policy.sha256), found.name)


def _line(row: Row) -> str:
    spread = "" if row["accuracy_std"] is None else f" ± {100 * row['accuracy_std']:.2f}"
    worst = ", ".join(f"{one['name']} {100 * one['accuracy']:.1f}" for one in row["worst_classes"])
    return (
        f"  {row['model']:<20} {row['stage']:<9} {row['seeds']} seeds, {row['samples']} samples, "
        f"accuracy {100 * row['accuracy']:.2f}{spread} %, worst {worst}"
    )


def _change(row: Row) -> str:
    if row["change"] in ("added", "removed", "equal"):
        return str(row["change"])
    labels = "" if row["labels_changed"] is None else f", {row['labels_changed']} labels changed"
    lost = ", ".join(f"{one['name']} -{one['points']:.1f}" for one in row["classes_lost"])
    return f"accuracy {100 * row['accuracy_before']:.2f} -> {100 * row['accuracy_after']:.2f} %{labels}" + (
        f"; lost most: {lost}" if lost else ""
    )
