"""The one Jinja environment of the report: every text is escaped, a missing value is an error."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.terminal import CONTROL

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """Renders the files of `templates/`."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def printable(html: str) -> str:
    """HTML without control characters other than line breaks."""
    return "\n".join(CONTROL.sub("\N{REPLACEMENT CHARACTER}", line) for line in html.split("\n"))
