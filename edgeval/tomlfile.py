"""Read TOML files that a person wrote."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from edgeval.errors import UsageError
from edgeval.inputs import read_input

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table; UsageError where it cannot be read or is not TOML."""
    try:
        return tomllib.loads(read_input(path).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
