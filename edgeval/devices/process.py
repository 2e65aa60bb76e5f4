"""An emulator as a process of ours: started, watched, ended with us; its UART is a socket."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Sequence

from edgeval.devices.wire.protocol import Op
from edgeval.devices.wire.session import Session
from edgeval.errors import DeviceError, DeviceTimeout, ToolError
from edgeval.system import kill_group, kill_with_parent, libc

END_S = 5.0  # for a process to go after it was told to
WRITE_S = 10.0  # a frame is smaller than any socket's buffer, so only a dead end takes that long
LINES_SHOWN = 3
LOG_BYTES = 1 << 16  # as much of its output is searched
TELLING = re.compile(r"error|fatal|fail|could not|cannot|can't|no such|exception", re.IGNORECASE)


class Emulator:
    """A running program and what it has printed.

    It is killed when the object goes, when this process exits, and on Linux also when the thread that started
    it or the whole process is killed. Ctrl-C reaches us alone, so the session ends before the emulator does.
    """

    def __init__(self, name: str, command: Sequence[str], pass_fds: tuple[int, ...] = ()) -> None:
        self.name = name
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the emulator
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # never written to; a monitor that reads it must not see its end
            stdout=self._log,
            stderr=self._log,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=_before_exec(),
        )
        self._end = weakref.finalize(self, _end, self._process)

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def said(self) -> str:
        """For an error's text: the lines of its output that tell of an error, or the last ones."""
        # Not by seeking: the position is the program's, too.
        end = os.fstat(self._log.fileno()).st_size
        text = os.pread(self._log.fileno(), LOG_BYTES, max(0, end - LOG_BYTES)).decode(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        telling = [line for line in lines if TELLING.search(line)]
        return "; ".join(telling[:LINES_SHOWN] or lines[-LINES_SHOWN:]) or "it printed nothing"

    def ended(self) -> DeviceError:
        """The error for an emulator that is gone."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_S)
        return DeviceError(f"{self.name} ended with exit code {self._process.returncode}: {self.said()}")

    def close(self) -> None:
        """End it; may be called again."""
        self._end()


def _before_exec() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    libc()  # loaded here: little may be done between fork and exec
    return kill_with_parent


def _end(process: subprocess.Popen[bytes]) -> None:
    kill_group(process)  # a start script's child too; nothing in it is worth saving
    process.wait(END_S)
    if process.stdin is not None:
        process.stdin.close()


def require_program(program: str, hint: str) -> str:
    """The path of a program; ToolError with the way to get it where it is absent."""
    path = shutil.which(program)
    if path is None:
        raise ToolError(f"{program} is not installed; {hint}")
    return path


class SocketLink:
    """A Link over the socket of an emulator's UART. The emulator may be replaced: `connect` again."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._emulator: Emulator | None = None

    def connect(self, emulator: Emulator, connected: socket.socket) -> None:
        """Take over an emulator and the socket to its UART; the one before is ended."""
        self.close()
        self._emulator, self._socket = emulator, connected

    def write(self, data: bytes) -> None:
        emulator, connected = self._open()
        connected.settimeout(WRITE_S)
        try:
            connected.sendall(data)
        except OSError as error:
            raise (
                emulator.ended()
                if not emulator.running
                else DeviceError(f"{emulator.name} takes no more input ({error}); it hangs: open it again")
            ) from error

    def read(self, timeout_s: float) -> bytes:
        """What has arrived; DeviceError where the emulator has ended."""
        emulator, connected = self._open()
        connected.settimeout(max(timeout_s, 0.001))  # 0 would mean: never wait
        try:
            data = connected.recv(65536)
        except TimeoutError:
            return b""
        except OSError as error:
            raise emulator.ended() from error
        if not data:
            raise emulator.ended()
        return data

    def close(self) -> None:
        """End the emulator; may be called again."""
        if self._socket is not None:
            self._socket.close()
        if self._emulator is not None:
            self._emulator.close()
        self._socket = self._emulator = None

    def _open(self) -> tuple[Emulator, socket.socket]:
        if self._emulator is None or self._socket is None:
            raise DeviceError("the device is closed; open it again")
        return self._emulator, self._socket


def await_firmware(session: Session, start_s: float) -> None:
    """Ask until the firmware answers: what arrives before it has set up its UART is lost.

    Raises DeviceTimeout after `start_s` seconds, DeviceError where the emulator ends before.
    """
    deadline = time.monotonic() + start_s
    while True:
        try:
            session.request(Op.HELLO)
            return
        except DeviceTimeout as error:
            if time.monotonic() > deadline:
                raise DeviceTimeout(
                    f"the firmware on {session.where} does not answer within {start_s:g} s after the start; "
                    "is this machine overloaded? otherwise build the firmware again"
                ) from error
