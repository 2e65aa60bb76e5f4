"""Writing TOML: plain values, tables two levels deep, and arrays of tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def toml_text(table: Mapping[str, Any]) -> str:
    """A TOML document of plain values, lists of them, arrays of plain tables, and tables, which come last.

    A table holds plain values and plain tables.
    """
    return "\n".join(_lines(table, "")) + "\n"


def _lines(table: Mapping[str, Any], prefix: str) -> list[str]:
    lines = [f"{key} = {_value(value)}" for key, value in table.items() if not _is_table(value)]
    for key, value in table.items():
        name = f"{prefix}{_key(key)}"
        if isinstance(value, Mapping):
            lines += ["", f"[{name}]", *_lines(value, f"{name}.")]
        elif _is_table(value):
            for one in value:
                lines += ["", f"[[{name}]]", *_lines(one, f"{name}.")]
    return lines


def _is_table(value: Any) -> bool:
    tables = isinstance(value, list) and bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping) or tables


def _key(key: str) -> str:
    plain = key.isascii() and key.replace("-", "_").isidentifier()
    return key if plain else json.dumps(key)


def _value(value: Any) -> str:
    """JSON's form, which is TOML's too except for escaped surrogate pairs and a bare DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
