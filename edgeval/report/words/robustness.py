"""What corrupted images say in words (docs/ROBUSTNESS.md): the classes, the corruptions, the later stages."""

from __future__ import annotations

from collections.abc import Iterator

from edgeval.documents.robustness import ClassDrops, ExtraDrop, RobustnessDocument
from edgeval.records import IMAGE
from edgeval.report.words.numbers import count, decimal, listed, percent

SAME = {True: "the same classes", False: "other classes", None: "cannot be told"}
ANSWERS = {
    True: "Corruption hurts the classes that shrinking to {} hurts",
    False: "Corruption hurts other classes than shrinking to {} does",
    None: "It cannot be told whether corruption hurts the classes that shrinking to {} hurts",
}
NAMED = 6  # sizes in a sentence


def judged_stage(document: RobustnessDocument) -> str:
    """The last stage: nearest to the device."""
    return str(document["stages"][-1]["stage"])


def class_verdicts(document: RobustnessDocument) -> list[str]:
    """Does corruption hurt the classes that shrinking hurts? One sentence for each answer, at the judged stage."""
    stage = judged_stage(document)
    rows = [row for row in document["class_drops"] if row["stage"] == stage]
    if not rows:
        return ["No family has two sizes, so there is no loss by shrinking to compare with."]
    return [_verdict(same, of_answer) for same in ANSWERS if (of_answer := _answered(rows, same))]


def _answered(rows: list[ClassDrops], same: bool | None) -> list[ClassDrops]:
    return [row for row in rows if row["same_classes"] is same]


def _verdict(same: bool | None, rows: list[ClassDrops]) -> str:
    answer = ANSWERS[same].format(listed([row["model"] for row in rows], NAMED))
    if len(rows) > 1:
        low, high = (decimal(pick(row["spearman"] for row in rows), 2) for pick in (min, max))
        return f"{answer}: rank correlations of the classes' losses {low} to {high}{_why(same)}."
    return f"{answer}: rank correlation of the classes' losses {decimal(rows[0]['spearman'], 2)}{_interval(rows[0])}."


def _why(same: bool | None) -> str:
    return ", each interval holds 0 or is not defined" if same is None else ""


def _interval(row: ClassDrops) -> str:
    if row["ci95"] is None:
        return f", without an interval for {row['classes']} classes"
    low, high = (decimal(bound, 2) for bound in row["ci95"])
    return f", 95 % interval {low} to {high}"


def robustness_findings(document: RobustnessDocument) -> list[str]:
    """What costs most, and what the later stages lose on top."""
    return [_costliest(document), *_later_stages(document)]


def _costliest(document: RobustnessDocument) -> str:
    models = document["stages"][-1]["models"]
    drops = {
        name: [row["accuracy"] - row["by_corruption"][index]["accuracy"][-1] for row in models]
        for index, name in enumerate(document["corruptions"])
    }
    name = max(drops, key=lambda name: sum(drops[name]))
    low, high = percent(min(drops[name])), percent(max(drops[name]))
    points = low if low == high else f"{low} to {high}"
    return (
        f"At severity {document['severities'][-1]} {spaced(name)} costs most: {points} points of accuracy at stage "
        f"{judged_stage(document)}."
    )


def _later_stages(document: RobustnessDocument) -> Iterator[str]:
    """One sentence a stage: the sizes whose interval of the extra drop lies on one side of 0."""
    for stage in dict.fromkeys(step["to"] for step in document["steps"]):
        steps = [step for step in document["steps"] if step["to"] == stage]
        more = [_extra(step) for step in steps if step["extra_drop_ci95"][0] > 0]
        less = [_extra(step) for step in steps if step["extra_drop_ci95"][1] < 0]
        parts = [f"more to corruption at {listed(more, NAMED)}"] * bool(more) + [
            f"less to corruption at {listed(less, NAMED)}"
        ] * bool(less)
        seen = " and ".join(parts) or "no more and no less to corruption beyond chance, at any size"
        yield f"Compared with {steps[0]['from']}, stage {stage} loses {seen}."


def _extra(step: ExtraDrop) -> str:
    return f"{step['model']} ({decimal(100 * step['extra_drop'], 1)} points)"


def robustness_scope(document: RobustnessDocument) -> str:
    """What was evaluated, in one line."""
    dataset = document["dataset"]
    of_all = "" if document["samples"] == dataset["samples"] else f" of {count(dataset['samples'])}"
    image = dataset.get("kind", IMAGE) == IMAGE
    noun, manner = ("images", ", in the manner of CIFAR-10-C,") if image else ("samples", "")
    return (
        f"{', '.join(map(spaced, document['corruptions']))}{manner} at "
        f"{'severity' if len(document['severities']) == 1 else 'severities'} "
        f"{', '.join(map(str, document['severities']))}, on {count(document['samples'])}{of_all} test {noun}; "
        f"95 % intervals from {count(document['resamples'])} resamples of {noun} and seeds. Corrupted figures are "
        "means over corruptions and severities."
    )


def spaced(corruption: str) -> str:
    return corruption.replace("_", " ")
