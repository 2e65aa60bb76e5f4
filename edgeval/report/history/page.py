"""The page of a history: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from edgeval import __version__
from edgeval.documents.history import HistoryLine
from edgeval.report.environment import TEMPLATES, environment, printable
from edgeval.report.figures.drawing import Figure
from edgeval.report.history.figures import trend_figures, worst_classes
from edgeval.report.history.series import Series, failed_classes, series_of, short_commit
from edgeval.report.page import SIGNS
from edgeval.report.tables.gate import status
from edgeval.report.tables.table import CLASS, Cell, Column, Table, change, name, share, words
from edgeval.report.words.comparison import Verdict
from edgeval.report.words.numbers import listed, plural

WORDS = {"pass": "Pass", "fail": "Fail", "incomplete": "Incomplete"}
NEWEST = 10  # regressions that the page begins with
STATUSES = {"pass": "pass", "fail": "fail", "incomplete": "missing"}  # of a verdict as a check's
IsThere = Callable[[HistoryLine], bool]  # whether the report of a line still is of that comparison


@dataclass(frozen=True)
class ModelPart:
    """One model on the page."""

    heading: str
    figures: list[Figure]
    classes: Table


def history_page(lines: Sequence[HistoryLine], title: str, is_there: IsThere) -> str:
    """Trends, regressions and all comparisons; equal lines give equal text. At least one line."""
    from markupsafe import Markup

    parts = [_part(series, number) for number, series in enumerate(series_of(lines))]
    verdict, newest = _verdict(lines), list(reversed(lines))
    failed = [line for line in newest if line["verdict"] == "fail"]
    page = (
        environment()
        .get_template("history.html")
        .render(
            title=title,
            verdict=verdict,
            sign=SIGNS[verdict.state],
            acknowledged=_acknowledged(lines[-1]),
            regressions=_comparisons("regressions", failed[:NEWEST], is_there),
            more=len(failed) - NEWEST,
            comparisons=_comparisons("comparisons", newest, is_there),
            parts=parts,
            edgeval=__version__,
            style=Markup((TEMPLATES / "style.css").read_text()),
            script=Markup((TEMPLATES / "script.js").read_text()),
        )
    )
    return printable(page)


def _verdict(lines: Sequence[HistoryLine]) -> Verdict:
    last = lines[-1]
    failed = [line for line in lines if line["verdict"] == "fail"]
    unknown = sum(line["verdict"] == "incomplete" for line in lines)
    state = "pass" if last["verdict"] == "pass" else "fail"
    texts = [
        f"The last comparison, {short_commit(last)} of {last['time'][:10]}: {WORDS[last['verdict']].lower()}."
    ]
    texts.append(
        f"{plural(len(failed), 'regression')} in {plural(len(lines), 'comparison')}"
        + (f", the last one at {short_commit(failed[-1])} ({failed[-1]['time'][:10]})." if failed else ".")
    )
    if unknown:
        texts.append(f"{unknown} could not be judged.")
    span = f"{lines[0]['time'][:10]} to {last['time'][:10]}"
    return Verdict(state, WORDS[last["verdict"]], " ".join(texts), span)


def _acknowledged(line: HistoryLine) -> list[str]:
    return [
        f"Class '{row['class']}' is acknowledged until {row['until']}: {row['reason']}"
        if row["active"]
        else f"The acknowledgement of class '{row['class']}' ended on {row['until']}: {row['reason']}"
        for row in line["acknowledged"]
    ]


def _part(series: Series, number: int) -> ModelPart:
    return ModelPart(
        f"{series.model} {series.stage} on {series.dataset}",
        trend_figures(series, number),
        _classes(series, number),
    )


def _classes(series: Series, number: int) -> Table:
    columns = (
        CLASS,
        words("last status"),
        Column("first", unit="%"),
        Column("last", unit="%"),
        Column("change", "from the first comparison to the last", "points"),
        Column("lowest", unit="%"),
        Column("failed", "comparisons in which it failed"),
    )
    rows = []
    for one in worst_classes(series):
        known = [value for point in series.points if (value := point.class_accuracy(one)) is not None]
        if not known:
            continue
        failures = sum(point.class_status(one) == "fail" for point in series.points)
        rows.append(
            (
                name(one),
                status(series.points[-1].class_status(one)),
                share(known[0]),
                share(known[-1]),
                change(100 * (known[-1] - known[0])),
                share(min(known)),
                Cell(str(failures), failures, "bad" if failures else ""),
            )
        )
    return Table(f"classes-{number}", columns, tuple(rows))


def _comparisons(id: str, lines: Sequence[HistoryLine], is_there: IsThere) -> Table:
    columns = (
        words("commit"),
        words("verdict"),
        words("time", "UTC"),
        words("report", "a link where the folder still holds this comparison"),
        words("what failed"),
    )
    rows = []
    for line in lines:
        text, _, tone = (cell := status(STATUSES[line["verdict"]])).text, cell.value, cell.tone
        recorded = " (recorded only)" if line["record_only"] and line["verdict"] == "fail" else ""
        href = quote(line["page"], safe="/") if line["page"] and is_there(line) else ""
        rows.append(
            (
                name(short_commit(line)),
                Cell(text + recorded, line["verdict"], tone),
                name(line["time"].replace("T", " ").removesuffix("Z")),
                Cell(line["report"], line["report"], href=href),
                name(what_failed(line)),
            )
        )
    return Table(id, columns, tuple(rows))


def what_failed(line: HistoryLine) -> str:
    """Rules and classes in short; empty for a pass."""
    if line["verdict"] == "incomplete":
        return listed(list(line["reasons"]), 1)
    failed = [check for check in line["checks"] if check["status"] == "fail"]
    rules = dict.fromkeys(
        check["rule"] + (" since the anchor" if check["against"] == "anchor" else "") for check in failed
    )
    classes = failed_classes(line)
    return "; ".join(rules) + (f": {listed(classes)}" if classes else "")
