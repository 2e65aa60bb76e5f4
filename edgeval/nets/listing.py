"""The catalogue with the cost of every network, as a document and as text."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from edgeval.nets.catalogue import PAPER_MODELS
from edgeval.nets.cost import cost
from edgeval.store import SCHEMA_VERSION

COLUMNS = "{:<18}{:>12}{:>14}{:>16}{:>18}"
NOTE = """\
int8 bytes are estimates. Weights: one byte per weight and four per bias, without the file's overhead. Activations: the
largest sum of a layer's input, output and held shortcut. Other sizes, such as scalecnn-6 and mobilenetv2-0.60, can
be trained too."""


def document(classes: int, size: int) -> dict[str, Any]:
    """The paper's networks for `classes` classes and images of `size` x `size` pixels."""
    networks = [{"id": model_id, **asdict(cost(model_id, classes, size, size))} for model_id in PAPER_MODELS]
    return {"schema_version": SCHEMA_VERSION, "classes": classes, "image_size": size, "networks": networks}


def table(listed: dict[str, Any]) -> str:
    """The document as text, one line per network."""
    lines = [COLUMNS.format("network", "params", "MACs", "weights int8", "activations int8")]
    for network in listed["networks"]:
        figures = ("params", "macs", "weights_int8_bytes", "activations_int8_bytes")
        lines.append(COLUMNS.format(network["id"], *(f"{network[name]:,}" for name in figures)))
    lines.append(f"{listed['classes']} classes, {listed['image_size']}x{listed['image_size']} pixels.")
    lines.append(NOTE)
    return "\n".join(lines)
