"""A .tflite file with its constants behind the flatbuffer, as ai-edge-quantizer writes them from 256 KiB on."""

from __future__ import annotations

import struct

from tflite.Model import Model

BUFFERS = 12  # of table Model
VTABLE = struct.pack("<HHHHH", 10, 24, 0, 8, 16) + bytes(6)  # no data; offset and size as uint64


def externalised(data: bytes, smallest: int = 1) -> bytes:
    """The file with every buffer of at least `smallest` bytes moved behind the flatbuffer, its old place zeroed."""
    model = Model.GetRootAs(data)
    vector = model._tab.Vector(model._tab.Offset(BUFFERS))
    file = bytearray(data) + bytes(-len(data) % 16)
    places, contents = [], []
    for index in range(model.BuffersLength()):
        buffer = model.Buffers(index)
        if buffer.DataLength() < smallest:
            continue
        start = buffer._tab.Vector(buffer._tab.Offset(4))
        contents.append(data[start : start + buffer.DataLength()])
        file[start : start + len(contents[-1])] = bytes(len(contents[-1]))
        table = len(file) + len(VTABLE)
        file += VTABLE + struct.pack("<iIQQ", len(VTABLE), 0, 0, 0)
        file += bytes(-len(file) % 16)
        struct.pack_into("<I", file, vector + 4 * index, table - (vector + 4 * index))
        places.append(table)
    for table, content in zip(places, contents, strict=True):
        file += bytes(-len(file) % 16)
        struct.pack_into("<QQ", file, table + 8, len(file), len(content))
        file += content
    return bytes(file)
