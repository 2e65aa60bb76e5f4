"""`edgeval baseline`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edgeval.terminal import tell, tell_json

if TYPE_CHECKING:
    from edgeval.gate.baseline import Baseline

DEFAULT = Path("reports/baseline.json")
FILE = click.Path(path_type=Path)


@click.group()
def command() -> None:
    """Accept a state of the models, so that later ones are judged by it.

    The file is small and made for git: one line per model, stage and seed with the accuracy and the packed answer to
    every sample. edgeval compare --baseline reports/baseline.json judges a candidate by it.

    \b
    Examples:
      edgeval baseline accept reports/demo
      edgeval baseline show
      edgeval baseline diff reports/demo
      edgeval baseline limits > gate.toml

    Exit codes: 0 done, 2 usage, input or tool error.
    """


@command.command()
@click.argument("source", required=False)
@click.option("--file", type=FILE, default=DEFAULT, show_default=True, help="Where to write it.")
def accept(source: str | None, file: Path) -> None:
    """Write the deployed stage of every model of SOURCE, a report folder or a grid, as the baseline.

    \b
    Examples:
      edgeval baseline accept
      edgeval baseline accept reports/demo --file ci/baseline.json
    """
    from edgeval import store
    from edgeval.evaluation.finished import finished
    from edgeval.gate.baseline import accepted, baseline_bytes
    from edgeval.progress import say

    found = finished(source)
    document = accepted(found.cases, found.settings.terms.policy.sha256)
    store.write_bytes(file, baseline_bytes(document))
    say(
        f"accepted {found.name}: {len(document['entries'])} entries on {document['dataset']['name']} in {file}"
    )


@command.command()
@click.argument("file", type=FILE, default=DEFAULT)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def show(file: Path, as_json: bool) -> None:
    """Show what FILE holds: models, stages, seeds, accuracy and the worst classes."""
    from edgeval.gate.baseline import read_baseline
    from edgeval.gate.baseline_changes import baseline_rows

    baseline = read_baseline(file)
    rows = baseline_rows(baseline)
    if as_json:
        _json({"sha256": baseline.sha256, "dataset_sha256": baseline.dataset.sha256, "models": rows})
        return
    tell(f"{file} ({baseline.sha256[:12]}): {baseline.dataset.name} ({baseline.dataset.sha256[:12]})")
    for row in rows:
        spread = "" if row["accuracy_std"] is None else f" ± {100 * row['accuracy_std']:.2f}"
        worst = ", ".join(f"{one['name']} {100 * one['accuracy']:.1f}" for one in row["worst_classes"])
        tell(
            f"  {row['model']:<20} {row['stage']:<9} {row['seeds']} seeds, {row['samples']} samples, "
            f"accuracy {100 * row['accuracy']:.2f}{spread} %, worst {worst}"
        )


@command.command()
@click.argument("new")
@click.option("--file", type=FILE, default=DEFAULT, show_default=True, help="The accepted baseline.")
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def diff(new: str, file: Path, as_json: bool) -> None:
    """Say what changed from the baseline to NEW: another baseline file, a report folder or a grid.

    It gives no verdict; edgeval compare --baseline does.
    """
    from edgeval.gate.baseline import read_baseline
    from edgeval.gate.baseline_changes import differences

    rows = differences(read_baseline(file), _baseline_of(new))
    if as_json:
        _json({"models": rows})
        return
    for row in rows:
        tell(f"  {row['model']:<20} {row['stage']:<9} {_in_words(row)}")


def _baseline_of(source: str) -> Baseline:
    """A baseline file, or what would be accepted from a report or grid."""
    from edgeval.evaluation.finished import finished
    from edgeval.gate.baseline import accepted, baseline_from_json, read_baseline

    if Path(source).is_file():
        return read_baseline(Path(source))
    found = finished(source)
    return baseline_from_json(accepted(found.cases, found.settings.terms.policy.sha256), found.name)


def _in_words(row: dict[str, Any]) -> str:
    if row["change"] in ("added", "removed", "equal"):
        return str(row["change"])
    labels = "" if row["labels_changed"] is None else f", {row['labels_changed']} labels changed"
    lost = ", ".join(f"{one['name']} -{one['points']:.1f}" for one in row["classes_lost"])
    return f"accuracy {100 * row['accuracy_before']:.2f} -> {100 * row['accuracy_after']:.2f} %{labels}" + (
        f"; lost most: {lost}" if lost else ""
    )


@command.command()
@click.argument("file", type=FILE, default=DEFAULT)
@click.option("--model", help="Only this model (default: all with two seeds or more).")
def limits(file: Path, model: str | None) -> None:
    """Print rules for gate.toml whose allowances come from the spread of the baseline's seeds."""
    from edgeval.gate.baseline import read_baseline
    from edgeval.gate.baseline_changes import proposed_limits

    tell(proposed_limits(read_baseline(file), model).removesuffix("\n"))


def _json(document: dict[str, Any]) -> None:
    from edgeval import store

    tell_json(store.json_bytes({"schema_version": store.SCHEMA_VERSION, **document}).decode())
