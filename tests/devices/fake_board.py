"""A fake firmware that a host takes for the real one of its target: the ELF's build id, one operator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgeval import targets
from edgeval.devices.build.elf import read_elf
from edgeval.devices.fake import FakeFirmware, FakeLink
from edgeval.devices.wire.frame import decode
from edgeval.devices.wire.protocol import Op
from tests.devices.pty_board import Answer, through
from tests.firmware.models import Model

TARGET = targets.load("stm32f407")
ELF = read_elf(TARGET.elf_path("builtin"))
SIZE = 3072  # bytes of a larger input, as long as an image
INPUT = np.arange(100, dtype=np.int8).reshape(1, 100)


def invert(data: bytes) -> bytes:
    """What the fake computes: ten output bytes from the first ten input bytes."""
    return bytes(255 - byte for byte in data[:10])


def one_operator() -> bytes:
    """A model as the fake describes its own: one operator, 100 bytes in."""
    model = Model()
    x, y = model.activation((1, 100), 0.5), model.activation((1, 100), 0.5)
    model.operator("RELU", [x], [y])
    return bytes(model.build([x], [y]))


MODEL = one_operator()


def firmware(**changes: object) -> FakeFirmware:
    """A fake that says it is the firmware which the host expects."""
    ours = FakeFirmware(invert, 100, 10, target=TARGET.name, engine="builtin")
    return replace(ours, **{"build_id": bytes.fromhex(ELF.build_id), **changes})  # type: ignore[arg-type]


def fake(**changes: object) -> Answer:
    return through(FakeLink(firmware(**changes)))


def failing_at(opcode: Op, answer: Answer) -> Answer:
    """The fake, but `answer` to requests of this opcode."""
    other = fake()

    def reply(data: bytes) -> bytes:
        (request,) = [frame for frame in decode([data]) if frame is not None]
        return answer(data) if request.opcode == opcode else other(data)

    return reply
