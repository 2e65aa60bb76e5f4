"""Which names a class may have: they become table cells, file contents and lines of a terminal and a CI log."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from edgeval.errors import DataError

LONGEST = 200  # characters
MOST = 100_000
# Control characters, halves of a character, and line and paragraph separators.
CATEGORIES = ("Cc", "Cs", "Zl", "Zp")
DIRECTIONS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # they turn the text after them round


def checked_names(names: Sequence[str], where: str) -> tuple[str, ...]:
    """The names themselves.

    DataError, with `where` in front, for a name that is empty, longer than LONGEST, cannot be shown as one line of
    text, or that two classes share; names that differ in blanks at their ends or in how an accent is written are
    shared too.
    """
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        problem = _problem(name)
        if problem:
            raise DataError(
                f"{where}: the name of class {index}, {name[:LONGEST]!a}, {problem}; give it another"
            )
        shown = unicodedata.normalize("NFC", name.strip())
        if shown in seen:
            raise DataError(
                f"{where}: classes {seen[shown]} and {index} have the same name, {name[:LONGEST]!a}; give each its own"
            )
        seen[shown] = index
    return tuple(names)


def numbered(count: int, where: str) -> tuple[str, ...]:
    """Names for classes that have none: 0, 1, ...; DataError for more than MOST, which is a label gone wrong."""
    if count > MOST:
        raise DataError(
            f"{where} has the label {count - 1}, at most {MOST:,} classes are numbered; check the labels"
        )
    return tuple(str(number) for number in range(count))


def _problem(name: str) -> str | None:
    if not name.strip():
        return "is empty"
    if len(name) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if any(unicodedata.category(sign) in CATEGORIES or sign in DIRECTIONS for sign in name):
        return "has characters that cannot be shown in one line of text"
    return None
