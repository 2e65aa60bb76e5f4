"""Values that several documents share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict

from edgeval.records import KINDS, STAGES
from edgeval.store import SCHEMA_VERSION


class Limits:
    """What a value's type does not say, as keywords of JSON Schema."""

    def __init__(self, **keywords: Any) -> None:
        self.keywords = keywords


SchemaVersion = Annotated[int, Limits(const=SCHEMA_VERSION)]
Sha256 = Annotated[str, Limits(pattern="^[0-9a-f]{64}$")]
StageName = Annotated[str, Limits(enum=list(STAGES))]
Day = Annotated[str, Limits(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Count = Annotated[int, Limits(minimum=0)]
Some = Annotated[int, Limits(minimum=1)]
Fraction = Annotated[float, Limits(minimum=0, maximum=1)]
Points = Annotated[float, Limits(minimum=-100, maximum=100)]
PerChannel = float | Sequence[float]  # one for all channels, or one for each
Interval = Annotated[Sequence[float], Limits(minItems=2, maxItems=2)]  # lower and upper bound

FromTo = TypedDict("FromTo", {"from": StageName, "to": StageName})


class OfKind(TypedDict, total=False):
    """`kind` is that of the samples, absent for images."""

    kind: Annotated[str, Limits(enum=list(KINDS))]


class Dataset(OfKind):
    """The test set of a document. `sha256` covers samples, labels and class names; `classes` in the order of labels."""

    name: str
    sha256: Sha256
    samples: Some
    classes: Annotated[Sequence[str], Limits(minItems=1)]


class Spread(TypedDict):
    """Mean over the seeds that have the figure, None where none has it; sample deviation, None for one seed."""

    mean: float | None
    std: float | None


class Reliability(TypedDict):
    """The reliability diagram, one entry a bin and one more edge; a bin without samples has None."""

    edges: Sequence[Fraction]
    samples: Sequence[Count]
    confidence: Sequence[Fraction | None]
    accuracy: Sequence[Fraction | None]


class ModelFile(TypedDict):
    """Which file a figure was evaluated with; the hash is None where predictions were imported without it."""

    model: str
    seed: Count
    stage: StageName
    model_sha256: Sha256 | None
