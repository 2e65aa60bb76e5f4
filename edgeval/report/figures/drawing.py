"""How every figure of a report is drawn: one style, one palette, SVG text with the same bytes every time."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

# Okabe and Ito's palette, told apart without colour vision and in grey; never the only mark of a series.
BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E69F00",
    "#CC79A7",
    "#56B4E9",
)
GREY, INK = "#6b7280", "#1f2937"
SERIES = tuple(zip((BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY), "osD^vP", strict=True))
WIDTH, HEIGHT = 4.7, 3.6  # inches: readable when shrunk to a phone's 358 pixels

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "edgeval",
    "text.parse_math": False,  # class names may hold a dollar sign
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "lines.linewidth": 1.6,
    "lines.markersize": 6,
    "figure.facecolor": "white",
}

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for one at the start of a field


@dataclass(frozen=True)
class Figure:
    """A finished figure. `alt` says in words what it shows, `csv` holds the numbers that are drawn.

    `paper` names the figure of the paper that this one is for the user's own models.
    """

    id: str
    title: str
    caption: str
    alt: str
    svg: str
    csv: str
    wide: bool = False
    paper: str = ""


@contextmanager
def canvas(width: float = WIDTH, height: float = HEIGHT) -> Iterator[tuple[Canvas, Axes]]:
    """A matplotlib figure with one pair of axes in the report's style; draw and call `svg_text` inside."""
    with panels(1, width, height) as (figure, (axes,)):
        yield figure, axes


@contextmanager
def panels(count: int, width: float, height: float) -> Iterator[tuple[Canvas, list[Axes]]]:
    """The same with up to two pairs of axes beside each other, as many rows as it takes, and common scales."""
    import matplotlib
    from matplotlib.figure import Figure as MatplotlibFigure

    columns = min(count, 2)
    with matplotlib.rc_context(STYLE):
        figure = MatplotlibFigure(figsize=(width, height), layout="constrained")
        rows = -(-count // columns)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
        for unused in grid[count:]:
            unused.remove()
        for lowest in grid[max(0, count - columns) : count]:
            lowest.tick_params(labelbottom=True)
        yield figure, list(grid[:count])


def svg_text(figure: Canvas, prefix: str) -> str:
    """The figure as an SVG element that may stand in a page beside others; equal figures give equal text."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = io.StringIO()
    # Not savefig, which lays the figure out and draws it twice, to the same bytes.
    FigureCanvasSVG(figure).print_svg(
        buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    return _scoped(_sized(text), prefix).strip()


def _sized(text: str) -> str:
    """Width and height become the page's business: the view box keeps the shape, --points the size of the letters."""
    size = r'<svg ([^>]*?)width="([\d.]+)pt"([^>]*?)height="[\d.]+pt"'
    return re.sub(size, r'<svg style="--points: \2" \1\3', text, count=1)


def _scoped(text: str, prefix: str) -> str:
    """All ids with a prefix, because every figure of matplotlib numbers its parts from one."""
    text = re.sub(r'\bid="', f'id="{prefix}-', text)
    text = re.sub(r'href="#', f'href="#{prefix}-', text)
    return re.sub(r"url\(#", f"url(#{prefix}-", text)


def csv_text(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """RFC 4180; a missing number is an empty field, and no text is a spreadsheet's formula."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([map(_field, row) for row in (header, *rows)])
    return buffer.getvalue()


def _field(value: Any) -> Any:
    """A field; a text that a spreadsheet would compute gets an apostrophe, which it shows as text (OWASP)."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def short_count(value: float, _: float | None = None) -> str:
    """22k, 1.2M: also a matplotlib tick formatter."""
    for unit, size in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def parameter_axis(axes: Axes, label: str = "parameters") -> None:
    """A logarithmic x axis with ticks like 20k and 1M."""
    from matplotlib.ticker import LogLocator, NullFormatter

    axes.set_xscale("log")
    axes.set_xlabel(label)
    low, high = axes.get_xlim()
    subs = (1.0, 2.0, 5.0) if high / low < 200 else (1.0,)
    axes.xaxis.set_major_locator(LogLocator(subs=subs))
    axes.xaxis.set_major_formatter(short_count)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(low, high)


def legend_below(axes: Axes, handles: Sequence[Any] | None = None) -> None:
    """A legend under the axes, where it hides no point."""
    found = axes.get_legend_handles_labels()[0] if handles is None else handles
    axes.figure.legend(handles=found, loc="outside lower center", ncols=2)
