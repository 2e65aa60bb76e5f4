"""`edgeval baseline`."""

from __future__ import annotations

from pathlib import Path

import click

from edgeval.commands import options
from edgeval.commands.output import tell_rows
from edgeval.terminal import tell

DEFAULT = Path("reports/baseline.json")


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
@click.option("--file", type=options.PATH, default=DEFAULT, show_default=True, help="Where to write it.")
@click.option(
    "--anchor", is_flag=True, help="Write the anchor instead: gate.toml's, else anchor.json beside FILE."
)
@click.option("--replace", is_flag=True, help="With --anchor: move an anchor that is there.")
def accept(source: str | None, file: Path, anchor: bool, replace: bool) -> None:
    """Write the deployed stage of every model of SOURCE, a report folder or a grid, as the baseline.

    A model with one seed keeps the spread of seeds that the file before had: accept several seeds once, and later
    networks of one seed are judged by how far those lay apart.

    The anchor is the state that was released. It stays while the baseline moves with each accepted change, and every
    comparison is judged by both, so that a class that sinks a little with each change is seen.

    \b
    Examples:
      edgeval baseline accept
      edgeval baseline accept reports/demo --file ci/baseline.json
      edgeval baseline accept reports/release --anchor
      edgeval baseline accept reports/next-release --anchor --replace
    """
    from edgeval.api.baseline import accept_baseline
    from edgeval.progress import say

    made = accept_baseline(source, file, anchor=anchor, replace=replace)
    entries, dataset = len(made.document["entries"]), made.document["dataset"]["name"]
    say(f"accepted {made.name}: {entries} entries on {dataset} in {made.file}")


@command.command()
@click.argument("file", type=options.PATH, default=DEFAULT)
@options.as_json("Print it as JSON.")
def show(file: Path, as_json: bool) -> None:
    """Show what FILE holds: models, stages, seeds, accuracy and the worst classes."""
    from edgeval.api.baseline import read_baseline

    found = read_baseline(file)
    if as_json:
        hashes = {"sha256": found.content.sha256, "dataset_sha256": found.content.dataset.sha256}
        tell_rows({**hashes, "models": found.models})
    else:
        tell(str(found))


@command.command()
@click.argument("new")
@click.option("--file", type=options.PATH, default=DEFAULT, show_default=True, help="The accepted baseline.")
@options.as_json("Print it as JSON.")
def diff(new: str, file: Path, as_json: bool) -> None:
    """Say what changed from the baseline to NEW: another baseline file, a report folder or a grid.

    It gives no verdict; edgeval compare --baseline does.
    """
    from edgeval.api.baseline import changes_in_words, read_baseline

    rows = read_baseline(file).changes(new)
    if as_json:
        tell_rows({"models": rows})
    elif rows:
        tell("\n".join(map(changes_in_words, rows)))


@command.command()
@click.argument("file", type=options.PATH, default=DEFAULT)
@click.option("--model", help="Only this model (default: all with two seeds or more).")
def limits(file: Path, model: str | None) -> None:
    """Print rules for gate.toml whose allowances come from the spread of the baseline's seeds."""
    from edgeval.api.baseline import read_baseline

    tell(read_baseline(file).limits(model).removesuffix("\n"))
