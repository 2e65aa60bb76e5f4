"""JSON schemas of the documents, made from the TypedDicts of edgeval/documents: `python -m tests.schemas` writes them.

An own generator, for pydantic's refuses typing.TypedDict before Python 3.12: what the forms use fits in one screen.
"""

from __future__ import annotations

import collections.abc
import inspect
import json
import types
import typing
from pathlib import Path
from typing import Any

import jsonschema

from edgeval.documents.analysis import AnalysisDocument
from edgeval.documents.compare import ComparisonDocument
from edgeval.documents.export import ExportDocument
from edgeval.documents.history import HistoryLine
from edgeval.documents.profile import ProfileDocument, UnfitProfile
from edgeval.documents.robustness import RobustnessDocument
from edgeval.documents.run import RunDocument

FOLDER = Path(__file__).parents[1] / "docs" / "schemas"
FORMS: dict[str, Any] = {
    "compare": ComparisonDocument,
    "analysis": AnalysisDocument,
    "robustness": RobustnessDocument,
    "profile": ProfileDocument | UnfitProfile,
    "run": RunDocument,
    "export": ExportDocument,
    "history": HistoryLine,
}
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str, closed: bool = False) -> dict[str, Any]:
    """The JSON schema of a document; `closed` refuses keys that its form does not have."""
    definitions: dict[str, Any] = {}
    root = _schema(FORMS[name], definitions, closed)
    title = f"{name}.json of edgeval; edgeval/documents/{name}.py says what each key means"
    return {"$schema": DRAFT, "title": title, **root, "$defs": dict(sorted(definitions.items()))}


def text(name: str) -> str:
    """The schema as its file has it."""
    return json.dumps(schema(name), indent=1) + "\n"


def _schema(form: Any, definitions: dict[str, Any], closed: bool) -> dict[str, Any]:
    if typing.is_typeddict(form):
        return _reference(form, definitions, closed)
    if form in PLAIN:
        return {"type": PLAIN[form]}
    origin, arguments = typing.get_origin(form), typing.get_args(form)
    if origin is typing.Annotated:
        return {**_schema(arguments[0], definitions, closed), **form.__metadata__[0].keywords}
    parts = [_schema(argument, definitions, closed) for argument in arguments]
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": parts}
    if origin in (list, collections.abc.Sequence):
        return {"type": "array", "items": parts[0]}
    if origin is dict:
        return {"type": "object", "propertyNames": parts[0], "additionalProperties": parts[1]}
    raise TypeError(f"no schema for {form}")


def _reference(form: Any, definitions: dict[str, Any], closed: bool) -> dict[str, Any]:
    name = form.__name__
    if name not in definitions:
        definitions[name] = {}  # a form may contain itself
        hints = typing.get_type_hints(form, include_extras=True)
        definitions[name] = {
            "type": "object",
            "description": inspect.cleandoc(vars(form)["__doc__"] or ""),
            "properties": {key: _schema(hint, definitions, closed) for key, hint in hints.items()},
            "required": sorted(form.__required_keys__),
            **({"additionalProperties": False} if closed else {}),
        }
    return {"$ref": f"#/$defs/{name}"}


def check(name: str, document: Any) -> None:
    """A document as its file holds it against its form; ValidationError also for a key that the form does not have."""
    plain = json.loads(json.dumps(document, allow_nan=False))
    jsonschema.Draft202012Validator(schema(name, closed=True)).validate(plain)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for each in FORMS:
        (FOLDER / f"{each}.schema.json").write_text(text(each))
