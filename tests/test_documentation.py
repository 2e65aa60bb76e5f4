"""The documentation points at things that exist. Reference: the checkout itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "firmware" / "README.md"])
PATH = re.compile(r"`((?:edgeval|tests|firmware|docs|models|\.ci)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    gone = [name for name in targets if "://" not in name and not (page.parent / name).exists()]
    assert gone == []


def test_the_index_lists_every_page() -> None:
    index = (DOCS / "README.md").read_text()
    assert [page.name for page in DOCS.rglob("*.md") if f"({page.relative_to(DOCS)})" not in index] == [
        "README.md"
    ]


def test_the_guide_names_files_and_tests_that_exist() -> None:
    """Every path of CONTRIBUTING.md, and every test and constant that it says to copy or to change."""
    guide = (ROOT / "CONTRIBUTING.md").read_text()
    assert [path for path in PATH.findall(guide) if not (ROOT / path).exists()] == []
    sources = "".join(
        path.read_text() for folder in ("edgeval", "tests") for path in (ROOT / folder).rglob("*.py")
    )
    names = re.findall(r"`(test_\w+|[A-Z][A-Z_]{3,})`", guide)
    assert len(names) > 10
    assert [
        name for name in names if not re.search(rf"(def {name}\b|^{name}\b)", sources, re.MULTILINE)
    ] == []


def test_the_layout_shows_every_place_of_the_package() -> None:
    """Reference: the folders and modules of edgeval/."""
    layout = (DOCS / "DESIGN.md").read_text().partition("## The layout")[2].partition("## What it is for")[0]
    words = set(re.findall(r"[a-z_]+", "\n".join(re.findall(r"^    (.*)$", layout, re.MULTILINE))))
    places = {path.stem for path in (ROOT / "edgeval").glob("*.py")} - {"__init__", "__main__"}
    places |= {path.parent.name for path in (ROOT / "edgeval").glob("*/__init__.py")}
    assert sorted(places - words) == []
    assert [path for path in PATH.findall(layout) if not (ROOT / path).exists()] == []
