"""The frame codec: reference is zlib's CRC32 and the golden frames of docs/PROTOCOL.md."""

from __future__ import annotations

import re
from pathlib import Path

from hypothesis import given, settings, strategies as st

from edgeval.devices.wire.frame import FRAME_MAX, PAYLOAD_MAX, Frame, decode

PROTOCOL = Path(__file__).resolve().parents[3] / "docs" / "PROTOCOL.md"

FRAMES = st.builds(
    Frame,
    opcode=st.integers(0, 255),
    sequence=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=PAYLOAD_MAX),
    status=st.integers(-128, 127),
)


def received(*chunks: bytes) -> list[Frame]:
    return [frame for frame in decode(chunks) if frame is not None]


@given(st.lists(FRAMES, max_size=4), st.integers(1, 60))
def test_frames_survive_any_cut_into_chunks(frames: list[Frame], step: int) -> None:
    stream = b"".join(frame.encode() for frame in frames)
    assert received(*(stream[at : at + step] for at in range(0, len(stream), step))) == frames


@given(st.binary(max_size=200), FRAMES)
def test_a_frame_is_found_behind_garbage(garbage: bytes, frame: Frame) -> None:
    # A false header in the garbage may swallow the first copy, never one that comes FRAME_MAX bytes later.
    stream = garbage + frame.encode() * (2 + FRAME_MAX // len(frame.encode()))
    assert received(stream)[-1] == frame


@settings(max_examples=300)
@given(FRAMES, st.data())
def test_a_damaged_frame_is_never_taken(frame: Frame, data: st.DataObject) -> None:
    """One to 32 flipped bits in a row: CRC-32 finds every such burst."""
    wire = bytearray(frame.encode())
    first = data.draw(st.integers(0, 8 * len(wire) - 1))
    pattern = data.draw(st.integers(1, 2**32 - 1)) | 1
    flipped = int.from_bytes(wire, "little") ^ (pattern << first)
    damaged = flipped.to_bytes(len(wire) + 4, "little")[: len(wire)]
    assert frame not in received(damaged)
    assert received(damaged) == []


@given(st.binary(max_size=3000))
def test_any_bytes_are_digested(stream: bytes) -> None:
    for frame in received(stream):
        assert frame.encode() in stream


def test_golden_frames_of_the_specification() -> None:
    lines = re.findall(r"^    ((?:[0-9a-f]{2} )+[0-9a-f]{2})$", PROTOCOL.read_text(), re.MULTILINE)
    frames = received(bytes.fromhex("".join(lines)))
    assert frames == [Frame(0x01, 0x11223344), Frame(0x87, 7, bytes.fromhex("00000000807f"))]
    assert b"".join(frame.encode() for frame in frames) == bytes.fromhex("".join(lines))
