"""Single operators at the shapes of real networks, whose DSP kernels have forms that small random shapes seldom reach.

    python -m tests.firmware.practical --core cortex-m4 --first 0 --cases 10000

compares the DSP kernels on an emulated core with plain C: bytes and arena.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from edgeval.devices.host import HostEngine
from tests.firmware import layers
from tests.firmware.cases import Case, Layer
from tests.firmware.emulated import CORES, EmulatedEngine, build
from tests.firmware.maker import SAME, VALID, Maker

FILTERS = ((3, 3), (3, 3), (3, 3), (1, 1), (5, 5), (7, 7), (5, 1), (10, 1), (1, 7), (2, 2), (4, 3), (10, 8))
LAYERS: tuple[Layer, ...] = (
    layers.depthwise, layers.conv, layers.depthwise, layers.conv, layers.depthwise, layers.dense, layers.pool,
    layers.pad, layers.conv, layers.requantize,
)  # fmt: skip


class PracticalMaker(Maker):
    """Larger images and the windows of real networks."""

    def image(self) -> int:
        height = self.pick(1, 2, 3, 4, 5, 6, 8, 10, self.between(1, 25))
        width = self.pick(1, height, height, 5, self.between(1, 25))
        channels = self.pick(1, 3, 4, 8, 12, 16, 24, 32, 64, self.between(1, 40))
        return self.activation((2 if self.chance(0.05) else 1, height, width, channels))

    def multiplier(self) -> int:
        return self.pick(1, 1, 1, 1, 2, 4, 8)

    def window(self, height: int, width: int) -> dict[str, int]:
        filter_h, filter_w = FILTERS[self.between(0, len(FILTERS) - 1)]
        fits = filter_h <= height and filter_w <= width
        padding = VALID if fits and self.chance(0.4) else SAME
        dilation = self.pick(1, 1, 1, 1, 1, 2) if padding == SAME else 1
        stride_h, stride_w = self.pick(1, 1, 1, 2, 2, 3), self.pick(1, 1, 1, 2, 2, 3)
        if self.chance(0.7):
            stride_w = stride_h
        return {
            "padding": padding, "filter_h": filter_h, "filter_w": filter_w, "stride_h": stride_h,
            "stride_w": stride_w, "dilation_h": dilation, "dilation_w": dilation,
        }  # fmt: skip


def practical_case(seed: int) -> Case:
    """The case of a seed: the operators in turn."""
    make = PracticalMaker(seed)
    layer = LAYERS[seed % len(LAYERS)]
    flat = layer is layers.dense
    x = (
        make.activation((make.pick(1, 1, 2), make.pick(1, 3, 10, 64, 128, make.between(1, 700))))
        if flat
        else make.image()
    )
    y = layer(make, x)
    return Case(layer.__name__, make.model.build([x], [y]), [make.values(make.model.shape(x))])


def difference(emulated: EmulatedEngine, host: HostEngine, case: Case) -> str | None:
    """How the emulated core and plain C part on a case; None where they agree."""
    host.load(case.model)
    if emulated.load(case.model) != 0:
        return "the core refuses the model"
    expected = np.asarray(host.invoke(*case.inputs)).tobytes()
    if emulated.invoke(*case.inputs).tobytes() != expected:
        return "bytes"
    arenas = emulated.arena_used_bytes(), host.stats().arena_used_bytes
    return None if arenas[0] == arenas[1] else f"arena {arenas[0]} and {arenas[1]} bytes"


def main() -> None:
    """The campaign; exit code 1 where anything differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--core", choices=sorted(CORES), default="cortex-m4")
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--cases", type=int, default=10_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        emulated, host, failures = (
            EmulatedEngine(build(options.core, Path(folder)), options.core),
            HostEngine(),
            0,
        )
        for seed in range(options.first, options.first + options.cases):
            case = practical_case(seed)
            found = difference(emulated, host, case)
            failures += found is not None
            if found is not None:
                print(f"seed {seed}, {case.name}: {found}")
            if seed % 500 == 499:
                print(f"{seed + 1 - options.first} cases, {failures} differ", file=sys.stderr, flush=True)
    print(f"{options.core}: {options.cases} cases from seed {options.first}, {failures} differ")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
