"""The host engine's library: the one inside the wheel, or compiled on first use and kept in the user's cache.

The sources are those of the firmware, with the kernels in plain C. A wheel's library has the name that the same sources
give here, so both are one engine and predictions made with either are valid for the other.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from pathlib import Path

from edgeval import store
from edgeval.devices.build.engine import COMPILER, compile_library, fingerprint, library_name
from edgeval.errors import ToolError

PACKAGE = Path(__file__).resolve().parents[2]
PREBUILT = PACKAGE / "devices" / "prebuilt"  # filled by hatch_build.py, absent in a checkout


def firmware_sources() -> Path:
    """The firmware's folder: in the checkout, or inside the installed package."""
    for folder in (PACKAGE.parent / "firmware", PACKAGE / "firmware_src"):
        if (folder / "include" / "ev_engine.h").is_file():
            return folder
    raise ToolError(f"the firmware's sources are missing in {PACKAGE}; install edgeval again")


def host_library() -> Path:
    """The library of the engine's sources, prebuilt or compiled, now or before.

    Raises ToolError where it has to be compiled and there is no C compiler ($CC, else cc) or it fails.
    """
    ready = ready_library()
    if ready is not None:
        return ready
    firmware = firmware_sources()
    library = store.cache_folder() / library_name(firmware, _compiler())
    compile_engine(firmware, library)
    return library


def ready_library() -> Path | None:
    """The library where nothing has to be compiled: that of the wheel, or one compiled before."""
    name = library_name(firmware_sources(), _compiler())
    places = (folder / name for folder in (PREBUILT, store.cache_folder()))
    return next((path for path in places if path.is_file()), None)


def compile_engine(firmware: Path, library: Path) -> None:
    """Compile the engine of a firmware folder, for example of one with a change to try; ToolError where that fails."""
    compiler = _compiler()
    if shutil.which(compiler[0]) is None:
        raise ToolError(
            f"this edgeval came without a host engine for your system and '{compiler[0]}', which would compile it, is "
            "not there; install a C compiler such as gcc, or set CC"
        )
    try:
        library.parent.mkdir(parents=True, exist_ok=True)
        # Compiled beside its place and renamed, so that no process loads half a library.
        with tempfile.TemporaryDirectory(dir=library.parent) as folder:
            built = Path(folder) / library.name
            done = compile_library(firmware, compiler, built)
            if done.returncode != 0:
                raise ToolError(
                    f"{compiler[0]} cannot compile the host engine: {_reason(done.stderr, done.returncode)}"
                )
            built.replace(library)
    except OSError as error:
        raise ToolError(
            f"{error.filename or library} cannot be written: {error.strerror}; set XDG_CACHE_HOME to a folder that can"
        ) from error


def engine_fingerprint() -> str:
    """Hex hash of the engine's sources and of the command that compiles them."""
    return fingerprint(firmware_sources(), _compiler())


def _compiler() -> list[str]:
    return shlex.split(os.environ.get("CC", COMPILER))


def _reason(printed: str, code: int) -> str:
    lines = [line for line in printed.splitlines() if "error" in line]
    return lines[0] if lines else f"exit code {code}"
