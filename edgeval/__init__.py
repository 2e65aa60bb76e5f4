"""edgeval: is the model on the microcontroller still the model that was validated?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeval.devices.opening import open_target

__version__ = "0.1.0"
__all__ = ["__version__", "open_target"]


def __getattr__(name: str) -> Any:
    """`open_target` is imported when it is first used: `import edgeval` stays cheap."""
    if name == "open_target":
        from edgeval.devices.opening import open_target

        return open_target
    raise AttributeError(f"module 'edgeval' has no attribute '{name}'")
