"""Transitions: counts by hand, identities that always hold, error sets against scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st
from sklearn.metrics import accuracy_score, jaccard_score

from edgeval.cases.case import ModelCase
from edgeval.compare.diff import seed_change, transition, transitions
from tests.planted import SCALE, predictions, with_failures, world

CLASSES = ("ant", "bee", "cow")
WORLD = world(classes=3, samples=6)  # labels 0 1 2 0 1 2


def one_hot(answers: list[int], high: float = 2.0) -> np.ndarray:
    return high * np.eye(3)[answers]


def case(**stages: np.ndarray) -> ModelCase:
    made = {stage: predictions(WORLD, stage, scores) for stage, scores in stages.items()}
    return ModelCase("net-1", "net", {0: made})


def test_counts_of_a_transition_by_hand() -> None:
    before, after = one_hot([0, 1, 2, 0, 0, 0]), one_hot([0, 2, 2, 1, 1, 1])
    change = transition(case(float=before, int8=after), "float", "int8", ("ant", "bee", "cow"))
    # sample 1 and 3 lost, 4 gained, 5 wrong before (0) and after (1)
    assert (change["flipped"], change["lost"], change["gained"], change["wrong_to_other_wrong"]) == (
        4,
        2,
        1,
        1,
    )
    assert change["accuracy_before"] == pytest.approx(4 / 6)
    assert change["accuracy_after"] == pytest.approx(3 / 6)
    assert change["jaccard_errors"] == pytest.approx(1 / 4)  # {4, 5} and {1, 3, 5}
    assert change["verdict"] == "quantization"
    named = [
        (row["name"], row["lost"], row["gained"], row["wrong_to_other_wrong"])
        for row in change["flipped_classes"]
    ]
    assert named == [("ant", 1, 0, 0), ("bee", 1, 1, 0), ("cow", 0, 0, 1)]


@given(st.data())
def test_flips_add_up(data: st.DataObject) -> None:
    answers = st.lists(st.integers(-1, 3), min_size=20, max_size=20)
    labels = np.array(data.draw(st.lists(st.integers(0, 3), min_size=20, max_size=20)))
    seen = world(classes=4, samples=20)
    base = replace(predictions(seen, "float", np.zeros((20, 4))), labels=labels)
    before = replace(base, top1=np.array(data.draw(answers)))
    after = replace(base, top1=np.array(data.draw(answers)))
    change = seed_change("float", "onnx", before, after)
    assert change["flipped"] == change["lost"] + change["gained"] + change["wrong_to_other_wrong"]
    assert change["accuracy_before"] == pytest.approx(accuracy_score(labels, before.top1))
    assert change["accuracy_after"] - change["accuracy_before"] == pytest.approx(
        (change["gained"] - change["lost"]) / 20
    )
    if before.errors.any() or after.errors.any():
        assert change["jaccard_errors"] == pytest.approx(jaccard_score(before.errors, after.errors))


@pytest.mark.parametrize(
    ("steps", "verdict", "text"),
    [
        (0, "bit-exact", "bit-exact: all 18 outputs are equal"),
        (1, "rounding only", "rounding only: 1 of 18 outputs differ, each by one step, no label flipped"),
        (37, "differs", "differs by up to 37 steps: 1 of 18 outputs differ"),
    ],
)
def test_verdict_between_int8_stages(steps: int, verdict: str, text: str) -> None:
    before = one_hot([0, 1, 2, 0, 1, 2])
    after = before.copy()
    after[2, 0] -= steps * SCALE
    change = transition(case(int8=before, tflm=after), "int8", "tflm", CLASSES)
    assert (change["verdict"], change["largest_difference_steps"], change["verdict_text"]) == (
        verdict,
        steps,
        text,
    )


def looked_into(verdict: str, step: int) -> dict[str, Any]:
    """What edgeval.localise says of two stages whose second operator differs by `step` on equal inputs."""
    channels = [{"channel": 5, "differing": 3, "largest_step": step}]
    where = {"index": 1, "operator": "CONV_2D", "tensor": "t", "elements": 9, "differing": 3, "largest_step": step,
             "channels": channels}  # fmt: skip
    return {"from": "int8", "to": "tflm", "samples": 1, "sample_ids": [2], "reproduced_from": 1, "reproduced_to": 1,
            "verdict": verdict, "text": "in words", "diverges_at": where if step > 1 else None,
            "explained_by": [], "operators": [where]}  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "step", "ends"),
    [
        ("rounding only", 1, "on equal inputs no operator differs by more than one step"),
        ("diverges", 40, "first at layer 1 (CONV_2D, channel 5), by up to 40 steps on equal inputs"),
        ("differs", 0, "its operators one by one give other outputs than the whole model"),
    ],
)
def test_the_layers_decide_what_outputs_alone_cannot(verdict: str, step: int, ends: str) -> None:
    before = one_hot([0, 1, 2, 0, 1, 2])
    after = before.copy()
    after[2, 0] -= 37 * SCALE
    made = replace(case(int8=before, tflm=after), layers={0: [looked_into(verdict, step)]})
    change = transition(made, "int8", "tflm", CLASSES)
    assert change["verdict"] == change["per_seed"][0]["verdict"] == verdict
    assert change["verdict_text"].endswith(ends)
    assert change["largest_difference_steps"] == 37
    assert (change["layers"]["seed"], change["diverges_at"] is not None) == (0, verdict == "diverges")


def test_the_seed_with_the_worst_layers_is_shown() -> None:
    before = one_hot([0, 1, 2, 0, 1, 2])
    after = before.copy()
    after[2, 0] -= 37 * SCALE
    pair = {"int8": predictions(WORLD, "int8", before), "tflm": predictions(WORLD, "tflm", after)}
    layers = {0: [looked_into("rounding only", 1)], 3: [looked_into("diverges", 40)]}
    (change,) = transitions(ModelCase("net-1", "net", {0: pair, 3: pair}, layers=layers), CLASSES)
    assert (change["verdict"], change["layers"]["seed"]) == ("diverges", 3)
    assert [row["verdict"] for row in change["per_seed"]] == ["rounding only", "diverges"]


def test_differences_of_opposite_int8_ends_do_not_wrap() -> None:
    before, after = np.full((6, 3), -12.8), np.full((6, 3), 12.7)
    assert (
        transition(case(int8=before, tflm=after), "int8", "tflm", CLASSES)["largest_difference_steps"] == 255
    )


def test_float_stages_tell_rounding_from_change() -> None:
    scores = one_hot([0, 1, 2, 0, 1, 2])
    same, near, far = scores, scores + 1e-5, scores + 0.1
    verdicts = [
        transition(case(float=scores, onnx=x), "float", "onnx", CLASSES)["verdict"] for x in (same, near, far)
    ]
    assert verdicts == ["bit-exact", "float rounding", "differs"]


def test_another_output_grid_is_not_compared() -> None:
    made = case(int8=one_hot([0, 1, 2, 0, 1, 2]), tflm=one_hot([0, 1, 2, 0, 1, 1]))
    made.seeds[0]["tflm"] = replace(made.seeds[0]["tflm"], output_scale=0.2)  # type: ignore[index]
    change = transition(made, "int8", "tflm", CLASSES)
    assert (change["verdict"], change["largest_difference_steps"], change["lost"]) == (
        "not comparable",
        None,
        1,
    )


def test_failed_samples_are_lost_and_counted_and_their_outputs_left_out() -> None:
    made = case(int8=one_hot([0, 1, 2, 0, 1, 2]), tflm=one_hot([0, 1, 2, 0, 1, 2]))
    made.seeds[0]["tflm"] = with_failures(made.seeds[0]["tflm"], [1, 4])  # type: ignore[index]
    change = transition(made, "int8", "tflm", CLASSES)
    assert (change["failed_after"], change["lost"], change["outputs"], change["verdict"]) == (
        2,
        2,
        12,
        "bit-exact",
    )


def test_a_partial_stage_is_compared_on_its_own_samples() -> None:
    made = case(tflm=one_hot([0, 1, 2, 1, 1, 2]), emulated=one_hot([0, 1, 2, 1, 1, 2]))
    rows = np.array([4, 0, 3])
    whole = made.seeds[0]["emulated"]
    part = replace(whole, ids=whole.ids[rows], labels=whole.labels[rows], top1=whole.top1[rows],
                   scores=whole.scores[rows], output_int8=whole.output_int8[rows])  # fmt: skip
    made.seeds[0]["emulated"] = part  # type: ignore[index]
    change = transition(made, "tflm", "emulated", CLASSES)
    assert (change["predictions"], change["verdict"]) == (3, "bit-exact")
    assert change["accuracy_before"] == pytest.approx(2 / 3)


def test_the_worst_seed_gives_the_verdict() -> None:
    exact, off = one_hot([0, 1, 2, 0, 1, 2]), one_hot([0, 1, 2, 0, 1, 2])
    off[0, 1] += SCALE
    seeds = {
        seed: {"int8": predictions(WORLD, "int8", exact), "tflm": predictions(WORLD, "tflm", after)}
        for seed, after in ((0, exact), (1, off))
    }
    (change,) = transitions(ModelCase("net-1", "net", seeds), CLASSES)
    assert (change["verdict"], [row["verdict"] for row in change["per_seed"]]) == (
        "rounding only",
        ["bit-exact", "rounding only"],
    )
