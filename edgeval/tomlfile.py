"""Read TOML files that a person wrote."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from edgeval.errors import UsageError
from edgeval.inputs import read_input

LARGEST_BYTES = 1 << 20  # a person wrote it


def read_toml(path: Path) -> dict[str, Any]:
    """The file's table; UsageError where it cannot be read, is not TOML, or too large to be a person's."""
    try:
        size = path.stat().st_size
        if size > LARGEST_BYTES:
            raise UsageError(f"{path} has {size:,} bytes, a TOML file at most {LARGEST_BYTES:,}")
        return tomllib.loads(read_input(path).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path}: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{path} is nested too deeply to be a file of settings") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
