"""The committed schemas and the example documents against the forms; reference: jsonschema.

What other tests make is checked where they make it: tests.schemas.check.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.schemas import FOLDER, FORMS, check, schema, text

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
IN_EXAMPLE = ("compare", "analysis", "robustness")


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLE / f"{name}.json").read_text())
    return document


@pytest.mark.parametrize("name", FORMS)
def test_the_committed_schema_is_that_of_the_form(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    assert (FOLDER / f"{name}.schema.json").read_text() == text(name), "run python -m tests.schemas"


@pytest.mark.parametrize("name", IN_EXAMPLE)
def test_the_example_has_its_form(name: str) -> None:
    check(name, example(name))


@pytest.mark.parametrize("name", IN_EXAMPLE)
def test_another_key_and_a_missing_one_are_refused(name: str) -> None:
    document = example(name)
    for broken in ({**document, "unheard_of": 1}, {k: v for k, v in document.items() if k != "dataset"}):
        with pytest.raises(jsonschema.ValidationError):
            check(name, broken)
