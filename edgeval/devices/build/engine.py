"""The device's engine as a shared library for a PC: its sources, the compiler's command, and the hash of both.

Needs the standard library alone: the build of edgeval's own wheel loads this file by its path (hatch_build.py).
"""

from __future__ import annotations

import hashlib
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

COMPILER = "cc"
FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared")


def engine_sources(firmware: Path) -> list[Path]:
    """The C files of the engine with plain C kernels, sorted."""
    engine = firmware / "engine" / "builtin"
    return sorted(path for path in engine.rglob("*.c") if path.parent.name != "dsp")


def engine_includes(firmware: Path) -> list[str]:
    """The compiler's options for the engine's headers."""
    return [f"-I{firmware / 'include'}", f"-I{firmware / 'engine' / 'builtin'}"]


def library_name(firmware: Path, compiler: Sequence[str]) -> str:
    """File name with the fingerprint of what is compiled, so that a changed source never meets an old library."""
    return f"engine-{fingerprint(firmware, compiler)}.so"


def fingerprint(firmware: Path, compiler: Sequence[str]) -> str:
    """Hex hash of the engine's sources and of the command that compiles them."""
    digest = hashlib.sha256(shlex.join([*compiler, *FLAGS]).encode())
    engine = firmware / "engine" / "builtin"
    for path in sorted([*engine.rglob("*.[ch]"), *(firmware / "include").glob("*.h")]):
        text = path.read_bytes().replace(b"\r\n", b"\n")  # a checkout on Windows may have these
        digest.update(path.relative_to(firmware).as_posix().encode() + b"\0" + text + b"\0")
    return digest.hexdigest()[:16]


def compile_library(
    firmware: Path, compiler: Sequence[str], library: Path, options: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run the compiler; the caller looks at its return code. `options` are further ones, for example the linker's."""
    sources = [path.relative_to(firmware).as_posix() for path in engine_sources(firmware)]
    command = [
        *compiler,
        *FLAGS,
        *engine_includes(Path(".")),
        *options,
        *sources,
        "-o",
        str(library.absolute()),
    ]
    return subprocess.run(command, cwd=firmware, capture_output=True, text=True, check=False)
