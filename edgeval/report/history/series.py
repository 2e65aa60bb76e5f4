"""The lines of a history by model: one series for each model, its deployed stage and its test set's name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgeval.documents.history import HistoryCheck, HistoryLine, HistoryModel, HistoryStage

WORST = ("fail", "missing", "warn", "pass", "ignored")  # of several statuses the first that is there
Bound = float | None
Band = tuple[Bound, Bound]


@dataclass(frozen=True)
class Point:
    """One comparison of a model."""

    line: HistoryLine
    model: HistoryModel
    stage: HistoryStage
    checks: tuple[HistoryCheck, ...]

    @property
    def status(self) -> str:
        seen = {check["status"] for check in self.checks}
        return next((status for status in WORST if status in seen), "pass")

    def accuracy_band(self, anchor: bool) -> Band:
        """What the accuracy rule allows by the baseline, or by the anchor: the least accuracy, and the baseline's."""
        for check in self.checks:
            if check["metric"] == "accuracy" and (check["against"] == "anchor") == anchor:
                return _band(check["before"], check["limit"])
        return None, None

    def class_band(self, name: str, anchor: bool) -> Band:
        """The same of a class."""
        for check, index in self._of_class(name):
            if (check["against"] == "anchor") == anchor and check["classes"] is not None:
                return _band(check["classes"]["before"][index], check["classes"]["limit"][index])
        return None, None

    def class_status(self, name: str) -> str:
        """The worst that the rules of classes say of one."""
        seen = {
            check["classes"]["status"][index] for check, index in self._of_class(name) if check["classes"]
        }
        return next((status for status in WORST if status in seen), "ignored")

    def class_accuracy(self, name: str) -> Bound:
        names = list(self.line["dataset"]["classes"])
        return self.stage["per_class_accuracy"][names.index(name)] if name in names else None

    def _of_class(self, name: str) -> Iterator[tuple[HistoryCheck, int]]:
        names = list(self.line["dataset"]["classes"])
        if name in names:
            yield from ((check, names.index(name)) for check in self.checks if check["classes"] is not None)


def _band(before: Bound, limit: Bound) -> Band:
    return (None, None) if before is None or limit is None else (before - limit / 100, before)


@dataclass(frozen=True)
class Series:
    """A model over time, the oldest first."""

    model: str
    stage: str
    dataset: str
    points: tuple[Point, ...]

    @property
    def classes(self) -> list[str]:
        """All that any comparison had."""
        return list(dict.fromkeys(name for point in self.points for name in point.line["dataset"]["classes"]))

    @property
    def breaks(self) -> list[int]:
        """The places from which on the test set is another one."""
        hashes = [point.line["dataset"]["sha256"] for point in self.points]
        return [place for place in range(1, len(hashes)) if hashes[place] != hashes[place - 1]]


def series_of(lines: Sequence[HistoryLine]) -> list[Series]:
    """All models of a history, in the order in which they appeared."""
    found: dict[tuple[str, str, str], list[Point]] = {}
    for line in lines:
        for model in line["models"]:
            stage = model["deployed_stage"]
            checks = tuple(check for check in line["checks"] if check["model"] == model["id"])
            key = (model["id"], stage, line["dataset"]["name"])
            found.setdefault(key, []).append(Point(line, model, model["stages"][stage], checks))
    return [Series(*key, tuple(points)) for key, points in found.items()]


def failed_classes(line: HistoryLine) -> list[str]:
    """The classes that failed in a comparison."""
    names = line["dataset"]["classes"]
    found: dict[str, None] = {}
    for check in line["checks"]:
        statuses = check["classes"]["status"] if check["classes"] else ()
        found.update({names[index]: None for index, status in enumerate(statuses) if status == "fail"})
    return list(found)


def short_commit(line: HistoryLine) -> str:
    """Seven digits, with a plus where files were changed; the day outside git."""
    commit = line["commit"]
    return line["time"][:10] if commit is None else commit[:7] + ("+" if line["dirty"] else "")
