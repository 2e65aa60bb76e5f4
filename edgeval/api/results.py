"""What all results share: rows as a pandas table, parts of the report for a notebook."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from edgeval.errors import ToolError

if TYPE_CHECKING:
    import pandas

    from edgeval.report.blocks import Part

Document = dict[str, Any]
Row = dict[str, Any]
Form = TypeVar("Form")  # of a document
PathLike = str | os.PathLike[str]
Names = str | Sequence[str]  # "float,int8" or ["float", "int8"]


@dataclass(frozen=True)
class Saved:
    """What `save()` wrote: the page that a person opens, and the SHA-256 of the evidence where there is some."""

    page: Path
    seal: str | None = None


def frame(rows: Iterable[Mapping[str, Any]]) -> pandas.DataFrame:
    """One line per row, one column per key; ToolError where pandas is not installed."""
    try:
        import pandas
    except ImportError as error:
        raise ToolError("to_frame() needs pandas: pip install pandas") from error
    return pandas.DataFrame(list(rows))


def flat(row: Mapping[str, Any]) -> Row:
    """The single values of a document's row, without its lists and tables."""
    return {key: value for key, value in row.items() if not isinstance(value, (dict, list, tuple))}


def plain(document: Form) -> Form:
    """The document as its JSON file reads: lists for tuples, text for keys."""
    from edgeval import store

    read: Form = json.loads(store.json_bytes(document))
    return read


def html(parts: Sequence[Part]) -> str:
    """Parts of the report as one HTML fragment, every text escaped."""
    from edgeval.report.notebook import notebook_html

    return notebook_html(parts)


def path_or_none(path: PathLike | None) -> Path | None:
    """What a function takes as text or path, as the layers below take it."""
    return None if path is None else Path(path)


def joined(names: Names | None) -> str | None:
    """Names as the command line takes them: `float,int8`."""
    return names if names is None or isinstance(names, str) else ",".join(names)
