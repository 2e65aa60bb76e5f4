"""The gate on real networks: MLPerf Tiny's ResNet-8 with the weights of one class damaged by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tflite

from edgeval.compare.document import compare
from edgeval.evaluation.chain import Request, cases_of
from edgeval.gate.baseline import accepted, baseline_bytes, read_baseline
from edgeval.gate.terms import BASELINE, Terms

DAMAGED = 7  # horse


def damaged(model: bytes, index: int) -> bytes:
    """The same model whose last layer never says `index`: its weights are 0 and its bias is far below the others."""
    data = bytearray(model)
    graph = tflite.Model.GetRootAsModel(data, 0)
    (subgraph,) = [graph.Subgraphs(0)]
    dense = [
        operator
        for operator in (subgraph.Operators(i) for i in range(subgraph.OperatorsLength()))
        if graph.OperatorCodes(operator.OpcodeIndex()).BuiltinCode() == tflite.BuiltinOperator.FULLY_CONNECTED
    ][-1]
    weights, bias = (graph.Buffers(subgraph.Tensors(dense.Inputs(k)).Buffer()).DataAsNumpy() for k in (1, 2))
    weights.reshape(10, -1)[index] = 0  # the arrays are views of `data`
    bias.view(np.int32)[index] = -100_000  # about -390 in units of the logit: below all others
    return bytes(data)


@pytest.mark.slow
def test_a_damaged_class_fails_alone(resnet8: Path, cifar10_subset: Path, tmp_path: Path) -> None:
    with np.load(cifar10_subset) as arrays:
        parts = {name: arrays[name][:500] for name in arrays.files if name != "classes"}
        named = {"classes": arrays["classes"]} if "classes" in arrays.files else {}
    np.savez(tmp_path / "images.npz", **parts, **named)
    broken = tmp_path / "damaged.tflite"
    broken.write_bytes(damaged(resnet8.read_bytes(), DAMAGED))

    def case(model: Path, name: str) -> list:
        asked = Request(
            model=model, dataset=f"npz:{tmp_path / 'images.npz'}", stages="int8", out=tmp_path / name
        )
        return cases_of(asked)

    before = case(resnet8, "before")
    (tmp_path / "baseline.json").write_bytes(baseline_bytes(accepted(before, Terms().policy.sha256)))
    terms = Terms(against=BASELINE, baseline=read_baseline(tmp_path / "baseline.json"))
    assert compare(before, terms=terms)["gate"]["passed"]
    result = compare(case(broken, "after"), terms=terms)["gate"]
    # Another file: edgeval cannot know that it is no retraining, so it only warns unless it is told.
    assert (result["judged"][0]["yardstick"], result["verdict"]) == ("classes", "pass")
    assert "warn" in {row["status"] for row in result["checks"]}
    as_they_are = replace(terms, policy=replace(terms.policy, yardstick="images"))
    result = compare(case(broken, "after"), terms=as_they_are)["gate"]
    names = result["checks"][0]["classes"]["name"]
    assert {row["class"] for row in result["violations"] if row["class"]} == {names[DAMAGED]}
    assert {row["rule"] for row in result["violations"]} >= {"class_accuracy"}
    assert f"most in {names[DAMAGED]}" in result["checks"][1]["message"]
