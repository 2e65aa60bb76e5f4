"""Documents against docs/compare.schema.json, read by jsonschema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from edgeval.compare.case import ModelCase
from edgeval.compare.document import compare
from edgeval.compare.terms import quick_terms
from edgeval.store import json_bytes
from tests.planted import grid, predictions, with_failures, world

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "compare.schema.json").read_text())


def documents() -> dict[str, dict[str, Any]]:
    where = world(classes=3, samples=30)
    scores = 3.0 * (where.labels[:, None] == range(3))
    network = predictions(where, "float", scores)
    failed = with_failures(predictions(where, "tflm", scores), list(range(30)))
    return {
        "grid": compare(grid(world(), device=True), None, "stm32f746", "builtin", quick_terms(5.0, 0.1)),
        "against the reference": compare(grid(world()), terms=quick_terms(5.0, against="reference")),
        "one stage": compare([ModelCase("a", "a", {0: {"float": network}})]),
        "all failed": compare([ModelCase("a", "a", {0: {"float": network, "tflm": failed}})]),
    }


@pytest.mark.parametrize("name", ["grid", "against the reference", "one stage", "all failed"])
def test_documents_follow_the_schema(name: str) -> None:
    document = json.loads(json_bytes(documents()[name]))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_the_schema_refuses_what_a_reader_cannot_use() -> None:
    document = json.loads(json_bytes(documents()["one stage"]))
    for broken in ({**document, "schema_version": 2}, {**document, "gate": {"passed": "yes"}}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.Draft202012Validator(SCHEMA).validate(broken)


def test_every_key_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "COMPARE_JSON.md").read_text()
    document = documents()["grid"]
    (model, *_) = document["models"]
    parts = [document, model, model["class_changes"]["classes"][0], model["transitions"][0],
             model["stages"]["tflm"]["jaccard_vs_reference"], document["gate"], document["gate"]["violations"][0],
             document["scaling"][0], model["provenance"][0]]  # fmt: skip
    keys = {key for part in parts for key in part} - {"seed"}
    missing = {key for key in keys if key not in text}
    assert not missing
