"""`robustness`: a grid on corrupted test images."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import Names, PathLike, Row, Saved, flat, frame, html, joined, path_or_none

if TYPE_CHECKING:
    import pandas

    from edgeval.documents.robustness import RobustnessDocument


@dataclass(frozen=True)
class Robustness:
    """What corruption costs each size and stage. `document` is robustness.json (docs/ROBUSTNESS.md)."""

    document: RobustnessDocument = field(repr=False)
    folder: Path

    @property
    def models(self) -> list[Row]:
        """One row per stage and size."""
        return [
            {"stage": entry["stage"], **model}
            for entry in self.document["stages"]
            for model in entry["models"]
        ]

    def to_frame(self) -> pandas.DataFrame:
        """One line per stage and size."""
        return frame(map(flat, self.models))

    def save(self, folder: PathLike | None = None) -> Saved:
        """Write robustness.json and robustness.md, and the page where there is something to show them beside."""
        from edgeval.report.write import write_robustness
        from edgeval.turns import report_turn

        place = self.folder if folder is None else Path(folder)
        with report_turn(place):
            return Saved(write_robustness(self.document, place))

    def __str__(self) -> str:
        from edgeval.report.words.robustness import class_verdicts, robustness_findings

        return "\n".join([*class_verdicts(self.document), *robustness_findings(self.document)])

    def _repr_html_(self) -> str:
        from edgeval.report.parts.robustness import robustness_part

        return html([robustness_part(self.document)])


def robustness(
    grid: str | None = None,
    *,
    corruptions: Names | None = None,
    severities: str | list[int] | None = None,
    stages: Names | None = None,
    samples: int | None = None,
    data_dir: PathLike | None = None,
    jobs: int | None = None,
    out: PathLike | None = None,
) -> Robustness:
    """Evaluate a trained and exported grid on corrupted test images; what is finished is read, not run again.

    Names as in docs/ROBUSTNESS.md, severities from 1 to 5, `samples` a class-balanced part of the test set. Raises
    UsageError for an unknown name, StoreError for runs that are not exported.
    """
    from edgeval import store
    from edgeval.evaluation import corrupted

    levels = severities if isinstance(severities, str) else joined([str(level) for level in severities or ()])
    request = corrupted.parse_request(
        grid,
        joined(corruptions),
        levels or corrupted.DEFAULT_SEVERITIES,
        joined(stages) or corrupted.DEFAULT_STAGES,
        samples=samples,
        data_dir=path_or_none(data_dir),
        jobs=jobs,
    )
    folder = path_or_none(out) or Path("reports") / Path(request.grid).name
    store.check_writable(folder)
    return Robustness(corrupted.measure_robustness(request), folder)
