"""placeholder until written"""

from __future__ import annotations

from edgeval.data.dataset import Dataset


def load_glyphs() -> Dataset:
    raise NotImplementedError
