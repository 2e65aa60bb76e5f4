"""Which folder a report's name means, and its page in the user's browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from pathlib import Path

from edgeval.errors import StoreError, UsageError
from edgeval.store import MANIFEST

REPORTS = Path("reports")


def report_folder(name: str | None) -> Path:
    """The folder of a report given by path or by name in reports/; without one the only one there.

    Raises StoreError where it does not exist, UsageError where none is named and there is a choice.
    """
    if name is not None:
        for folder in (Path(name), REPORTS / name):
            if folder.is_dir():
                return folder
        raise StoreError(
            f"no report '{name}' (no such folder here or in {REPORTS}); run edgeval compare first"
        )
    found = sorted(path.parent for path in REPORTS.glob(f"*/{MANIFEST}"))
    if not found:
        raise UsageError(f"no report in {REPORTS}; run edgeval compare first, or name the folder of one")
    if len(found) > 1:
        raise UsageError(f"{REPORTS} has several reports; name one: {', '.join(path.name for path in found)}")
    return found[0]


def open_in_browser(page: Path) -> bool:
    """Open a page in the user's browser; False where there is none, as on a server without a display."""
    graphical = (
        sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    return bool(graphical) and webbrowser.open(page.resolve().as_uri())
