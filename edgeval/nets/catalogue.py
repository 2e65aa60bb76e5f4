"""Which networks there are: one line a family, and from a model id such as `scalecnn-16` to its network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from edgeval.errors import DataError, UsageError, unknown
from edgeval.nets.code import Code

if TYPE_CHECKING:
    from torch import nn

SCALECNN_WIDTHS = (4, 8, 12, 16, 24, 32, 48, 64)
MOBILENETV2_WIDTHS = (0.10, 0.15, 0.25, 0.35, 0.50, 0.75, 1.0, 1.5, 2.0, 3.0)
PAPER_MODELS = (
    *(f"scalecnn-{width}" for width in SCALECNN_WIDTHS),
    *(f"mobilenetv2-{width:.2f}" for width in MOBILENETV2_WIDTHS),
)
WIDTHS = (0.25, 0.35, 0.50, 0.75, 1.00)
SPELLING = r"(0|[1-9]\d*)(\.\d*[1-9])?"  # of the size of a network of one's own: a number has one


@dataclass(frozen=True)
class Family:
    """Networks that differ in size. `builder` is module:function below edgeval.nets; `axes` how many axes a sample
    may have (3: height, width, channels; 2: time, channels; 1: features), each but the last at least `shortest` long.

    `smallest` to `largest` are the sizes that can be named, with `decimals`; `sizes` those that are listed.
    """

    name: str
    builder: str
    unit: str
    decimals: int
    smallest: float
    largest: float
    sizes: tuple[float, ...]
    axes: tuple[int, ...] = (3,)
    shortest: int = 3
    last: int | None = None  # the only length of the last axis, of samples with three

    def spelled(self, size: float) -> str:
        return f"{size:.{self.decimals}f}"

    @property
    def models(self) -> tuple[str, ...]:
        return tuple(f"{self.name}-{self.spelled(size)}" for size in self.sizes)


FILTERS, WIDTH = "filters", "width multiplier"
FAMILIES = {
    family.name: family
    for family in (
        Family("scalecnn", "scalecnn:build", FILTERS, 0, 1, 256, SCALECNN_WIDTHS, shortest=8),
        Family("mobilenetv2", "mobilenetv2:build", WIDTH, 2, 0.05, 4, MOBILENETV2_WIDTHS, shortest=8),
        Family("resnet8", "resnet8:build", FILTERS, 0, 1, 256, (4, 8, 16, 26, 32, 48)),
        Family("dscnn", "dscnn:build", FILTERS, 0, 1, 512, (16, 32, 64, 96, 128)),
        Family("mobilenetv1", "mobilenetv1:build", WIDTH, 2, 0.05, 4, (0.10, *WIDTHS)),
        Family("mobilenetv3min", "inverted:mobilenetv3min", WIDTH, 2, 0.05, 4, WIDTHS),
        Family("efficientnetlite0", "inverted:efficientnetlite0", WIDTH, 2, 0.05, 4, WIDTHS),
        Family("mcunet", "inverted:mcunet", WIDTH, 2, 0.05, 4, (*WIDTHS, 1.50)),
        Family("tcresnet8", "series:tcresnet8", WIDTH, 2, 0.1, 8, (0.50, 1.00, 1.50, 2.00), (2, 3), last=1),
        Family("cnn1d", "series:cnn1d", FILTERS, 0, 1, 512, (8, 16, 32, 64, 128), (2, 3), last=1),
        Family("mlp", "series:mlp", FILTERS, 0, 1, 1024, (16, 32, 64, 128, 256), (1, 2, 3), shortest=1),
    )
}
MODELS = tuple(model for family in FAMILIES.values() for model in family.models)


@dataclass(frozen=True)
class NetId:
    """A family and its size; `code` builds a network that is not edgeval's."""

    arch: str
    width: float
    code: Code | None = None

    @property
    def size(self) -> str:
        return spelled(self.width) if self.code else FAMILIES[self.arch].spelled(self.width)

    def __str__(self) -> str:
        return f"{self.arch}-{self.size}"


def spelled(size: float) -> str:
    """The one spelling of the size of a network of one's own: 8, 0.25; never 8.0 or 0.250.

    Raises UsageError where a size is no positive number, or has more digits than a name should.
    """
    text = f"{size:.6f}".rstrip("0").rstrip(".") if 0 < size < 1e9 else ""
    if not text or float(text) != size:
        raise UsageError(f"a network's size is {size}, expected a number above 0 with at most six decimals")
    return text


def parse(model_id: str, code: Code | None = None) -> NetId:
    """The network that `model_id` names; any size that fits, but only in its one spelling. `code` builds it where it
    is not edgeval's.

    Raises UsageError for anything else, with the nearest known name.
    """
    if code is not None:
        return _parse_own(model_id, code)
    match = re.fullmatch(rf"({'|'.join(FAMILIES)})-(\d+(?:\.\d+)?)", model_id, re.ASCII)
    if not match:
        raise unknown("network", model_id, MODELS)
    net, family = NetId(match.group(1), float(match.group(2))), FAMILIES[match.group(1)]
    if not family.smallest <= net.width <= family.largest:
        raise UsageError(
            f"network '{model_id}' is out of range; {net.arch} goes from {family.smallest} to {family.largest}"
        )
    if str(net) != model_id:
        raise UsageError(f"unknown network '{model_id}'; did you mean '{net}'?")
    return net


def _parse_own(model_id: str, code: Code) -> NetId:
    name, _, size = model_id.rpartition("-")
    if name != code.name or not re.fullmatch(SPELLING, size, re.ASCII) or float(size) == 0:
        raise UsageError(f"unknown network '{model_id}'; networks of {code.build} are {code.name}-SIZE")
    return NetId(name, float(size), code)


def build(
    model_id: str, classes: int, input_shape: tuple[int, ...] = (32, 32, 3), code: Code | None = None
) -> nn.Module:
    """A freshly initialised network in training mode, from torch's default generator.

    `input_shape` is that of a sample in TFLite's order: (height, width, channels), (time, channels) or (features,).
    Input float32 in torch's order, (n, channels, height, width) and so on; output logits (n, classes). Raises DataError
    where the family does not take such samples, ModelError where a network of one's own cannot be built.
    """
    net = parse(model_id, code)
    if code is not None:
        from edgeval.nets.own import call

        return call(code, net.width, classes, input_shape)
    check_input(net, input_shape)
    module, _, function = FAMILIES[net.arch].builder.partition(":")
    builder = getattr(import_module(f"edgeval.nets.{module}"), function)
    built: nn.Module = builder(net.width, classes, input_shape)
    return built


def takes(family: Family, input_shape: tuple[int, ...]) -> bool:
    """Whether the family has networks for such samples."""
    fits = len(input_shape) in family.axes and all(length >= family.shortest for length in input_shape[:-1])
    return fits and (len(input_shape) != 3 or family.last in (None, input_shape[2]))


def check_input(net: NetId, input_shape: tuple[int, ...]) -> None:
    """DataError where a network of edgeval does not take such samples, with those that do."""
    family = FAMILIES[net.arch]
    if takes(family, input_shape):
        return
    forms = {3: "(height, width, channels)", 2: "(time, channels)", 1: "(features,)"}
    forms |= {3: f"(time, features, {family.last})"} if family.last else {}
    known = ", ".join(other.name for other in FAMILIES.values() if takes(other, input_shape))
    raise DataError(
        f"{family.name} takes samples {' or '.join(forms[axes] for axes in family.axes)} with sides of at least "
        f"{family.shortest}, these have {input_shape}; "
        + (f"for them there are {known}" if known else "give larger samples")
    )
