"""What a comparison was asked for beside its predictions; with them it gives the document again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from edgeval.compare.case import GateLimits


@dataclass(frozen=True)
class Settings:
    """The names and limits that a user gave: see `compare`."""

    reference: str | None = None
    target: str | None = None
    engine: str | None = None
    limits: GateLimits = field(default_factory=GateLimits)


def settings_from_json(row: dict[str, Any]) -> Settings:
    """The settings as `dataclasses.asdict` gave them; TypeError where they have another form."""
    return Settings(**{**row, "limits": GateLimits(**row["limits"])})
