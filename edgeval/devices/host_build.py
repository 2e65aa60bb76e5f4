"""The device's engine as a shared library for this PC: compiled on first use, kept in the user's cache.

The sources are those of the firmware, with the kernels in plain C. The library's name holds the hash of the
sources and of the compiler's command, so a changed source never meets an old library.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from edgeval import store
from edgeval.errors import ToolError

FLAGS = ("-std=c11", "-O3", "-fPIC", "-shared")
PACKAGE = Path(__file__).resolve().parents[1]


def firmware_sources() -> Path:
    """The firmware's folder: in the checkout, or inside the installed package."""
    for folder in (PACKAGE.parent / "firmware", PACKAGE / "firmware_src"):
        if (folder / "include" / "ev_engine.h").is_file():
            return folder
    raise ToolError(f"the firmware's sources are missing in {PACKAGE}; install edgeval again")


def engine_sources(firmware: Path) -> list[Path]:
    """The C files of the engine with plain C kernels, sorted."""
    engine = firmware / "engine" / "builtin"
    return sorted(path for path in engine.rglob("*.c") if path.parent.name != "dsp")


def engine_includes(firmware: Path) -> list[str]:
    """The compiler's options for the engine's headers."""
    return [f"-I{firmware / 'include'}", f"-I{firmware / 'engine' / 'builtin'}"]


def host_library() -> Path:
    """The compiled library; compiles it where the cache does not have it.

    Raises ToolError where there is no C compiler ($CC, else cc) or it fails.
    """
    firmware, command = firmware_sources(), _command()
    library = store.cache_folder() / f"engine-{_fingerprint(firmware, command)}.so"
    if not library.is_file():
        _compile(command, firmware, library)
    return library


def compile_engine(firmware: Path, library: Path) -> None:
    """Compile the engine of another firmware folder, for example one with a change to try; ToolError as above."""
    _compile(_command(), firmware, library)


def engine_fingerprint() -> str:
    """Hex hash of the engine's sources and of the command that compiles them."""
    return _fingerprint(firmware_sources(), _command())


def _command() -> list[str]:
    return [*shlex.split(os.environ.get("CC", "cc")), *FLAGS]


def _fingerprint(firmware: Path, command: list[str]) -> str:
    digest = hashlib.sha256(shlex.join(command).encode())
    engine = firmware / "engine" / "builtin"
    for path in sorted([*engine.rglob("*.[ch]"), *(firmware / "include").glob("*.h")]):
        digest.update(path.relative_to(firmware).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _compile(command: list[str], firmware: Path, library: Path) -> None:
    if shutil.which(command[0]) is None:
        raise ToolError(
            f"the host engine needs a C compiler and '{command[0]}' is not there; install gcc, or set CC"
        )
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        # Compiled beside its place and renamed, so that no process loads half a library.
        with tempfile.TemporaryDirectory(dir=library.parent) as folder:
            built = Path(folder) / library.name
            sources = [str(path) for path in engine_sources(firmware)]
            _run([*command, *engine_includes(firmware), *sources, "-o", str(built)])
            built.replace(library)
    except OSError as error:
        raise ToolError(
            f"{error.filename or library} cannot be written: {error.strerror}; set XDG_CACHE_HOME to a folder that can"
        ) from error


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line]
        reason = lines[0] if lines else f"exit code {done.returncode}"
        raise ToolError(f"{command[0]} cannot compile the host engine: {reason}")
