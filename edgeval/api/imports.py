"""`import_predictions`: predictions that another tool made, for `compare(predictions=...)`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edgeval.api.results import PathLike, path_or_none

if TYPE_CHECKING:
    from edgeval.records import Predictions


@dataclass(frozen=True)
class Imported:
    """One imported file: the folder it was added to, and its predictions in the order of that folder's test set."""

    folder: Path
    model: str
    stage: str
    seed: int
    predictions: Predictions = field(repr=False)

    def __str__(self) -> str:
        made = self.predictions
        right = int((~made.errors).sum())
        scores = "no scores" if made.score_kind == "none" else made.score_kind
        return (
            f"{self.model} {self.stage} seed {self.seed}: {len(made.ids)} samples, "
            f"{len(made.provenance.dataset.classes)} classes, {right} right, {scores}"
        )


def import_predictions(
    file: PathLike,
    model: str,
    stage: str,
    *,
    seed: int = 0,
    tool: str = "imported",
    model_file: PathLike | None = None,
    classes: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    labels: PathLike | None = None,
    out: PathLike = "imported",
) -> Imported:
    """Add a CSV or npz file of predictions (docs/IMPORT.md) to the folder `out`.

    `classes` are the names in order, where the file does not have them; `columns` says what the file calls `id`,
    `label`, `top1` and `group`; `labels` has the true classes of a log of MLPerf Tiny's runner or of ST's
    network_val_io.npz. The first file of a folder sets ids, labels and classes. Raises DataError where the
    file is wrong or about other samples, UsageError for an unknown stage or a bad name.
    """
    from edgeval.imports.folder import Origin, Reading, import_predictions as add

    origin = Origin(model, stage, seed, tool, path_or_none(model_file))
    made = add(Path(file), Path(out), origin, Reading(columns or {}, classes, path_or_none(labels)))
    return Imported(Path(out), model, stage, seed, made)


def import_arrays(
    labels: Any,
    predictions: Any,
    model: str,
    stage: str,
    *,
    ids: Any = None,
    groups: Any = None,
    classes: Sequence[str] = (),
    seed: int = 0,
    tool: str = "imported",
    out: PathLike = "imported",
) -> Imported:
    """Add what scikit-learn's or Keras' predict gave to the folder `out`: import_arrays(y_test, model.predict(x), ...).

    labels: (n,) true classes, or one-hot (n, classes); predictions: (n,) classes, or (n, classes) probabilities (rows
    that sum to 1) or logits, or (n, 1) probabilities of the second of two classes, as a sigmoid gives. Classes are
    names or numbers. `ids` (n,) pair two calls, else the order does; `groups` (n,) say what hangs together. Raises as
    `import_predictions` does.
    """
    from edgeval.imports.arrays import table_of
    from edgeval.imports.folder import Origin, Reading, import_predictions as add

    table = table_of(labels, predictions, ids, groups, classes)
    made = add(table, Path(out), Origin(model, stage, seed, tool), Reading(classes=classes))
    return Imported(Path(out), model, stage, seed, made)
