"""Networks: the shipped families, and those of one's own."""

from __future__ import annotations

from edgeval.nets.catalogue import FAMILIES, MODELS, PAPER_MODELS, NetId, build, parse
from edgeval.nets.code import Code

__all__ = ["FAMILIES", "MODELS", "PAPER_MODELS", "Code", "NetId", "build", "parse"]
