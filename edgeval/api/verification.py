"""`verify`: recompute a report from its evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import Document, PathLike, frame, path_or_none

if TYPE_CHECKING:
    import pandas

    from edgeval.evidence.verify import Problem, Verification

SHOWN = 20


@dataclass(frozen=True)
class Verified:
    """What recomputing a report found; `found` has every problem and the seal."""

    folder: Path
    found: Verification = field(repr=False)

    @property
    def verified(self) -> bool:
        """Whether everything matches. A regression that is stored as one is verified all the same."""
        return self.found.verified

    @property
    def passed(self) -> bool | None:
        """The gate's verdict as recomputed; None where it could not be."""
        return self.found.passed

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.found.problems

    @property
    def seal(self) -> str:
        """SHA-256 of evidence.json, which ties all the rest."""
        return self.found.seal

    @property
    def document(self) -> Document:
        """What `edgeval verify --json` prints."""
        from edgeval.evidence.verify import verification_document

        return verification_document(self.found)

    def to_frame(self) -> pandas.DataFrame:
        """One line per problem."""
        return frame(map(asdict, self.problems))

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        """Problems, notes, and whether it is verified."""
        problems = self.problems
        yield from (problem.message for problem in problems[:SHOWN])
        if len(problems) > SHOWN:
            yield f"{len(problems) - SHOWN} more differences; --json has all"
        yield from (f"note: {note}" for note in self.found.notes)
        if self.verified:
            verdict = "pass" if self.passed else "regression"
            yield (
                f"verified: {self.found.figures} values of compare.json and the verdict ({verdict}), seal {self.seal}"
            )
        else:
            yield f"not verified: {len(problems)} differences in {self.folder}"


def verify(
    folder: PathLike, *, seal: str | None = None, dataset: str | None = None, data_dir: PathLike | None = None
) -> Verified:
    """Check every file of a report folder by its hash, recompute every figure and the verdict.

    `seal` is the SHA-256 that the evidence must have; with `dataset` the labels are checked too. Raises StoreError
    where there is no finished evidence.
    """
    from edgeval.data import load_dataset
    from edgeval.evidence.verify import verify as recomputed
    from edgeval.turns import report_reading

    data = None if dataset is None else load_dataset(dataset, path_or_none(data_dir))
    with report_reading(Path(folder)):
        return Verified(Path(folder), recomputed(Path(folder), seal, data))
