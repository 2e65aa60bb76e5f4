"""`render_report`: the page of a report folder, made again from its documents."""

from __future__ import annotations

from pathlib import Path

from edgeval.api.results import PathLike


def render_report(folder: PathLike | None = None) -> Path:
    """Write report.html of a folder, or of its name in reports/ (default: the only one there); returns its path.

    Raises StoreError where the folder has neither a comparison nor an analysis, or one was changed.
    """
    from edgeval.report.folder import report_folder
    from edgeval.report.write import render_folder
    from edgeval.turns import report_turn

    place = report_folder(None if folder is None else str(folder))
    with report_turn(place):
        return render_folder(place)
