"""Which TensorFlow Lite Micro the built-in engine equals byte for byte, docs/OPERATORS.md."""

from __future__ import annotations

import re

ENGINE_REVISION = "r2"
R2_SINCE = "20261013"  # the date in the version of the first tflite-micro wheel with it


def wheels_revision(version: str) -> str | None:
    """Revision of a tflite-micro wheel, "r1" or "r2"; None for a version without a date."""
    date = re.match(r"\d+\.dev(\d{8})", version)
    if date is None:
        return None
    return "r2" if date.group(1) >= R2_SINCE else "r1"


def difference(version: str) -> str | None:
    """What a person must know of an installed wheel that rounds otherwise than the engine; None where it does not."""
    revision = wheels_revision(version)
    if revision in (ENGINE_REVISION, None):
        return None
    return (
        f"it rounds as {revision}, the built-in engine as {ENGINE_REVISION}: a few outputs differ by a step "
        f"(docs/OPERATORS.md); install tflite-micro of {R2_SINCE} or newer"
    )
