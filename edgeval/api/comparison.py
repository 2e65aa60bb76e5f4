"""`compare`: every stage on the whole test set and what changed; `read_comparison`: a finished report again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api import comparison_rows as tables
from edgeval.api.history import history_place
from edgeval.api.judge import terms_of
from edgeval.api.results import (
    Document,
    Names,
    PathLike,
    Row,
    Saved,
    frame,
    html,
    joined,
    path_or_none,
    plain,
)
from edgeval.errors import UsageError, unknown

if TYPE_CHECKING:
    import pandas

    from edgeval.cases.case import ModelCase
    from edgeval.documents.compare import ComparedModel, ComparisonDocument
    from edgeval.evaluation.chain import Request
    from edgeval.evaluation.deployment import Deployment
    from edgeval.evidence.settings import Settings
    from edgeval.history.places import Place
    from edgeval.records import PerChannel, Predictions


@dataclass(frozen=True)
class Comparison:
    """What changed between the stages of each model, and the gate's verdict about it.

    `document` is compare.json (docs/COMPARE_JSON.md); `cases` are the models with their predictions, `settings` what
    was asked for beside them; `folder` is where `save()` writes.
    """

    document: ComparisonDocument = field(repr=False)
    folder: Path
    cases: Sequence[ModelCase] = field(repr=False)
    settings: Settings = field(repr=False)
    samples: Document | None = field(repr=False, default=None)
    artifacts: Mapping[str, Path] = field(repr=False, default_factory=dict)
    history: Place | None = None  # where `save()` adds a line (docs/CI.md)

    @property
    def passed(self) -> bool:
        """Whether the gate passed; False for a regression and where a rule had nothing to judge."""
        return bool(self.document["gate"]["passed"])

    @property
    def verdict(self) -> str:
        """`pass`, `fail` (a regression) or `incomplete` (a rule had nothing to judge)."""
        return str(self.document["gate"]["verdict"])

    @property
    def exit_code(self) -> int:
        """What `edgeval compare` exits with: 0 pass, 1 a regression, 2 nothing judged; with record_only 0 for 1."""
        from edgeval.gate.verdict import EXIT_CODES

        code = EXIT_CODES[self.verdict]
        return 0 if self.settings.record_only and code == 1 else code

    @property
    def models(self) -> list[ComparedModel]:
        """One row per model, with its `stages`, `transitions` and `class_changes`."""
        return list(self.document["models"])

    @property
    def transitions(self) -> list[Row]:
        """One row per model and step from a stage to the next, with `model`."""
        return [{"model": model["id"], **step} for model in self.models for step in model["transitions"]]

    @property
    def warnings(self) -> list[str]:
        return list(self.document["warnings"])

    def predictions(self, model: str, stage: str, seed: int = 0) -> Predictions:
        """The predictions of one model, stage and seed; UsageError where they are not part of this comparison."""
        seen = {case.id: case for case in self.cases}
        if model not in seen:
            raise unknown("model", model, seen)
        if stage not in seen[model].seeds.get(seed, {}):
            raise UsageError(f"{model} seed {seed} has no stage {stage}")
        return seen[model].seeds[seed][stage]

    def to_frame(self, rows: str = "stages") -> pandas.DataFrame:
        """A table of `rows`: "stages", "transitions", "classes" (of the whole way), or "samples" (every prediction).

        Accuracies are fractions, changes are points.
        """
        known = {
            "stages": tables.stages,
            "transitions": tables.transitions,
            "classes": tables.classes,
            "samples": tables.samples,
        }
        if rows not in known:
            raise unknown("rows", rows, known)
        return frame(known[rows](self))

    def save(self, folder: PathLike | None = None) -> Saved:
        """Write the report, its documents and the evidence; without a folder where the comparison belongs.

        Raises StoreError where the folder cannot be written.
        """
        from edgeval import store
        from edgeval.api.history import keep_line
        from edgeval.evidence.evidence import EVIDENCE_JSON, write_evidence
        from edgeval.report.write import REPORT_HTML, write_report
        from edgeval.turns import report_turn

        place = self.folder if folder is None else Path(folder)
        if self._is_of(place):  # writing would delete what it is read from
            return Saved(place / REPORT_HTML, store.sha256_file(place / EVIDENCE_JSON))
        with report_turn(place):
            page = write_report(self.document, place, self.samples)
            seal = write_evidence(place, self.cases, self.settings, self.document, self.artifacts)
        if self.history is not None:
            keep_line(self.history, self.document, place, page, seal)
        return Saved(page, seal)

    def _is_of(self, folder: Path) -> bool:
        """Whether the predictions are those of a report's evidence."""
        from edgeval.evidence.evidence import FOLDER

        evidence = (folder / FOLDER).resolve()
        seen = (one for case in self.cases for stages in case.seeds.values() for one in stages.values())
        return any(one.file is not None and evidence in one.file.resolve().parents for one in seen)

    def lines(self) -> list[str]:
        """What `edgeval compare` says: what makes the figures suspicious, then the verdict."""
        from edgeval.report.words.comparison import doubts, verdict

        outcome = verdict(self.document)
        return [
            *(f"SUSPICIOUS: {text}" for text in doubts(self.document)),
            f"{outcome.word}: {outcome.sentence}",
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def _repr_html_(self) -> str:
        from edgeval.report.parts.comparison import comparison_part

        return html([comparison_part(self.document)])


def compare(
    grid: str | None = None,
    *,
    model: PathLike | None = None,
    predictions: PathLike | None = None,
    dataset: str | None = None,
    data_dir: PathLike | None = None,
    stages: Names | None = None,
    int8_runtime: str | None = None,
    target: str | None = None,
    engine: str = "builtin",
    runner: str = "unicorn",
    port: str | None = None,
    device_samples: int | None = None,
    reference: str | None = None,
    policy: PathLike | None = None,
    max_class_drop: float | None = None,
    max_accuracy_drop: float | None = None,
    against: str = "own",
    baseline: PathLike | None = None,
    baseline_model: str | None = None,
    anchor: PathLike | None = None,
    mean: PerChannel | None = None,
    std: PerChannel | None = None,
    jobs: int | None = None,
    out: PathLike | None = None,
    record_only: bool = False,
    history: str | None = None,
) -> Comparison:
    """Evaluate every stage of a grid, a model file or imported predictions on the whole test set, and compare them.

    The arguments are the options of `edgeval compare`. Finished stages are read, not run again; predictions are kept
    in the grid, or in `out` for a single file. Nothing else is written before `save()`, which also adds a line to the
    `history` (a file, a folder, "branch:NAME" or "none"; default: gate.toml's, else history.jsonl beside the report).
    Raises UsageError, StoreError for missing files or a folder that cannot be written, DataError where data and
    models do not fit.
    """
    from edgeval.evaluation.chain import Request
    from edgeval.evidence.settings import Settings
    from edgeval.records import preprocessing_of

    terms = terms_of(policy, max_class_drop, max_accuracy_drop, against, baseline, baseline_model, anchor)
    request = Request(
        grid=grid,
        model=path_or_none(model),
        predictions=path_or_none(predictions),
        dataset=dataset,
        stages=joined(stages),
        preprocessing=preprocessing_of(mean, std),
        deployment=deployment_of(target, engine, device_samples, runner, port),
        data_dir=path_or_none(data_dir),
        jobs=jobs,
        out=path_or_none(out),
        int8_runtime=int8_runtime,
    )
    asked = request.preprocessing
    return _compared(
        request, Settings(reference, target, engine if target else None, terms, record_only, asked), history
    )


def _compared(request: Request, settings: Settings, history: str | None) -> Comparison:
    from edgeval import store
    from edgeval.compare.document import compare as document_of
    from edgeval.evaluation.chain import artifacts_of, cases_of
    from edgeval.report.images.samples import choose_samples

    folder = request.folder
    store.check_writable(folder)
    cases = cases_of(request)
    document = plain(
        document_of(
            cases, settings.reference, settings.target, settings.engine, settings.terms, settings.record_only
        )
    )
    shown = request.test_set  # None for imported predictions, which come without samples
    samples = None if shown is None else choose_samples(cases, document, shown.test.samples, shown.kind)
    place = history_place(history, settings.terms.policy, folder)
    return Comparison(document, folder, cases, settings, samples, artifacts_of(request), place)


def read_comparison(folder: PathLike | None = None) -> Comparison:
    """The comparison of a finished report, by folder or by its name in reports/ (default: the only one there).

    Raises StoreError where it has no finished evidence or a file was changed. Saved elsewhere, it takes its evidence
    along.
    """
    from edgeval import store
    from edgeval.documents import files
    from edgeval.evidence.evidence import FOLDER, read_evidence
    from edgeval.report.folder import report_folder
    from edgeval.report.write import samples_of
    from edgeval.turns import report_reading

    place = report_folder(None if folder is None else str(folder))
    with report_reading(place):
        document = files.read_comparison(place)
        evidence = read_evidence(place)
        samples = samples_of(place, store.sha256_file(place / files.COMPARE_JSON))
    artifacts = {entry["sha256"]: place / FOLDER / name for name, entry in evidence.document["files"].items()}
    return Comparison(document, place, evidence.cases, evidence.settings, samples, artifacts)


def deployment_of(
    target: str | None, engine: str, samples: int | None, runner: str, port: str | None
) -> Deployment | None:
    """What `target` and the options beside it mean; None without a target. UsageError, ToolError before any work."""
    from edgeval.devices.opening import firmware_of, runner_version
    from edgeval.evaluation.deployment import Deployment

    if target is None:
        return None
    # An unknown target, a missing firmware or an absent program is told before any work.
    firmware_of(target, runner, engine)
    runner_version(runner)
    return Deployment(target, engine, samples, runner, port)
