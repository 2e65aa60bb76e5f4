#!/usr/bin/env python
"""Stands in for the program `renode` where only our side is tested: its command line, the waiting, the socket.

Behind the TCP port that the options name is the Unicorn machine, not Renode; what Renode does with our platform
descriptions only Renode can tell. EDGEVAL_STANDIN=broken ends with an error in its place.
"""

from __future__ import annotations

import os
import re
import socket
import sys
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from edgeval import targets
from edgeval.devices.build.elf import read_elf
from edgeval.devices.emulator.machine import Machine


def main(arguments: list[str]) -> int:
    if arguments == ["--version"]:
        print("Renode v1.16.1.0\n  build: a stand-in of the tests")
        return 0
    if os.environ.get("EDGEVAL_STANDIN") == "broken":
        print("There was an error executing command 'machine LoadPlatformDescription'")
        return 1
    commands = "; ".join(value for flag, value in pairwise(arguments) if flag == "-e")
    elf, port, script = re.fullmatch(r"\$elf=@(\S+); \$port=(\d+); include @(\S+)", commands).groups()  # type: ignore[union-attr]
    assert {"--console", "--disable-xwt", "--plain"} <= set(arguments)
    board = Path(script).parent.name
    target = next(chip for chip in map(targets.load, targets.names()) if chip.board == board)
    assert Path(script).is_file()
    serve(Machine(target, read_elf(Path(elf))), int(port))
    return 0


def serve(machine: Machine, port: int) -> None:
    """One connection, as Renode's socket terminal has."""
    with socket.create_server(("127.0.0.1", port)) as server:
        line, _ = server.accept()
        while data := line.recv(65536):
            machine.send(data)
            line.sendall(machine.run(timeout_s=60.0))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
