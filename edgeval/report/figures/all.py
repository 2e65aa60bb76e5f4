"""All figures of a report, by the section that shows them."""

from __future__ import annotations

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.robustness import RobustnessDocument
from edgeval.report.figures.analysis import analysis_figures, frontier_figure
from edgeval.report.figures.classes import change_figures, heatmap_figure
from edgeval.report.figures.device import arena_figures
from edgeval.report.figures.drawing import Figure
from edgeval.report.figures.reliability import reliability_figure
from edgeval.report.figures.robustness import robustness_figures
from edgeval.report.figures.sizes import size_figures
from edgeval.report.view import Sizes

SIZE_ORDER = ("error", "residuals", "local", "overlap", "heatmap", "gini", "extremes", "ece")  # the paper's


def report_figures(
    document: Sizes,
    analysis: AnalysisDocument | None = None,
    robustness: RobustnessDocument | None = None,
) -> dict[str, list[Figure]]:
    """The figures that a view (edgeval.report.view), an analysis and corrupted images have data for, by section."""
    sizes = [*size_figures(document), *_known(heatmap_figure(document))]
    return {
        "changes": list(change_figures(document)),
        "ship": _known(frontier_figure(analysis) if analysis else None),
        "device": arena_figures(document),
        "sizes": sorted(sizes, key=lambda figure: SIZE_ORDER.index(figure.id)),
        "more": [*_known(reliability_figure(document)), *(analysis_figures(analysis) if analysis else ())],
        "robustness": robustness_figures(robustness),
    }


def _known(figure: Figure | None) -> list[Figure]:
    return [figure] if figure else []
