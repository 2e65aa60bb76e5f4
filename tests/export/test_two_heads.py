"""A network with two heads is told to return one output. Reference: a module that returns a pair."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from edgeval.errors import ModelError  # noqa: E402
from edgeval.export.onnx import export_torch  # noqa: E402


class TwoHeads(torch.nn.Module):
    def forward(self, images):  # type: ignore[no-untyped-def]
        scores = images.mean(dim=(2, 3))
        return scores, scores


def test_two_heads_are_told_what_to_do() -> None:
    with pytest.raises(
        ModelError, match=r"nets:build returns 2 outputs \(tuple\), one is needed: return one output"
    ):
        export_torch(TwoHeads(), (8, 8, 3), 3, "nets:build")
