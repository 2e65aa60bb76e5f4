"""Where two JSON documents differ: one row a value, with its path."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ABSENT = "absent"
RELATIVE, ABSOLUTE = 1e-9, 1e-12  # other processors sum floats in another order


@dataclass(frozen=True)
class Difference:
    """One value that differs; `path` is as jq writes it, the values are JSON or ABSENT."""

    path: str
    stored: Any
    recomputed: Any


def differences(stored: Any, recomputed: Any, path: str = "") -> Iterator[Difference]:
    """Every value that differs between two JSON documents, depth first in the order of the stored one.

    Floats within RELATIVE or ABSOLUTE are equal; all else must be exactly equal, also its type.
    """
    if isinstance(stored, dict) and isinstance(recomputed, dict):
        for key in dict.fromkeys([*stored, *recomputed]):
            yield from differences(
                stored.get(key, ABSENT), recomputed.get(key, ABSENT), f"{path}.{key}" if path else key
            )
    elif isinstance(stored, list) and isinstance(recomputed, list):
        for index in range(max(len(stored), len(recomputed))):
            yield from differences(_at(stored, index), _at(recomputed, index), f"{path}[{index}]")
    elif not _equal(stored, recomputed):
        yield Difference(path, stored, recomputed)


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def _equal(stored: Any, recomputed: Any) -> bool:
    if isinstance(stored, float) and isinstance(recomputed, float):
        return math.isclose(stored, recomputed, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return type(stored) is type(recomputed) and bool(stored == recomputed)
