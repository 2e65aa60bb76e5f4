"""The picture of a pull request's comment: what each class lost or gained, with its interval and what is allowed."""

from __future__ import annotations

import io
from dataclasses import dataclass

from edgeval.documents.compare import ComparisonDocument
from edgeval.report.figures.drawing import BLUE, GREY, INK, ORANGE, VERMILLION, WIDTH, canvas
from edgeval.report.words.decision import deciding_check
from edgeval.report.words.numbers import points
from edgeval.terminal import safe_line

SHOWN = 12  # classes: those furthest beyond what they may lose
COLOURS = {"fail": VERMILLION, "warn": ORANGE}
WHOSE = {"baseline": " of the accepted baseline", "anchor": " of the anchor"}
CELLS, LONGEST_NAME = 41, 18  # characters of the text's picture


@dataclass(frozen=True)
class ClassRow:
    """A class in the picture; changes in points, negative is a loss. `low`, `high`: its 95 % interval, if known."""

    name: str
    status: str
    change: float
    allowed: float
    low: float | None
    high: float | None


def class_rows(document: ComparisonDocument) -> list[ClassRow]:
    """The classes of the check that decides, the worst first; none without such a check."""
    check = deciding_check(document)
    columns = check["classes"] if check else None
    if columns is None:
        return []
    rows = []
    intervals = columns.get("interval") or [None] * len(columns["name"])
    for name, status, seen, limit, interval in zip(
        columns["name"], columns["status"], columns["seen"], columns["limit"], intervals, strict=True
    ):
        if seen is not None:
            low, high = (None, None) if interval is None else (-interval[1], -interval[0])
            rows.append(ClassRow(name, status, 0.0 - seen, -(limit or 0.0), low, high))
    rows.sort(key=lambda row: (row.status not in COLOURS, row.change - row.allowed))
    return rows[:SHOWN]


def picture_title(document: ComparisonDocument) -> str:
    """What the picture is of."""
    check = deciding_check(document)
    if check is None:
        return ""
    owner = "" if check["baseline"] == check["model"] else f"{check['baseline']} "
    whose = WHOSE.get(check.get("against", ""), "")
    return f"{check['model']} {check['stage']} against {owner}{check['baseline_stage']}{whose}"


def picture_png(document: ComparisonDocument) -> bytes | None:
    """The picture as PNG of 150 dpi; None where no classes were judged."""
    rows = class_rows(document)
    if not rows:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with canvas(WIDTH * 1.25, 1.0 + 0.27 * len(rows)) as (figure, axes):
        for place, row in enumerate(rows):
            colour = COLOURS.get(row.status, BLUE)
            if row.low is not None and row.high is not None:
                axes.plot((row.low, row.high), (place, place), color=colour, lw=2, solid_capstyle="butt")
            axes.plot(
                row.change, place, "X" if row.status == "fail" else "o", color=colour, ms=7, mec="white"
            )
            axes.plot((row.allowed, row.allowed), (place - 0.38, place + 0.38), color=INK, lw=1.1, ls=":")
        axes.axvline(0, color=GREY, lw=0.9)
        axes.set_yticks(range(len(rows)), [safe_line(row.name) for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlabel("change of accuracy, points; 95 % interval; dotted: what may be lost; ✕ fails")
        axes.set_title(picture_title(document), loc="left")
        figure.set_dpi(150)
        buffer = io.BytesIO()
        FigureCanvasAgg(figure).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def picture_text(document: ComparisonDocument) -> list[str]:
    """The picture in letters of one width, for places that cannot show a file; empty where no classes were judged."""
    rows = class_rows(document)
    if not rows:
        return []
    ends = [
        value
        for row in rows
        for value in (row.change, row.allowed, row.low, row.high, 0.0)
        if value is not None
    ]
    low, high = min(ends), max(ends)
    width = min(LONGEST_NAME, max(len(_name(row)) for row in rows))
    scale = f"{points(low)}{points(high):>{CELLS - len(points(low))}}"
    head = f"{'':{width}}  {'points':>6}  {scale}"
    return [
        head,
        *(f"{_name(row):{width}}  {points(row.change):>6}  {_bar(row, low, high)}".rstrip() for row in rows),
    ]


def _name(row: ClassRow) -> str:
    text = safe_line(row.name).translate(str.maketrans("`<>@", "'‹›＠"))  # no fence, no tag, nobody called
    return text if len(text) <= LONGEST_NAME else text[: LONGEST_NAME - 1] + "…"


def _bar(row: ClassRow, low: float, high: float) -> str:
    span = (high - low) or 1.0

    def cell(value: float) -> int:
        return round((value - low) / span * (CELLS - 1))

    cells = [" "] * CELLS
    cells[cell(0.0)] = "│"
    if row.low is not None and row.high is not None:
        for place in range(cell(row.low), cell(row.high) + 1):
            cells[place] = "─"
    cells[cell(row.allowed)] = "┊"
    cells[cell(row.change)] = "✕" if row.status == "fail" else "●"
    return "".join(cells) + {"fail": " fails", "warn": " warns"}.get(row.status, "")
