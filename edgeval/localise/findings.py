"""What a walk through two stages means: where they part, and which roundings explain the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# TensorFlow Lite's specification of int8 operators fixes the exact value and leaves its rounding free: two right
# kernels give the same or neighbouring integers. The tables and polynomials behind SOFTMAX and LOGISTIC are far
# finer than an output step of 1/256, so the same bound holds there (tests/localise/test_bound.py).
ROUNDING_STEPS = 1

Row = Mapping[str, Any]  # a walk.Layer as JSON has it


def diverges_at(layers: Sequence[Row]) -> dict[str, Any] | None:
    """The first layer whose outputs differ by more than rounding on equal inputs, or None."""
    for row in layers:
        if row["largest_step"] > ROUNDING_STEPS:
            names = ("index", "operator", "tensor", "elements", "differing", "largest_step", "channels")
            return {name: row[name] for name in names}
    return None


def explained_by(layers: Sequence[Row]) -> list[dict[str, Any]]:
    """The roundings of each kind of operator that differs by rounding, the most frequent first.

    `share_from` and `share_to` are the fractions of its differing outputs that the named rounding gives exactly;
    None, like its name, where no rounding of the operator is emulated.
    """
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in layers:
        if not 0 < row["largest_step"] <= ROUNDING_STEPS:
            continue
        sides = {"from": row["rounding_from"], "to": row["rounding_to"]}
        names = {f"rounding_{side}": seen and seen["rounding"] for side, seen in sides.items()}
        entry = {"operator": row["operator"], **names, "layers": 1, "differing": row["differing"]}
        for side, seen in sides.items():
            entry[f"share_{side}"] = seen and seen["share"]
        key = (row["operator"], *names.values())
        found[key] = _together(found[key], entry) if key in found else entry
    return sorted(found.values(), key=lambda entry: (-entry["differing"], entry["operator"]))


def _together(one: Row, other: Row) -> dict[str, Any]:
    differing = one["differing"] + other["differing"]
    joined = {**one, "layers": one["layers"] + other["layers"], "differing": differing}
    for share in ("share_from", "share_to"):
        if one[share] is not None:
            joined[share] = (one[share] * one["differing"] + other[share] * other["differing"]) / differing
    return joined


def verdict(document: Row) -> str:
    """`diverges`, `rounding only`, `bit-exact`, or `differs` where the operators do not add up to the whole run."""
    if document["diverges_at"] is not None:
        return "diverges"
    if min(document["reproduced_from"], document["reproduced_to"]) < document["samples"]:
        return "differs"
    return "rounding only" if any(row["differing"] for row in document["operators"]) else "bit-exact"


def in_words(document: Row) -> str:
    """What was found, as a sentence for people."""
    kind = verdict(document)
    if kind == "diverges":
        return _divergence(document["diverges_at"])
    if kind == "differs":
        return (
            f"operator by operator only {document['reproduced_from']} ({document['from']}) and "
            f"{document['reproduced_to']} ({document['to']}) of {document['samples']} samples end at the outputs of "
            "the whole model: no operator is at fault alone, look at how the runtime plans memory or fuses operators"
        )
    if kind == "bit-exact":
        return f"all {len(document['operators'])} operators are bit-exact on equal inputs"
    differing = [row for row in document["operators"] if row["differing"]]
    values = sum(row["differing"] for row in differing)
    elements = sum(row["elements"] for row in document["operators"])
    return (
        f"on equal inputs no operator differs by more than one step, {len(differing)} of "
        f"{len(document['operators'])} do by one ({values:,} of {elements:,} values)"
        + roundings(document["explained_by"], document["from"], document["to"])
    )


def _divergence(layer: Row) -> str:
    worst = ", ".join(
        f"{row['channel']} ({row['differing']:,} values, up to {row['largest_step']} steps)"
        for row in layer["channels"][:3]
    )
    return (
        f"layer {layer['index']}, {layer['operator']} '{layer['tensor']}': on equal inputs {layer['differing']:,} of "
        f"{layer['elements']:,} values differ, by up to {layer['largest_step']} steps; worst channels {worst}"
    )


def roundings(rows: Sequence[Row], first: str, second: str) -> str:
    """`; CONV_2D: int8 rounds by X (100 %), tflm by Y (100 %)` for each kind, or nothing."""
    texts: dict[str, list[str]] = {}
    for row in rows:
        sides = (
            (first, row["rounding_from"], row["share_from"]),
            (second, row["rounding_to"], row["share_to"]),
        )
        if any(rounding is None for _, rounding, _ in sides):
            continue
        text = ", ".join(f"{stage} has {rounding} ({100 * share:.4g} %)" for stage, rounding, share in sides)
        texts.setdefault(text, []).append(row["operator"])
    return "".join(f"; {', '.join(operators)}: {text}" for text, operators in texts.items())
