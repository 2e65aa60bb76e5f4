"""Operators that move elements, one function each, int8 or int16 as the maker says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tests.firmware.maker import Maker


def _index(make: Maker, values: list[int]) -> int:
    return make.model.constant(np.array(values, np.int32))


def slice_(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    begin = [make.between(0, size - 1) for size in shape]
    sizes = [make.between(1, size - first) for first, size in zip(begin, shape, strict=True)]
    y = make.like(x, tuple(sizes))
    said = [
        -1 if first + count == size and make.chance(0.5) else count
        for first, count, size in zip(begin, sizes, shape, strict=True)
    ]
    if make.chance(0.3):
        wide = [make.model.constant(np.array(values, np.int64)) for values in (begin, said)]
        make.model.operator("SLICE", [x, *wide], [y])
    else:
        make.model.operator("SLICE", [x, _index(make, begin), _index(make, said)], [y])
    return y


def strided_slice(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    begin, end, strides, kept = [], [], [], []
    masks = {"beginMask": 0, "endMask": 0, "shrinkAxisMask": 0}
    for axis, size in enumerate(shape):
        step = make.pick(1, 1, 2, 3, -1, -2)
        first, last = sorted((make.between(0, size), make.between(0, size)))
        first, last = (first, last) if first < last else (0, size)
        if step < 0:
            first, last = last - 1, first - 1 if first > 0 else -size - 1
        if make.chance(0.3):
            masks["beginMask"] |= 1 << axis
        if make.chance(0.3):
            masks["endMask"] |= 1 << axis
        if make.chance(0.2) and len(kept) + len(shape) - axis > 1:
            masks["shrinkAxisMask"] |= 1 << axis
            masks["beginMask"] &= ~(1 << axis)
            first, step = make.between(0, size - 1), 1
        else:
            low = None if masks["beginMask"] >> axis & 1 else first
            high = None if masks["endMask"] >> axis & 1 else last
            kept.append(len(range(*slice(low, high, step).indices(size))))
        begin.append(first - size if first < size and make.chance(0.3) and first >= 0 else first)
        end.append(last)
        strides.append(step)
    y = make.like(x, tuple(kept))
    make.model.operator(
        "STRIDED_SLICE", [x, *(_index(make, values) for values in (begin, end, strides))], [y],
        "StridedSliceOptions", **masks,
    )  # fmt: skip
    return y


def _several(make: Maker, x: int, shapes: list[tuple[int, ...]]) -> list[int]:
    """Outputs with these shapes; one is the layer's, the others may be the model's."""
    outputs = [make.like(x, shape) for shape in shapes]
    make.more_outputs.extend(tensor for tensor in outputs[1:] if make.chance(0.7))
    return outputs


def split(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    axis = make.between(0, len(shape) - 1)
    divisors = [number for number in range(1, min(shape[axis], 6) + 1) if shape[axis] % number == 0]
    count = make.pick(*divisors)
    part = tuple(size // count if i == axis else size for i, size in enumerate(shape))
    outputs = _several(make, x, [part] * count)
    named = _index(make, [axis - len(shape) if make.chance(0.3) else axis])
    make.model.operator("SPLIT", [named, x], outputs, "SplitOptions", numSplits=count)
    return outputs[0]


def split_v(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    axis = make.between(0, len(shape) - 1)
    cuts = sorted({0, shape[axis], *(make.between(0, shape[axis]) for _ in range(2))})
    sizes = [end - start for start, end in pairwise(cuts)]
    parts = [tuple(part if i == axis else size for i, size in enumerate(shape)) for part in sizes]
    outputs = _several(make, x, parts)
    operands = [x, _index(make, sizes), _index(make, [axis - len(shape) if make.chance(0.3) else axis])]
    make.model.operator("SPLIT_V", operands, outputs, "SplitVOptions", numSplits=len(sizes))
    return outputs[0]


def unpack(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    axis = make.between(0, len(shape) - 1)
    rest = shape[:axis] + shape[axis + 1 :]
    outputs = _several(make, x, [rest] * shape[axis])
    signed = axis - len(shape) if make.chance(0.3) else axis
    make.model.operator("UNPACK", [x], outputs, "UnpackOptions", num=shape[axis], axis=signed)
    return outputs[0]


def pack(make: Maker, x: int) -> int:
    shape, (scale, zero_point) = make.model.shape(x), make.model.quantization(x)
    count, axis = make.between(1, 4), make.between(0, len(shape))
    others = [make.model.constant(make.values(shape), [scale], zero_point) for _ in range(count - 1)]
    y = make.like(x, (*shape[:axis], count, *shape[axis:]))
    signed = axis - len(shape) - 1 if make.chance(0.3) else axis
    make.model.operator("PACK", [x, *others], [y], "PackOptions", valuesCount=count, axis=signed)
    return y


def expand_and_squeeze(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    axis = make.between(0, len(shape))
    wide = make.like(x, (*shape[:axis], 1, *shape[axis:]))
    make.model.operator("EXPAND_DIMS", [x, _index(make, [axis])], [wide], "ExpandDimsOptions")
    y = make.like(x, shape)
    make.model.operator("SQUEEZE", [wide], [y], "SqueezeOptions", squeezeDims=[axis])
    return y


def resize_nearest(make: Maker, x: int) -> int:
    batch, height, width, channels = make.model.shape(x)
    size = [make.pick(1, height, 2 * height, make.between(1, 20)), make.pick(1, width, 2 * width, 7)]
    y = make.like(x, (batch, *size, channels))
    corners, half = ((False, False), (True, False), (False, True), (True, True))[make.between(0, 3)]
    make.model.operator(
        "RESIZE_NEAREST_NEIGHBOR", [x, _index(make, size)], [y], "ResizeNearestNeighborOptions",
        alignCorners=corners, halfPixelCenters=half,
    )  # fmt: skip
    return y


def gather(make: Maker, x: int) -> int:
    shape = make.model.shape(x)
    axis = make.between(0, len(shape) - 1)
    batch_dims = make.between(0, axis) if make.chance(0.3) else 0
    inner = tuple(make.between(1, 3) for _ in range(make.between(1, 2)))
    form = (*shape[:batch_dims], *inner)
    indices = make.random.integers(0, shape[axis], form, dtype=np.int32)
    y = make.like(x, (*shape[:axis], *inner, *shape[axis + 1 :]))
    signed = axis - len(shape) if make.chance(0.3) else axis
    make.model.operator(
        "GATHER", [x, make.model.constant(indices)], [y], "GatherOptions", axis=signed, batchDims=batch_dims
    )
    return y
