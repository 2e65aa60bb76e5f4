"""The paper's two families of networks."""

from __future__ import annotations

from edgeval.nets.catalogue import PAPER_MODELS, NetId, build, parse

__all__ = ["PAPER_MODELS", "NetId", "build", "parse"]
