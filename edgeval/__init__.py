"""edgeval: is the model on the microcontroller still the model that was validated?

The functions of docs/API.md, each imported when it is first used: `import edgeval` stays cheap.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edgeval.api.acknowledging import Acknowledged, acknowledge
    from edgeval.api.analysis import Analysis, analyze
    from edgeval.api.baseline import AcceptedBaseline, accept_baseline, read_baseline
    from edgeval.api.comparison import Comparison, compare, read_comparison
    from edgeval.api.corruption import Robustness, robustness
    from edgeval.api.exporting import Exports, export
    from edgeval.api.firmware import FirmwareImage, build_firmware
    from edgeval.api.footprint import Fits, Profile, fit, profile
    from edgeval.api.history import History, read_history
    from edgeval.api.imports import Imported, import_arrays, import_predictions
    from edgeval.api.judge import Judgement, Power, gate, gate_power
    from edgeval.api.layers import Layers, compare_layers
    from edgeval.api.pages import render_report
    from edgeval.api.results import Saved
    from edgeval.api.sharding import Evaluation, MergedGrid, evaluate, evaluate_corrupted, merge
    from edgeval.api.training import GridPlan, TrainedGrid, plan_grid, train_grid
    from edgeval.api.verification import Verified, verify
    from edgeval.devices.opening import open_target
    from edgeval.errors import EdgevalError

__version__ = "0.1.0"

_PUBLIC = {
    "edgeval.api.acknowledging": ("Acknowledged", "acknowledge"),
    "edgeval.api.analysis": ("Analysis", "analyze"),
    "edgeval.api.baseline": ("AcceptedBaseline", "accept_baseline", "read_baseline"),
    "edgeval.api.comparison": ("Comparison", "compare", "read_comparison"),
    "edgeval.api.corruption": ("Robustness", "robustness"),
    "edgeval.api.exporting": ("Exports", "export"),
    "edgeval.api.firmware": ("FirmwareImage", "build_firmware"),
    "edgeval.api.footprint": ("Fits", "Profile", "fit", "profile"),
    "edgeval.api.history": ("History", "read_history"),
    "edgeval.api.imports": ("Imported", "import_arrays", "import_predictions"),
    "edgeval.api.judge": ("Judgement", "Power", "gate", "gate_power"),
    "edgeval.api.layers": ("Layers", "compare_layers"),
    "edgeval.api.pages": ("render_report",),
    "edgeval.api.results": ("Saved",),
    "edgeval.api.sharding": ("Evaluation", "MergedGrid", "evaluate", "evaluate_corrupted", "merge"),
    "edgeval.api.training": ("GridPlan", "TrainedGrid", "plan_grid", "train_grid"),
    "edgeval.api.verification": ("Verified", "verify"),
    "edgeval.devices.opening": ("open_target",),
    "edgeval.errors": ("EdgevalError",),
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names}
__all__ = [
    "AcceptedBaseline",
    "Acknowledged",
    "Analysis",
    "Comparison",
    "EdgevalError",
    "Evaluation",
    "Exports",
    "FirmwareImage",
    "Fits",
    "GridPlan",
    "History",
    "Imported",
    "Judgement",
    "Layers",
    "MergedGrid",
    "Power",
    "Profile",
    "Robustness",
    "Saved",
    "TrainedGrid",
    "Verified",
    "__version__",
    "accept_baseline",
    "acknowledge",
    "analyze",
    "build_firmware",
    "compare",
    "compare_layers",
    "evaluate",
    "evaluate_corrupted",
    "export",
    "fit",
    "gate",
    "gate_power",
    "import_arrays",
    "import_predictions",
    "merge",
    "open_target",
    "plan_grid",
    "profile",
    "read_baseline",
    "read_comparison",
    "read_history",
    "render_report",
    "robustness",
    "train_grid",
    "verify",
]


class _Package(ModuleType):
    """Keeps the names of public functions.

    The packages `compare`, `export` and `gate` have names of functions too, and importing a part of one would put the
    package in the function's place. They are reached with `from edgeval.gate import ...`.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _MODULE_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'edgeval' has no attribute '{name}'")
    value = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
