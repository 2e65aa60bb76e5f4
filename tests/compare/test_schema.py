"""Documents against docs/schemas/compare.schema.json, read by jsonschema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edgeval.cases.case import ModelCase
from edgeval.compare.document import compare
from edgeval.gate.baseline import accepted, baseline_from_json
from edgeval.gate.policy import METRICS, ClassRule, Policy, Rule
from edgeval.gate.terms import BASELINE, Terms, quick_terms
from edgeval.store import json_bytes
from tests.planted import grid, predictions, with_failures, world
from tests.schemas import check

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "schemas" / "compare.schema.json").read_text())


def documents() -> dict[str, dict[str, Any]]:
    where = world(classes=3, samples=30)
    scores = 3.0 * (where.labels[:, None] == range(3))
    network = predictions(where, "float", scores)
    failed = with_failures(predictions(where, "tflm", scores), list(range(30)))
    return {
        "grid": compare(grid(world(), device=True), None, "stm32f746", "builtin", quick_terms(5.0, 0.1)),
        "against the reference": compare(grid(world()), terms=quick_terms(5.0, against="reference")),
        "all rules by a baseline": compare(
            grid(world(), seeds=(0, 1), hurt=5, device=True), terms=all_rules()
        ),
        "one stage": compare([ModelCase("a", "a", {0: {"float": network}})]),
        "all failed": compare([ModelCase("a", "a", {0: {"float": network, "tflm": failed}})]),
    }


def all_rules() -> Terms:
    """Every metric once, judged by an accepted baseline of other networks and another device figure."""
    accepted_cases = grid(world(), seeds=(2, 3))
    baseline = baseline_from_json(accepted(accepted_cases, "0" * 64), "baseline.json")
    rules = [
        Rule(
            name, name, 0.1 if kind.relative else None, limit=None if kind.relative else 0.5, direction=kind.direction,
            test=kind.tests[-1], missing="warn", classes={"cat": ClassRule(1.0)} if kind.scope == "class" else {},
        )
        for name, kind in METRICS.items()
    ]  # fmt: skip
    return Terms(Policy(tuple(rules)), BASELINE, baseline)


@pytest.mark.parametrize(
    "name", ["grid", "against the reference", "all rules by a baseline", "one stage", "all failed"]
)
def test_documents_follow_the_schema(name: str) -> None:
    document = json.loads(json_bytes(documents()[name]))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    check("compare", document)


def test_the_schema_refuses_what_a_reader_cannot_use() -> None:
    document = json.loads(json_bytes(documents()["one stage"]))
    for broken in ({**document, "schema_version": 2}, {**document, "gate": {"passed": "yes"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(broken)


def gate_parts(gate: dict[str, Any]) -> list[dict[str, Any]]:
    check = gate["checks"][0]
    return [gate["policy"], gate["rules"][0], gate["judged"][0], check, check["classes"], gate["violations"][0],
            gate["power"], gate["power"]["classes"][0]]  # fmt: skip


def test_every_key_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "COMPARE_JSON.md").read_text()
    document = documents()["grid"]
    (model, *_) = document["models"]
    parts = [document, model, model["class_changes"]["classes"][0], model["transitions"][0],
             model["stages"]["tflm"]["jaccard_vs_reference"], document["gate"], *gate_parts(document["gate"]),
             document["scaling"][0], model["provenance"][0]]  # fmt: skip
    keys = {key for part in parts for key in part} - {"seed"}
    missing = {key for key in keys if key not in text}
    assert not missing
