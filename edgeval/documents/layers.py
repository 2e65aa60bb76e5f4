"""The layers of two stages as a transition of compare.json has them (docs/LAYERS.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypedDict

from edgeval.documents.fields import Count, Fraction, Limits, Some


class Channel(TypedDict):
    """A channel of an operator's output: values that differ, and by how many int8 steps at most."""

    channel: Count
    differing: Count
    largest_step: Count


class Rounding(TypedDict):
    """A way of rounding, and the share of the differing values that it gives."""

    rounding: str
    share: Fraction


class Divergence(TypedDict):
    """The first operator that differs by more than a step on equal inputs; its worst channels first."""

    index: Count
    operator: str
    tensor: str
    elements: Count
    differing: Count
    largest_step: Count
    channels: list[Channel]


class Layer(Divergence):
    """An operator on equal inputs; `accumulated_...` with each stage's own inputs."""

    accumulated_differing: Count
    accumulated_largest_step: Count
    rounding_from: Rounding | None
    rounding_to: Rounding | None


class Explanation(TypedDict):
    """How the operators of one kind round at both stages; None where no known way gives the values."""

    operator: str
    layers: Some
    differing: Count
    rounding_from: str | None
    share_from: Fraction | None
    rounding_to: str | None
    share_to: Fraction | None


class Layers(TypedDict):
    """The layers of one seed. `reproduced_...`: samples whose operators one by one end at the whole model's output."""

    seed: Count
    verdict: Annotated[str, Limits(enum=["bit-exact", "rounding only", "differs", "diverges"])]
    samples: Some
    sample_ids: Annotated[Sequence[Count], Limits(minItems=1)]
    reproduced_from: Count
    reproduced_to: Count
    text: str
    operators: Annotated[list[Layer], Limits(minItems=1)]
