"""docs/RELIABILITY.md says what the log says. Reference: docs/reliability-log.jsonl, which the campaigns write."""

from __future__ import annotations

from tests.reliability.figures import PAGE, TABLES, with_tables
from tests.reliability.log import entries

FIELDS = {"date", "campaign", "command", "seed", "n", "failed", "seconds", "details", "versions"}


def test_the_page_has_the_logs_figures() -> None:
    page = PAGE.read_text()
    assert all(f"<!-- {name} -->" in page for name in TABLES)
    assert with_tables(page, entries()) == page, "run: python -m tests.reliability.figures"


def test_every_entry_says_how_it_was_made() -> None:
    rows = entries()
    assert rows and all(row.keys() == FIELDS for row in rows)
    assert all(row["n"] >= 0 and row["seconds"] >= 0 and row["versions"]["commit"] for row in rows)
