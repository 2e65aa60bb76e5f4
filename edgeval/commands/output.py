"""What several commands print."""

from __future__ import annotations

from collections.abc import Mapping

from edgeval.terminal import tell_json


def tell_document(document: Mapping[str, object]) -> None:
    """A document as its file has it."""
    from edgeval import store

    tell_json(store.json_bytes(document).decode())


def tell_rows(document: Mapping[str, object]) -> None:
    """A document that is in no file, with its schema version."""
    from edgeval import store

    tell_document({"schema_version": store.SCHEMA_VERSION, **document})
