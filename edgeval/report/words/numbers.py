"""Numbers as a reader sees them. Every function takes None for "not known" and then gives a dash."""

from __future__ import annotations

from typing import Any

DASH = "–"
MINUS = "\N{MINUS SIGN}"


def percent(fraction: float | None, std: float | None = None) -> str:
    """0.589 as 58.9, with its spread as 58.9 ± 0.4; the unit stands in the heading."""
    if fraction is None:
        return DASH
    return f"{100 * fraction:.1f}" + ("" if std is None else f" ± {100 * std:.1f}")


def points(change: float | None) -> str:
    """A signed change in percentage points with a true minus sign; no sign where it rounds to zero."""
    if change is None:
        return DASH
    shown = f"{abs(change):.1f}"
    return shown if float(shown) == 0 else ("+" if change > 0 else MINUS) + shown


def told_apart(value: float, limit: float) -> str:
    """A number with one decimal, or as many as show on which side of the limit it is."""
    for digits in range(1, 9):
        shown = f"{value:.{digits}f}"
        if (float(shown) > limit) == (value > limit) and (float(shown) < limit) == (value < limit):
            return shown
    return f"{limit:g}"


def decimal(value: float | None, digits: int = 3, std: float | None = None) -> str:
    """A number with fixed digits and its spread; a true minus sign, and none where it rounds to zero."""
    if value is None:
        return DASH
    shown = f"{abs(value):.{digits}f}"
    sign = MINUS if value < 0 and float(shown) != 0 else ""
    return f"{sign}{shown}" + ("" if std is None else f" ± {std:.{digits}f}")


def count(value: int | None) -> str:
    """1234567 as 1,234,567."""
    return DASH if value is None else f"{value:,}"


def millions(value: int | None) -> str:
    """MACs in millions with three significant digits or better."""
    if value is None:
        return DASH
    return f"{value / 1e6:.2f}" if value < 10e6 else f"{value / 1e6:,.1f}"


def kib(value: int | None) -> str:
    """Bytes in KiB."""
    return DASH if value is None else f"{value / 1024:,.1f}"


def plural(number: int, one: str, many: str | None = None) -> str:
    """1 class, 2 classes."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(names: list[str], limit: int = 5) -> str:
    """a, b and c; or: a, b, c and 4 more."""
    shown = names[:limit]
    if len(names) > limit:
        return f"{', '.join(shown)} and {len(names) - limit} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else "none"


def known(values: list[Any]) -> bool:
    """Whether a column has anything to show."""
    return any(value is not None for value in values)
