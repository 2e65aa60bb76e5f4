"""A .tflite file whose constants lie behind the flatbuffer, as one whose constants lie in it.

The schema lets a buffer name a place in the file (`Buffer.offset` and `size`) instead of holding its data; current
converters do so from 256 KiB of constants on. TensorFlow Lite Micro knows nothing of it: it takes such a constant for
an empty one and computes garbage without an error. So edgeval moves the data into the flatbuffer before any runtime or
device sees the file.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from edgeval.errors import ModelError

ALIGNMENT = 16  # of a buffer's data in the file, as the schema demands
FIRST_OFFSET = 2  # 0 is no offset, 1 is a converter's placeholder for it
VTABLE = struct.pack("<HHH", 6, 8, 4) + b"\0\0"  # a table of one field, 4 bytes behind its start; padded
BUFFERS = 12  # offset of the field `buffers` in the vtable of table Model, schema version 3


@dataclass(frozen=True)
class External:
    """A buffer whose data are the file's bytes from `offset` on."""

    index: int
    offset: int
    size: int


def external_buffers(data: bytes, where: str = "the model") -> list[External]:
    """The buffers of a .tflite file that lie outside its flatbuffer, in their order.

    Raises ModelError where the file is damaged or a buffer ends behind the file.
    """
    try:
        return _external(data)
    except (struct.error, ValueError, TypeError, IndexError, OverflowError) as error:
        cause = " ".join(str(error).split())
        raise ModelError(f"{where} is truncated or damaged ({cause}); copy or export it again") from error


def inlined(data: bytes, where: str = "the model") -> bytes:
    """The same model with every buffer's data inside the flatbuffer; the same bytes where it is so already.

    Raises ModelError as `external_buffers`.
    """
    external = external_buffers(data, where)
    if not external:
        return data
    file = bytearray(data[: _end_of_flatbuffer(data, external)])
    vector = _vector_of_buffers(data)
    for buffer in external:
        table = _append_table(file, data[buffer.offset : buffer.offset + buffer.size])
        element = vector + 4 * buffer.index
        struct.pack_into("<I", file, element, table - element)
    return bytes(file)


def _external(data: bytes) -> list[External]:
    from tflite.Model import Model

    if len(data) < 8:
        raise ValueError(f"{len(data)} bytes")
    model: Any = Model.GetRootAs(data)
    count = model.BuffersLength()
    if count * 4 > len(data):
        raise ValueError(f"{count} buffers in {len(data)} bytes")
    found = []
    for index in range(count):
        buffer = model.Buffers(index)
        offset, size = buffer.Offset(), buffer.Size()
        if offset < FIRST_OFFSET or not buffer.DataIsNone() or size == 0:
            continue
        if offset + size > len(data):
            raise ValueError(f"buffer {index} ends at byte {offset + size} of {len(data)}")
        found.append(External(index, offset, size))
    return found


def _end_of_flatbuffer(data: bytes, external: list[External]) -> int:
    """Where the external data begin, if nothing but them and their padding follows; else the end of the file."""
    ordered = sorted(external, key=lambda buffer: buffer.offset)
    reached = ordered[0].offset
    for buffer in ordered:
        if buffer.offset - reached >= ALIGNMENT:
            return len(data)
        reached = max(reached, buffer.offset + buffer.size)
    return ordered[0].offset if len(data) - reached < ALIGNMENT else len(data)


def _vector_of_buffers(data: bytes) -> int:
    from tflite.Model import Model

    table = Model.GetRootAs(data)._tab
    return int(table.Vector(table.Offset(BUFFERS)))


def _append_table(file: bytearray, content: bytes) -> int:
    """Append a table Buffer with its data; returns its place. Its data is aligned to ALIGNMENT."""
    head = len(VTABLE) + 8 + 4  # the table's two words and the vector's length lie between
    file += bytes(-(len(file) + head) % ALIGNMENT)
    table = len(file) + len(VTABLE)
    file += VTABLE + struct.pack("<iII", len(VTABLE), 4, len(content)) + content
    file += bytes(-len(file) % 4)
    return table
