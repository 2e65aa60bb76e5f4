"""Import torchvision also where its compiled operators do not match torch."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def torchvision_module(name: str) -> ModuleType:
    """`torchvision.<name>`, for the parts that need no compiled operator: datasets, models, transforms.

    A torchvision built for another torch fails on import when it registers fake versions of its compiled
    operators (`operator torchvision::nms does not exist`). Only then is an empty module put in the place of
    that registration.
    """
    try:
        return importlib.import_module(f"torchvision.{name}")
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
    for module in [module for module in sys.modules if module.partition(".")[0] == "torchvision"]:
        del sys.modules[module]
    sys.modules["torchvision._meta_registrations"] = ModuleType("torchvision._meta_registrations")
    return importlib.import_module(f"torchvision.{name}")
