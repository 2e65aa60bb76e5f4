"""What a comparison was asked for beside its predictions; with them it gives the document again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from edgeval.gate.terms import Terms, terms_from_json
from edgeval.records import Preprocessing, preprocessing_from


@dataclass(frozen=True)
class Settings:
    """The names and terms that a user gave: see `compare`. `preprocessing` is that of --mean and --std, None where
    neither was given."""

    reference: str | None = None
    target: str | None = None
    engine: str | None = None
    terms: Terms = field(default_factory=Terms)
    record_only: bool = False
    preprocessing: Preprocessing | None = None

    def document(self) -> dict[str, Any]:
        """The settings as JSON, from which `settings_from_json` makes them again."""
        names = {"reference": self.reference, "target": self.target, "engine": self.engine}
        return {
            **names,
            "terms": self.terms.document(),
            "record_only": self.record_only,
            "preprocessing": None if self.preprocessing is None else self.preprocessing.document(),
        }


def settings_from_json(row: dict[str, Any]) -> Settings:
    """The settings as `Settings.document` gave them; KeyError or TypeError where they have another form."""
    asked = row.get("preprocessing")
    return Settings(
        **{
            **row,
            "terms": terms_from_json(row["terms"]),
            "preprocessing": None if asked is None else preprocessing_from(asked),
        }
    )
