"""Tables and figures in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

DASH = "–"


def table(
    heading: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int] = (0,)
) -> Iterator[str]:
    yield _row(heading)
    yield "|" + "|".join(":---" if index in words else "---:" for index, _ in enumerate(heading)) + "|"
    yield from (_row(row) for row in rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell if cell == "**no**" else escaped(cell) for cell in cells) + " |"


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, also inside a table; `@name` notifies nobody on GitHub."""
    plain = re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).replace("&", "&amp;")
    return re.sub(r"([\\`*_|<>\[\]#~$])", r"\\\1", plain).replace("@", "@&#8203;")


def number(value: float | None, std: float | None = None, digits: int = 3) -> str:
    if value is None:
        return DASH
    return f"{value:.{digits}f}" + ("" if std is None else f" ± {std:.{digits}f}")


def percent(value: float | None) -> str:
    return DASH if value is None else f"{100 * value:.1f}"


def interval(bounds: Sequence[float] | None) -> str:
    return DASH if bounds is None else f"{bounds[0]:.3f} to {bounds[1]:.3f}"
