"""The tables of docs/GATE.md, read for comparison with simulations."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "GATE.md"


def documented(first_column: str) -> dict[tuple[str, ...], list[float]]:
    """The rows of the table of the page whose header starts with this column."""
    lines = PAGE.read_text().splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {first_column} |"))
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        rows[tuple(cells[:2])] = [float(cell) for cell in cells[2:]]
    return rows
