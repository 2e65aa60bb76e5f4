"""Read TOML files that a person wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from edgeval.errors import UsageError


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table; UsageError where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
