"""`edgeval report`."""

from __future__ import annotations

import click


@click.command()
@click.argument("folder", required=False)
@click.option("--open", "open_page", is_flag=True, help="Open the page in the browser.")
def command(folder: str | None, open_page: bool) -> None:
    """Make report.html again from what lies in a report's folder, and open it.

    FOLDER is reports/NAME or its NAME (default: the one in reports/). A comparison, an analysis and corrupted
    images in one folder give one page.

    \b
    Examples:
      edgeval report --open
      edgeval report demo --open
      edgeval report reports/demo

    Exit codes: 0 done, 2 usage, input or tool error.
    """
    from edgeval.api.pages import render_report
    from edgeval.progress import say
    from edgeval.report.folder import open_in_browser

    page = render_report(folder)
    say(f"report: {page}")
    if open_page and not open_in_browser(page):
        say(
            f"no browser can be opened here; copy {page} to a machine that has one: it is one file and needs no other"
        )
