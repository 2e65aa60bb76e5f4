"""Frames of the link protocol, version 1 (docs/PROTOCOL.md has every byte)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAGIC = b"EV"
VERSION = 1
CHUNK_MAX = 1024  # bytes of model or tensor data in one frame
PAYLOAD_MAX = CHUNK_MAX + 8
REPLY_BIT = 0x80

HEADER = struct.Struct("<2sBBIbBH")  # magic, version, opcode, sequence, status, reserved, payload bytes
CRC = struct.Struct("<I")
HEADER_BYTES = HEADER.size + CRC.size
FRAME_MAX = HEADER_BYTES + PAYLOAD_MAX + CRC.size


@dataclass(frozen=True)
class Frame:
    """One request or reply. `status` is 0 in a request, otherwise a number of firmware/include/ev_status.h."""

    opcode: int
    sequence: int
    payload: bytes = b""
    status: int = 0
    version: int = VERSION

    def encode(self) -> bytes:
        """The bytes on the wire."""
        fields = (MAGIC, self.version, self.opcode, self.sequence, self.status, 0, len(self.payload))
        header = HEADER.pack(*fields)
        check = zlib.crc32(header)
        return header + CRC.pack(check) + self.payload + CRC.pack(zlib.crc32(self.payload, check))


def decode(chunks: Iterable[bytes]) -> Iterator[Frame | None]:
    """The whole, undamaged frames in a stream of bytes, and None each time the stream has to go on.

    Bytes that belong to no frame are skipped one by one, so that a frame is found behind any garbage.
    """
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while (frame := _take(buffer)) is not None:
            yield frame
        yield None


def _take(buffer: bytearray) -> Frame | None:
    """Remove the first frame from `buffer`, with all that lies before it; None when more bytes are needed."""
    while True:
        _drop_to_magic(buffer)
        if len(buffer) < HEADER_BYTES:
            return None
        _, version, opcode, sequence, status, _, length = HEADER.unpack_from(buffer)
        check = zlib.crc32(buffer[: HEADER.size])
        if length > PAYLOAD_MAX or _stored_crc(buffer, HEADER.size) != check:
            del buffer[0]
            continue
        body = HEADER_BYTES + length
        if len(buffer) < body + CRC.size:
            return None
        payload = bytes(buffer[HEADER_BYTES:body])
        if _stored_crc(buffer, body) != zlib.crc32(payload, check):
            del buffer[0]
            continue
        del buffer[: body + CRC.size]
        return Frame(opcode, sequence, payload, status, version)


def _drop_to_magic(buffer: bytearray) -> None:
    at = buffer.find(MAGIC)
    if at < 0:
        at = len(buffer) - 1 if buffer.endswith(MAGIC[:1]) else len(buffer)
    del buffer[:at]


def _stored_crc(buffer: bytearray, at: int) -> int:
    return int(CRC.unpack_from(buffer, at)[0])
