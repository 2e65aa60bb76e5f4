"""Parts of a report as a fragment of HTML, for the cell of a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from edgeval.report.blocks import Part
from edgeval.report.environment import environment, printable

ROWS = 30  # of a table; the rest is counted


def notebook_html(parts: Sequence[Part]) -> str:
    """The parts' sentences and tables, every text escaped; figures are left out, what stands beside them is not."""
    template = environment().get_template("notebook.html")
    return printable(template.render(parts=parts, limit=ROWS, kind_of=lambda block: type(block).__name__))
