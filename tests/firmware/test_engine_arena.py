"""The arena planner: what must not overlap does not, what may does."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from functools import cache

import pytest
from hypothesis import given, strategies as st

from edgeval.devices.build.host import host_library

NO_BUFFER = 0xFFFF


class _Overlap(ctypes.Structure):
    _fields_ = [("input", ctypes.c_uint16), ("same_start", ctypes.c_bool), ("gap", ctypes.c_uint32)]


class _Buffer(ctypes.Structure):
    _fields_ = [
        ("bytes", ctypes.c_uint32),
        ("offset", ctypes.c_int32),
        ("first", ctypes.c_uint16),
        ("last", ctypes.c_uint16),
        ("placed", ctypes.c_bool),
        ("overlaps", _Overlap * 2),
    ]


@dataclass
class Buffer:
    """`over` maps the index of an input to the bytes that this output must start below it; None: with it."""

    size: int
    first: int
    last: int
    over: dict[int, int | None] = field(default_factory=dict)


@cache
def library() -> ctypes.CDLL:
    return ctypes.CDLL(str(host_library()))


def plan(buffers: list[Buffer]) -> tuple[int, list[int]]:
    """Size of the block and offsets, from nn_arena_plan."""
    table = (_Buffer * max(1, len(buffers)))()
    for entry, buffer in zip(table, buffers, strict=False):
        entry.bytes, entry.first, entry.last = buffer.size, buffer.first, buffer.last
        for overlap in entry.overlaps:
            overlap.input = NO_BUFFER
        for overlap, (index, gap) in zip(entry.overlaps, buffer.over.items(), strict=False):
            overlap.input, overlap.same_start, overlap.gap = index, gap is None, gap or 0
    function = library().nn_arena_plan
    function.restype = ctypes.c_uint32
    total = function(table, ctypes.c_uint32(len(buffers)))
    return total, [entry.offset for entry in table][: len(buffers)]


def may_overlap(output: Buffer, index: int, at: int, input_at: int) -> bool:
    if index not in output.over:
        return False
    gap = output.over[index]
    return at == input_at if gap is None else at <= input_at - gap


@st.composite
def graphs(draw: st.DrawFn) -> list[Buffer]:
    """Buffers of a graph: each output may lie over up to two inputs that die where it is born."""
    size = st.integers(1, 200).map(lambda words: 4 * words)
    buffers: list[Buffer] = []
    for first in range(draw(st.integers(1, 12))):
        dying = [index for index, other in enumerate(buffers) if other.last == first]
        chosen = draw(st.lists(st.sampled_from(dying), max_size=2, unique=True)) if dying else []
        gap = st.one_of(st.none(), st.integers(0, 30).map(lambda words: 4 * words))
        over = {index: draw(gap) for index in chosen}
        buffers.append(Buffer(draw(size), first, first + draw(st.integers(0, 3)), over))
    return buffers


@given(graphs())
def test_buffers_needed_at_the_same_time_share_bytes_only_where_they_may(buffers: list[Buffer]) -> None:
    total, offsets = plan(buffers)
    placed = list(enumerate(zip(buffers, offsets, strict=True)))
    for i, (a, at) in placed:
        assert at >= 0 and at + a.size <= total
        for k, (b, other) in placed[:i]:
            together = a.first <= b.last and b.first <= a.last
            apart = at + a.size <= other or other + b.size <= at
            assert not together or apart or may_overlap(a, k, at, other) or may_overlap(b, i, other, at)


@given(graphs())
def test_the_block_is_no_larger_than_without_reuse_and_no_smaller_than_the_largest(
    buffers: list[Buffer],
) -> None:
    total, _ = plan(buffers)
    assert max(buffer.size for buffer in buffers) <= total
    gaps = sum(gap or 0 for buffer in buffers for gap in buffer.over.values())
    assert total <= sum(buffer.size for buffer in buffers) + gaps


def test_a_chain_of_in_place_operators_needs_one_buffer() -> None:
    chain = [Buffer(400, 0, 0), *(Buffer(400, i, i + 1, {i: 0}) for i in range(5))]
    chain[0].last = 0
    assert plan(chain) == (400, [0] * 6)


def test_a_row_by_row_operator_needs_its_gap_on_top() -> None:
    """A 3x3 convolution of 32x32x4: an output as large as its input, a row and two pixels below it."""
    gap = (32 + 2) * 4
    total, (below, above) = plan([Buffer(4096, 0, 1), Buffer(4096, 1, 1, {0: gap})])[0], (0, 0)
    assert total == 4096 + gap and below == above


@pytest.mark.parametrize("gap", [None, 0])
def test_an_input_that_is_read_later_is_kept(gap: int | None) -> None:
    """The planner is told of overlaps only where the input dies; a residual's input does not."""
    residual, branch = Buffer(64, 0, 2), Buffer(64, 1, 2)
    joined = Buffer(64, 2, 3, {1: gap})
    total, offsets = plan([residual, branch, joined])
    assert total == 128 and offsets[2] == offsets[1] != offsets[0]


def test_no_buffers() -> None:
    assert plan([])[0] == 0
