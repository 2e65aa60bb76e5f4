"""The firmware's frame codec, built for the PC. Reference: the Python codec and zlib's CRC-32."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from edgeval.devices.wire import frame as python_codec

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware"


class CFrame(ctypes.Structure):
    """frame_t"""

    _fields_ = [
        ("version", ctypes.c_uint8),
        ("opcode", ctypes.c_uint8),
        ("status", ctypes.c_int8),
        ("payload_bytes", ctypes.c_uint16),
        ("sequence", ctypes.c_uint32),
        ("crc", ctypes.c_uint32),
        ("payload", ctypes.c_void_p),
    ]


@pytest.fixture(scope="module")
def codec(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    if shutil.which("cc") is None:
        pytest.skip("no C compiler")
    library = tmp_path_factory.mktemp("codec") / "codec.so"
    sources = [str(FIRMWARE / "proto" / name) for name in ("crc32.c", "frame.c")]
    flags = ["-std=c11", "-O1", "-g", "-shared", "-fPIC", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *flags, f"-I{FIRMWARE}", *sources, "-o", str(library)], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.frame_decoder_space.restype = ctypes.c_void_p
    loaded.frame_decoder_next.restype = ctypes.c_bool
    loaded.frame_crc32.restype = ctypes.c_uint32
    return loaded


def decoded(codec: ctypes.CDLL, stream: bytes, step: int) -> Iterator[python_codec.Frame]:
    decoder = ctypes.create_string_buffer(python_codec.FRAME_MAX + 64)
    codec.frame_decoder_init(decoder)
    space, frame = ctypes.c_uint32(), CFrame()
    at = 0
    while at < len(stream):
        where = codec.frame_decoder_space(decoder, ctypes.byref(space))
        part = stream[at : at + min(step, space.value)]
        assert part, "the decoder is full without a frame"
        ctypes.memmove(where, part, len(part))
        codec.frame_decoder_received(decoder, len(part))
        at += len(part)
        while codec.frame_decoder_next(decoder, ctypes.byref(frame)):
            payload = ctypes.string_at(frame.payload, frame.payload_bytes)
            yield python_codec.Frame(frame.opcode, frame.sequence, payload, frame.status, frame.version)


FRAME = st.builds(
    python_codec.Frame,
    opcode=st.integers(0, 255),
    sequence=st.integers(0, 2**32 - 1),
    payload=st.binary(max_size=300),
    status=st.integers(-128, 127),
)
PIECE = st.one_of(
    FRAME.map(lambda frame: frame.encode()),
    FRAME.map(lambda frame: frame.encode()[:-3]),
    FRAME.map(lambda frame: frame.encode()[:15]),
    st.binary(max_size=40),
    st.sampled_from([b"E", b"V", b"EV", b"EEVV"]),
)


@settings(max_examples=200)
@given(st.lists(PIECE, max_size=8).map(b"".join), st.integers(1, 700))
def test_same_frames_as_the_python_codec(codec: ctypes.CDLL, stream: bytes, step: int) -> None:
    expected = [frame for frame in python_codec.decode([stream]) if frame is not None]
    assert list(decoded(codec, stream, step)) == expected


@given(FRAME)
def test_same_bytes_as_the_python_codec(codec: ctypes.CDLL, frame: python_codec.Frame) -> None:
    buffer = ctypes.create_string_buffer(python_codec.FRAME_MAX)
    ctypes.memmove(ctypes.addressof(buffer) + python_codec.HEADER_BYTES, frame.payload, len(frame.payload))
    fields = CFrame(0, frame.opcode, frame.status, len(frame.payload), frame.sequence, 0, None)
    size = codec.frame_encode(buffer, ctypes.byref(fields))
    assert buffer.raw[:size] == frame.encode()


@given(st.binary(max_size=500), st.integers(0, 500))
def test_crc_is_that_of_zlib(codec: ctypes.CDLL, data: bytes, cut: int) -> None:
    first = codec.frame_crc32(0, data[:cut], len(data[:cut]))
    assert codec.frame_crc32(ctypes.c_uint32(first), data[cut:], len(data[cut:])) == zlib.crc32(data)


def test_limits_are_the_same_in_both_languages() -> None:
    header = (FIRMWARE / "proto" / "frame.h").read_text()
    assert f"#define FRAME_CHUNK_MAX {python_codec.CHUNK_MAX}u" in header
    assert f"#define FRAME_PROTOCOL_VERSION {python_codec.VERSION}u" in header
    assert f"#define FRAME_HEADER_BYTES {python_codec.HEADER_BYTES}u" in header
