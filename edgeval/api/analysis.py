"""`analyze`: how errors, classes and calibration change with size, and the size to ship."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import PathLike, Saved, flat, frame, html, path_or_none
from edgeval.errors import UsageError

if TYPE_CHECKING:
    import pandas

    from edgeval.analysis.ship import Floors
    from edgeval.documents.analysis import AnalysisDocument, Choice, Offer


@dataclass(frozen=True)
class Analysis:
    """What a family of sizes does. `document` is analysis.json; `folder` is where `save()` writes."""

    document: AnalysisDocument = field(repr=False)
    folder: Path

    @property
    def models(self) -> list[Offer]:
        """One row per size: accuracy, cost, and whether another size is at least as good for less."""
        return list(self.document["frontier"]["models"])

    @property
    def size_to_ship(self) -> Choice | None:
        """The smallest size that meets the floors, and why each smaller one does not; None where none were given."""
        return self.document["size_to_ship"]

    @property
    def warnings(self) -> list[str]:
        return list(self.document["warnings"])

    def to_frame(self) -> pandas.DataFrame:
        """One line per size."""
        return frame(map(flat, self.models))

    def save(self, folder: PathLike | None = None) -> Saved:
        """Write analysis.json, analysis.md and the page of all that lies in the folder."""
        from edgeval.report.write import write_analysis
        from edgeval.turns import report_turn

        place = self.folder if folder is None else Path(folder)
        with report_turn(place):
            return Saved(write_analysis(self.document, place))

    def __str__(self) -> str:
        choice = self.size_to_ship
        if choice is None:
            return f"{self.document['source']['name']}: {len(self.models)} sizes"
        return f"size to ship: {choice['model'] or 'no size meets these floors'}"

    def _repr_html_(self) -> str:
        from edgeval.report.parts.analysis import analysis_parts
        from edgeval.report.parts.ship import ship_part

        return html([ship_part(self.document), *analysis_parts(self.document)])


def analyze(
    grid: str | None = None,
    *,
    table: PathLike | None = None,
    target: str | None = None,
    engine: str = "builtin",
    data_dir: PathLike | None = None,
    measure_rank: bool = False,
    min_accuracy: float | None = None,
    min_class_accuracy: float | None = None,
    max_ece: float | None = None,
    max_latency_ms: float | None = None,
    max_ram_kib: float | None = None,
    max_flash_kib: float | None = None,
) -> Analysis:
    """Analyse the finished predictions of a grid, or a CSV `table` of family, size, params, accuracy.

    The floors say which size may ship: accuracies in percent, `max_ece` as a fraction; latency, RAM and flash need a
    `target`. With `measure_rank` the float networks run once for the stable rank of their activations.
    Raises UsageError unless a grid or a table is given, StoreError or DataError where it cannot be read.
    """
    from edgeval.analysis.analyze import analyze as analysed

    floors = _floors(min_accuracy, min_class_accuracy, max_ece, max_latency_ms, max_ram_kib, max_flash_kib)
    if measure_rank:
        _measure_rank(grid, path_or_none(data_dir))
    return Analysis(*analysed(grid, path_or_none(table), floors, target, path_or_none(data_dir), engine))


def _measure_rank(grid: str | None, data_dir: Path | None) -> None:
    from edgeval.evaluation.activation_rank import measure_ranks
    from edgeval.runs import grid_folder

    if grid is None:
        raise UsageError("--measure-rank runs the networks of a grid; name it with --grid")
    measure_ranks(grid_folder(grid), data_dir)


def _floors(
    accuracy: float | None,
    class_accuracy: float | None,
    ece: float | None,
    latency_ms: float | None,
    ram_kib: float | None,
    flash_kib: float | None,
) -> Floors:
    from edgeval.analysis.ship import Floors

    for name, percent in (("--min-accuracy", accuracy), ("--min-class-accuracy", class_accuracy)):
        if percent is not None and not 1 < percent <= 100:
            raise UsageError(f"{name} is {percent:g}, expected percent above 1 and up to 100, for example 70")
    if ece is not None and not 0 < ece < 1:
        raise UsageError(f"--max-ece is {ece:g}, expected a fraction between 0 and 1, for example 0.05")
    limits = {"--max-latency-ms": latency_ms, "--max-ram-kib": ram_kib, "--max-flash-kib": flash_kib}
    for name, limit in limits.items():
        if limit is not None and not limit > 0:
            raise UsageError(f"{name} is {limit:g}, expected a number above 0")
    return Floors(
        min_accuracy=None if accuracy is None else accuracy / 100,
        min_class_accuracy=None if class_accuracy is None else class_accuracy / 100,
        max_ece=ece,
        max_latency_ms=latency_ms,
        max_ram_bytes=_bytes(ram_kib),
        max_flash_bytes=_bytes(flash_kib),
    )


def _bytes(kib: float | None) -> int | None:
    return None if kib is None else round(kib * 1024)
