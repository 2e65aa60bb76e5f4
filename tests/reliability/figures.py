"""The tables of docs/RELIABILITY.md, added up from the log: `python -m tests.reliability.figures` writes them there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.reliability.log import ROOT, entries

PAGE = ROOT / "docs" / "RELIABILITY.md"
BEFORE_THE_LOG = {  # docs/FUZZING.md, 20 minutes each
    "libfuzzer model_reader": (501_102, 1200.0),
    "libfuzzer session": (911_192, 1200.0),
    "libfuzzer frame_decoder": (781_427, 1200.0),
}
Row = dict[str, Any]
LINE_NUMBERS = ("inferences", "lost", "damaged", "doubled", "errors")


def main() -> None:
    """Write the tables into the page."""
    PAGE.write_text(with_tables(PAGE.read_text(), entries()))


def with_tables(page: str, rows: list[Row]) -> str:
    """The page with each part between `<!-- NAME -->` and `<!-- end -->` made again."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", "<!-- end -->"
        before, _, rest = page.partition(begin)
        page = before + begin + table(rows) + end + rest.partition(end)[2]
    return page


def _of(rows: Iterable[Row], start: str) -> list[Row]:
    return [row for row in rows if row["campaign"].startswith(start)]


def _sums(rows: Iterable[Row], title: str, count: str) -> str:
    """A line a campaign: how many, how long, how many failed; what was counted before the log is added."""
    lines = [f"| {title} | {count} | hours | failed |", "| --- | ---: | ---: | ---: |"]
    rows = list(rows)
    for campaign in dict.fromkeys(row["campaign"] for row in rows):
        own = _of(rows, campaign)
        earlier, earlier_s = BEFORE_THE_LOG.get(campaign, (0, 0.0))
        number, seconds = (
            earlier + sum(row["n"] for row in own),
            earlier_s + sum(row["seconds"] for row in own),
        )
        failed = sum(row["failed"] for row in own)
        lines.append(f"| {campaign.split()[-1]} | {number:,} | {seconds / 3600:.2f} | {failed} |")
    return "\n".join(lines) + "\n"


def _counted(rows: Iterable[Row], key: str) -> dict[str, int]:
    """The counts of one detail, added over entries."""
    found: dict[str, int] = {}
    for row in rows:
        for name, count in row["details"].get(key, {}).items():
            found[name] = found.get(name, 0) + count
    return found


def _kills(rows: list[Row]) -> str:
    own = _of(rows, "kills")
    if not own:
        return "Nothing is in the log yet.\n"
    compared = sum(row["details"]["comparisons"] for row in own)
    lines = [
        f"{sum(row['n'] for row in own):,} kills, {compared:,} comparisons of all files, "
        f"{sum(row['failed'] for row in own)} failures, {sum(row['seconds'] for row in own) / 3600:.2f} hours.",
        "",
        "| command | kills |",
        "| --- | ---: |",
        *(f"| {name} | {count} |" for name, count in sorted(_counted(own, "commands").items())),
        "",
        "| what was killed | kills |",
        "| --- | ---: |",
        *(f"| {name} | {count} |" for name, count in sorted(_counted(own, "modes").items())),
    ]
    return "\n".join(lines) + "\n"


def _faults(rows: list[Row]) -> str:
    lines = ["| command | calls | faults | failed |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {row['details']['step']} | {row['details']['calls']} | {row['n']} | {row['failed']} |"
        for row in _of(rows, "faults")
    ]
    return "\n".join(lines) + "\n"


def _crowds(rows: list[Row]) -> str:
    own = [row for row in rows if row["campaign"].endswith(" processes")]
    lines = ["| at once | rounds | failed |", "| --- | ---: | ---: |"]
    for campaign in sorted({row["campaign"] for row in own}):
        of_it = _of(own, campaign)
        lines.append(
            f"| {campaign} | {sum(row['n'] for row in of_it)} | {sum(row['failed'] for row in of_it)} |"
        )
    return "\n".join(lines) + "\n"


def _flips(rows: list[Row]) -> str:
    own = _of(rows, "flipped bits")
    lines = ["| outcome | models |", "| --- | ---: |"]
    lines += [f"| {name} | {count:,} |" for name, count in sorted(_counted(own, "outcomes").items())]
    return "\n".join([*lines, f"| all | {sum(row['n'] for row in own):,} |"]) + "\n"


def _lines(rows: list[Row]) -> str:
    header = "| line | requests | inferences | lost | damaged | doubled | errors | wrong answers |"
    lines = [header, "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for campaign in dict.fromkeys(row["campaign"] for row in _of(rows, "line ")):
        own = _of(rows, campaign)
        numbers = [
            sum(row["details"][key] for row in own)
            for key in ("inferences", "lost", "damaged", "doubled", "errors")
        ]
        values = [sum(row["n"] for row in own), *numbers, sum(row["failed"] for row in own)]
        lines.append(f"| {campaign.split()[-1]} | " + " | ".join(f"{value:,}" for value in values) + " |")
    return "\n".join(lines) + "\n"


TABLES: dict[str, Callable[[list[Row]], str]] = {
    "kills": _kills,
    "faults": _faults,
    "crowds": _crowds,
    "libfuzzer": lambda rows: _sums(_of(rows, "libfuzzer"), "target", "executions"),
    "atheris": lambda rows: _sums(_of(rows, "atheris"), "reader", "executions"),
    "flips": _flips,
    "lines": _lines,
}


if __name__ == "__main__":
    main()
