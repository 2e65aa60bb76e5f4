"""A board's serial port: a pseudo terminal, and behind it the firmware, real or fake."""

from __future__ import annotations

import contextlib
import os
import select
import struct
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from edgeval.devices.wire.frame import REPLY_BIT, Frame, decode
from edgeval.devices.wire.link import Link
from edgeval.devices.wire.protocol import Op

Answer = Callable[[bytes], bytes]  # what comes back for the bytes that arrived


def through(link: Link) -> Answer:
    """All that a link gives for the bytes written to it."""

    def answer(data: bytes) -> bytes:
        link.write(data)
        reply = b""
        while part := link.read(30.0):
            reply += part
        return reply

    return answer


def counting(answer: Answer, cycles: int) -> Answer:
    """The emulated chip with a cycle counter, which no emulator has: every inference takes `cycles`."""

    def reply(data: bytes) -> bytes:
        frames = [frame for frame in decode([answer(data)]) if frame is not None]
        return b"".join(_counted(frame, cycles).encode() for frame in frames)

    return reply


def _counted(reply: Frame, cycles: int) -> Frame:
    payload = reply.payload
    if reply.opcode == Op.HELLO | REPLY_BIT:
        payload = payload[:2] + b"\1" + payload[3:]  # the time source
    elif reply.opcode in (Op.INFER | REPLY_BIT, Op.PROFILE | REPLY_BIT):
        payload = struct.pack("<I", cycles) + payload[4:]
    return replace(reply, payload=payload)


class PtyBoard:
    """`port` is the terminal's name; `answer` makes the replies. A context manager."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._master, self._slave = os.openpty()
        self.port = os.ttyname(self._slave)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self._stop.is_set():
                if select.select([self._master], [], [], 0.02)[0]:
                    os.write(self._master, self._answer(os.read(self._master, 65536)))

    def pull_cable(self) -> None:
        """Hang up, as a USB port does that is gone."""
        self._stop.set()
        for end in (self._master, self._slave):
            with contextlib.suppress(OSError):
                os.close(end)

    def __enter__(self) -> PtyBoard:
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        self._stop.set()
        if self._thread is not threading.current_thread():
            self._thread.join(5.0)
        self.pull_cable()
