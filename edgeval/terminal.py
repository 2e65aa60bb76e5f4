"""What reaches standard output and standard error: the one place where text is made safe for terminals and CI.

Names of classes, models and files come from strangers. A line break in one must not start a line that a CI reads as a
command (`::error::` at a line's start, `##[error]` anywhere: GitHub's runner takes both, from both streams), and no
control character may reach a terminal.
"""

from __future__ import annotations

import re

import click

# C0 but tab, DEL, C1, line and paragraph separators, and what turns the direction of text
CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OLD_COMMAND = "##["


def safe(text: str) -> str:
    """The text with harmless lines: control characters escaped, nothing that a CI reads as a command."""
    return "\n".join(map(safe_line, text.split("\n")))


def safe_line(text: str) -> str:
    """The same as one line: line breaks are escaped too."""
    shown = CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
    shown = shown.replace(OLD_COMMAND, "## [")
    return re.sub(r"^(\s*):(?=:)", r"\1: ", shown)


def tell(text: str) -> None:
    """Print text on standard output."""
    click.echo(safe(text))


def tell_json(text: str) -> None:
    """Print a JSON document on standard output. JSON escapes line breaks; `##[` can only be inside of a string."""
    click.echo(text.removesuffix("\n").replace(OLD_COMMAND, "#\\u0023["))
