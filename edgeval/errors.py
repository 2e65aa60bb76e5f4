"""The error tree. Every message is one line: what was seen, where, what to do next.

    EdgevalError            exit code 2
      UsageError            a name, option or key that does not exist or does not fit
      DataError             a dataset that cannot be read or does not fit the model
      ModelError            a model file that is damaged, unsupported or of the wrong kind
      StoreError            a stored file that is missing, truncated, changed or of another schema
      ToolError             a library, compiler or program that is missing or failed
      DeviceError           a device, emulator or link that failed
        DeviceTimeout       no answer in time
        DeviceFault         the core took a fault, or did what the chip does not forgive
        DeviceRestarted     the device lost its model, most likely by a reset

A regression found by the gate is a result, not an error: it is exit code 1.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EdgevalError(Exception):
    """Base of all errors that a user can meet; `edgeval.cli` prints it and exits with code 2."""


class UsageError(EdgevalError):
    """A name, option or key that does not exist or does not fit."""


class DataError(EdgevalError):
    """A dataset that cannot be read or does not fit the model."""


class ModelError(EdgevalError):
    """A model file that is damaged, unsupported or of the wrong kind."""


class StoreError(EdgevalError):
    """A stored file that is missing, truncated, changed or of another schema."""


class ToolError(EdgevalError):
    """A library, compiler or program that is missing or failed."""


class DeviceError(EdgevalError):
    """A device, emulator or link that failed."""


class DeviceTimeout(DeviceError):
    """No answer in time."""


class DeviceFault(DeviceError):
    """The core took a fault, or did what the chip does not forgive."""


class DeviceRestarted(DeviceError):
    """The device lost its model, most likely by a reset."""


def unknown(kind: str, seen: str, known: Iterable[str], where: str = "") -> UsageError:
    """The error for a name that is not among `known`, with the nearest one as a suggestion."""
    names = [str(name) for name in known]
    nearest = difflib.get_close_matches(str(seen), names, n=1, cutoff=0.5)
    hint = f"did you mean '{nearest[0]}'?" if nearest else f"known: {', '.join(names)}"
    place = f" in {where}" if where else ""
    return UsageError(f"unknown {kind} '{seen}'{place}; {hint}")
