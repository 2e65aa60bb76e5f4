"""Targets: one TOML file each, read into a frozen Target."""

from edgeval.targets.target import Cache, Flash, Memory, Target, Uart, load, names

__all__ = ["Cache", "Flash", "Memory", "Target", "Uart", "load", "names"]
