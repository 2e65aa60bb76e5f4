"""The catalogue with the cost of every network, as a document and as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from edgeval.errors import DataError
from edgeval.nets.catalogue import FAMILIES, Family, NetId, takes
from edgeval.nets.cost import cost
from edgeval.store import SCHEMA_VERSION

COLUMNS = "{:<24}{:>12}{:>14}{:>16}{:>18}"
PAPER_FAMILIES = ("scalecnn", "mobilenetv2")
NOTE = """\
int8 bytes are estimates. Weights: one byte per weight and four per bias, without the file's overhead. Activations: the
largest sum of a layer's input, output and held shortcut. Other sizes, such as scalecnn-6 and mobilenetv2-0.60, can
be trained too; --network FAMILY lists all sizes of one. docs/NETWORKS.md says where each family comes from, and how to
bring a network of your own."""


def chosen(input_shape: tuple[int, ...], network: str | None, sizes: Sequence[float]) -> list[NetId]:
    """The networks of the families that take such samples; of one family or file, where `network` names it.

    Raises UsageError for a network that is neither, DataError where no family takes such samples.
    """
    if network is not None and network not in FAMILIES:
        from edgeval.nets.own import named

        code = named(network)
        return [NetId(code.name, size, code) for size in sizes or (1,)]
    families = [FAMILIES[network]] if network else [f for f in FAMILIES.values() if takes(f, input_shape)]
    if not families:
        raise DataError(f"no network of edgeval takes samples of {input_shape}; give larger ones")
    return [NetId(family.name, size) for family in families for size in sizes or _sizes(family, network)]


def _sizes(family: Family, network: str | None) -> tuple[float, ...]:
    """All of the paper's families and of one that is named; of the others the smallest, a middle and the largest."""
    if network or family.name in PAPER_FAMILIES:
        return family.sizes
    return (family.sizes[0], family.sizes[len(family.sizes) // 2], family.sizes[-1])


def document(classes: int, input_shape: tuple[int, ...], nets: Sequence[NetId]) -> dict[str, Any]:
    """The networks for `classes` classes and samples of `input_shape`, (height, width, channels) and so on."""
    networks = [{"id": str(net), **asdict(cost(str(net), classes, input_shape, net.code))} for net in nets]
    return {
        "schema_version": SCHEMA_VERSION,
        "classes": classes,
        "input_shape": list(input_shape),
        "networks": networks,
    }


def table(listed: dict[str, Any]) -> str:
    """The document as text, one line per network."""
    lines = [COLUMNS.format("network", "params", "MACs", "weights int8", "activations int8")]
    for network in listed["networks"]:
        figures = ("params", "macs", "weights_int8_bytes", "activations_int8_bytes")
        lines.append(COLUMNS.format(network["id"], *(f"{network[name]:,}" for name in figures)))
    shape = " x ".join(map(str, listed["input_shape"]))
    lines.append(f"{listed['classes']} classes, samples of {shape}.")
    lines.append(NOTE)
    return "\n".join(lines)
