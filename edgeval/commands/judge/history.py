"""`edgeval history`."""

from __future__ import annotations

from pathlib import Path

import click

from edgeval.commands import options
from edgeval.terminal import tell

BENCHMARK, TENSORBOARD = "github-action-benchmark", "tensorboard"


@click.command()
@click.argument("source", required=False)
@click.option(
    "--out",
    type=options.PATH,
    help="The page (default: history.html beside the file), or TensorBoard's folder.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["page", BENCHMARK, TENSORBOARD]),
    default="page",
    show_default=True,
    help="github-action-benchmark: JSON of the last comparison for its customSmallerIsBetter, on standard output.",
)
@click.option("--badge", type=options.PATH, help="Write the last verdict and its day as an SVG, too.")
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
@options.as_json("Print all lines as JSON.")
def command(
    source: str | None, out: Path | None, form: str, badge: Path | None, open_page: bool, as_json: bool
) -> None:
    """Show every judged comparison over time: trends of models and classes, what the gate allows, regressions.

    edgeval compare adds a line for each comparison. SOURCE is where they lie: a file (*.jsonl), a folder with a file
    each, or branch:NAME, a branch of this repository (default: gate.toml's history, else reports/history.jsonl).

    \b
    Examples:
      edgeval history --open
      edgeval history branch:edgeval-history --out site/index.html --badge site/badge.svg
      edgeval history --format github-action-benchmark > benchmark.json
      edgeval history --format tensorboard --out runs/edgeval

    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.api.history import read_history
    from edgeval.commands.output import tell_rows
    from edgeval.progress import say
    from edgeval.report.folder import open_in_browser

    found = read_history(source)
    if badge is not None:
        say(f"badge: {found.save_badge(badge)}")
    if as_json:
        tell_rows({"lines": list(found.lines)})
    elif form == BENCHMARK:
        import json

        tell(json.dumps(found.benchmark(), indent=1))
    elif form == TENSORBOARD:
        say(f"TensorBoard: tensorboard --logdir {found.save_tensorboard(out or Path('runs') / 'edgeval')}")
    else:
        page = found.save(out or found.page)
        tell(str(found))
        say(f"history: {page}")
        if open_page and not open_in_browser(page):
            say(
                "no browser can be opened here; copy the page to a machine that has one: it needs no other file"
            )
