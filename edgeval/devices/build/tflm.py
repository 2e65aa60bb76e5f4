"""Find the user's TensorFlow Lite Micro: its headers, and a library that a target's firmware can be linked with.

The repository has neither; docs/TFLM.md. The library's own build attributes say whether it fits, because the
linker would refuse a wrong one in many lines, and a double-precision one would only fault on the chip.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

from edgeval.errors import ToolError, UsageError
from edgeval.targets.target import TFLM_BUILD, TFLM_DOCUMENT

LIBRARY = "libtensorflow-microlite.a"
MAKEFILE = Path("tensorflow/lite/micro/tools/make")
HEADER = Path("tensorflow/lite/micro/recording_micro_interpreter.h")
DOWNLOADED = MAKEFILE / "downloads/flatbuffers/include/flatbuffers/flatbuffers.h"
BUILD = f"make -f {MAKEFILE}/Makefile {TFLM_BUILD} (its {TFLM_DOCUMENT})"
CXX = "arm-none-eabi-g++"

# Build attributes that the firmware's objects have too (Addenda to the Arm ABI, 3.3): value and what another means.
ATTRIBUTES = {
    "TAG_CPU_ARCH": (13, "another core than Cortex-M4 or M7"),  # v7E-M
    "TAG_ABI_VFP_ARGS": (1, "soft-float calls"),
    "TAG_ABI_HARDFP_USE": (1, "double precision, which no target's FPU has"),  # single precision only
}


def definitions(root: Path | None, library: Path | None) -> dict[str, str]:
    """CMake's variables for engine tflm.

    `root` is a tflite-micro checkout with its downloads; `library` None is the one that fits below its gen/.
    Raises UsageError without a root, ToolError where something is missing or does not fit.
    """
    if root is None:
        raise UsageError(
            "engine tflm is linked against your TensorFlow Lite Micro; name its folder with --tflm-root or "
            "EDGEVAL_TFLM_ROOT, see docs/TFLM.md"
        )
    for header in (HEADER, DOWNLOADED):
        if not (root / header).is_file():
            raise ToolError(f"{root} is no built tflite-micro, {header} is missing; there run: {BUILD}")
    chosen = find_library(root) if library is None else library
    problem = misfit(chosen)
    if problem:
        raise ToolError(f"{chosen} {problem}; build it with: {BUILD}")
    _require_cxx()
    return {"EDGEVAL_TFLM_ROOT": str(root.resolve()), "EDGEVAL_TFLM_LIBRARY": str(chosen.resolve())}


def find_library(root: Path) -> Path:
    """The one library below `root`/gen that fits the targets; of several builds the one with CMSIS-NN."""
    found = sorted(root.glob(f"gen/*/lib/{LIBRARY}"))
    if not found:
        raise ToolError(f"{root}/gen has no {LIBRARY}; there run: {BUILD}, or name it with --tflm-library")
    fitting = [path for path in found if not misfit(path)] or found
    fitting = [path for path in fitting if "cmsis_nn" in path.parts[-3]] or fitting
    if len(fitting) > 1:
        shown = ", ".join(path.parts[-3] for path in fitting)
        raise UsageError(f"{root}/gen has several fitting builds ({shown}); name one with --tflm-library")
    return fitting[0]


def misfit(library: Path) -> str:
    """Why a library cannot be linked with a target's firmware; empty where it can."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(io.BytesIO(_first_object(library)))
        if elf["e_machine"] != "EM_ARM":
            return f"is built for {elf['e_machine']}, not for Arm"
        seen = _attributes(elf)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    except (ELFError, ValueError):
        return "is no library of ELF objects"
    for tag, (value, meaning) in ATTRIBUTES.items():
        if seen.get(tag) != value:
            return f"is built for {meaning}"
    return ""


def _first_object(library: Path) -> bytes:
    """The first ELF object of a library (ar(5): headers of 60 bytes, members at even offsets)."""
    data = library.read_bytes()
    if not data.startswith(b"!<arch>\n"):
        raise ValueError("no archive")
    at = 8
    while at + 60 <= len(data):
        size = int(data[at + 48 : at + 58])
        member = data[at + 60 : at + 60 + size]
        if member.startswith(b"\x7fELF"):
            return member
        at += 60 + size + size % 2
    raise ValueError("no object")


def _attributes(elf: Any) -> dict[str, int]:
    section = elf.get_section_by_name(".ARM.attributes")
    if section is None:
        return {}
    return {
        attribute.tag: attribute.value
        for part in section.iter_subsections()
        for scope in part.iter_subsubsections()
        for attribute in scope.iter_attributes()
    }


def _require_cxx() -> None:
    if shutil.which(CXX) is not None:
        done = subprocess.run(
            [CXX, "-print-file-name=libstdc++.a"], capture_output=True, text=True, check=False
        )
        if Path(done.stdout.strip()).is_absolute():
            return
    raise ToolError(
        f"{CXX} with a C++ library is missing; on Debian: apt-get install gcc-arm-none-eabi "
        "libstdc++-arm-none-eabi-newlib"
    )
