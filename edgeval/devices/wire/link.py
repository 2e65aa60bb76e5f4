"""The one seam between the session and a runner: bytes out, bytes in."""

from __future__ import annotations

import json
import time
from typing import IO, Protocol


class Link(Protocol):
    """A byte stream to a device. Errors of the medium are raised as DeviceError."""

    def write(self, data: bytes) -> None: ...

    def read(self, timeout_s: float) -> bytes:
        """What has arrived, at most after `timeout_s` seconds; b"" when nothing came."""
        ...

    def close(self) -> None: ...


class TracingLink:
    """Writes every chunk with its time to a file, one JSON object per line: the record of a session."""

    def __init__(self, link: Link, file: IO[str]) -> None:
        self._link = link
        self._file = file
        self._start = time.monotonic()

    def write(self, data: bytes) -> None:
        self._note("out", data)
        self._link.write(data)

    def read(self, timeout_s: float) -> bytes:
        data = self._link.read(timeout_s)
        if data:
            self._note("in", data)
        return data

    @property
    def waits_for_input(self) -> bool:
        """Whether the recorded link knows that nothing will come before the next request."""
        return bool(getattr(self._link, "waits_for_input", False))

    def close(self) -> None:
        self._link.close()
        self._file.flush()

    def _note(self, direction: str, data: bytes) -> None:
        seconds = round(time.monotonic() - self._start, 6)
        self._file.write(json.dumps({"time_s": seconds, "direction": direction, "hex": data.hex()}) + "\n")
