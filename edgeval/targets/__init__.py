"""Targets: one TOML file each, read into a frozen Target."""

from edgeval.targets.target import ENGINES, Cache, Flash, Memory, Target, Uart, load, names

__all__ = ["ENGINES", "Cache", "Flash", "Memory", "Target", "Uart", "load", "names"]
