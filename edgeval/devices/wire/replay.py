"""Recorded sessions: every byte of a session in a file, and a link that plays such a file in a board's place.

A file is JSON lines: first what was recorded, then every chunk with its time in seconds, direction and bytes.
Playing is strict: the host has to send what it sent then, so a replay says whether host and recorded firmware
still understand each other, and what the host makes of the answers.
"""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

from edgeval.devices.wire.frame import decode
from edgeval.devices.wire.link import Link, TracingLink
from edgeval.devices.wire.protocol import Op
from edgeval.errors import DeviceError, StoreError
from edgeval.inputs import read_input

REPLAY = "replay:"  # in place of a port's name
SCHEMA = 1


def recording(link: Link, path: Path, origin: str, target: str) -> TracingLink:
    """`link`, with every byte written to `path` as it passes; `origin` says what it is a record of.

    The file grows with the session: a session that ends in a crash is the one worth keeping.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("w", encoding="utf-8", buffering=1)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}; name another file") from error
    file.write(json.dumps({"edgeval_session": SCHEMA, "origin": origin, "target": target}) + "\n")
    return TracingLink(link, file)


class ReplayLink:
    """A Link to a recorded session. StoreError where the file is none; DeviceError where the host sends other
    bytes than the record has."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.waits_for_input = False  # the record goes on with what the host sends: no use waiting
        header, self._rows = _read(path)
        self.origin = str(header.get("origin"))
        self.first_sequence = self._first_sequence()
        self._at = 0
        self._replies: deque[bytes] = deque()

    @property
    def rows_left(self) -> int:
        """Chunks that were not played yet."""
        return len(self._rows) - self._at

    def write(self, data: bytes) -> None:
        self._take_replies()
        if not self.rows_left:
            raise DeviceError(f"{self.path} ends before the host's {_named(data)}; record the session again")
        expected = self._rows[self._at][1]
        if data != expected:
            raise DeviceError(
                f"{self.path}, line {self._at + 2}: the host sends {_named(data)}, the record has "
                f"{_named(expected)}{' with other bytes' if _named(data) == _named(expected) else ''}; "
                "record the session again"
            )
        self._at += 1
        self.waits_for_input = False

    def read(self, timeout_s: float) -> bytes:
        """The next recorded chunk at once; b"" where then nothing came in time."""
        self._take_replies()
        self.waits_for_input = not self._replies
        return self._replies.popleft() if self._replies else b""

    def close(self) -> None: ...

    def _take_replies(self) -> None:
        while self.rows_left and self._rows[self._at][0] == "in":
            self._replies.append(self._rows[self._at][1])
            self._at += 1

    def _first_sequence(self) -> int:
        for direction, data in self._rows:
            frame = next(iter(decode([data])))
            if direction == "out" and frame is not None:
                return frame.sequence
        raise StoreError(f"{self.path} records no request; record the session again")


def _read(path: Path) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    try:
        header, *rows = [json.loads(line) for line in read_input(path).decode("utf-8").splitlines()]
        if header.get("edgeval_session") != SCHEMA:
            raise ValueError(f"schema {header.get('edgeval_session')}")
        return header, [(row["direction"], bytes.fromhex(row["hex"])) for row in rows]
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}; check the path") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StoreError(f"{path} is no recorded session ({error}); record it again with --record") from error


def _named(data: bytes) -> str:
    frame = next(iter(decode([data])))
    if frame is None:
        return f"{len(data)} bytes that are no frame"
    known = frame.opcode in Op._value2member_map_
    return Op(frame.opcode).name if known else f"opcode {frame.opcode}"
