"""Puts the host engine, compiled, into the wheel, which then needs no C compiler where it is installed.

The compiler is $CC, else cc. Without one the wheel is pure Python and the engine is compiled on first use. The wheel's
tag is read from what came out: the ELF's machine, and the newest symbol version that it wants of glibc.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# No paths, no build id and no symbols that nobody calls: equal sources give equal bytes wherever they are built.
LINKER = ("-s", "-Wl,--build-id=none")
MACHINES = {"EM_X86_64": "x86_64", "EM_AARCH64": "aarch64"}
OLDEST_GLIBC = 17  # manylinux2014, the oldest that PyPI's tools still make


class EngineHook(BuildHookInterface):
    """Adds edgeval/devices/prebuilt/engine-<hash>.so and the platform's tag to a wheel for Linux."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # a checkout's sources change; it compiles on first use
        engine = _engine_build(Path(self.root))
        compiler = shlex.split(os.environ.get("CC", engine.COMPILER))
        if not sys.platform.startswith("linux") or shutil.which(compiler[0]) is None:
            if "CC" in os.environ:
                raise RuntimeError(f"CC is '{compiler[0]}', which is no compiler for Linux here")
            self.app.display_warning("no C compiler for Linux: the host engine will be compiled on first use")
            return
        self.folder = tempfile.mkdtemp()
        # Named as for the default compiler: that is what an installed edgeval looks for.
        library = Path(self.folder) / engine.library_name(Path(self.root) / "firmware", [engine.COMPILER])
        done = engine.compile_library(Path(self.root) / "firmware", compiler, library, LINKER)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(compiler)} cannot compile the host engine:\n{done.stderr}")
        build_data["force_include"][str(library)] = f"edgeval/devices/prebuilt/{library.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(library)}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(getattr(self, "folder", ""), ignore_errors=True)


def platform_tag(library: Path) -> str:
    """`manylinux_2_<glibc>_<machine>` of a shared library, from its ELF header and version needs."""
    from elftools.elf.elffile import ELFFile
    from elftools.elf.gnuversions import GNUVerNeedSection

    with library.open("rb") as file:
        elf = ELFFile(file)
        needs = [section for section in elf.iter_sections() if isinstance(section, GNUVerNeedSection)]
        names = [entry.name for need in needs for _, entries in need.iter_versions() for entry in entries]
        minors = [
            int(found[1]) for name in names if (found := re.fullmatch(r"GLIBC_2\.(\d+)(?:\.\d+)?", name))
        ]
        if len(minors) != len(names):
            raise RuntimeError(f"{library.name} wants {names}, more than glibc")
        return f"manylinux_2_{max([OLDEST_GLIBC, *minors])}_{MACHINES[elf['e_machine']]}"


def _engine_build(root: Path) -> ModuleType:
    """edgeval/devices/build/engine.py by its path: importing edgeval would need its dependencies."""
    spec = importlib.util.spec_from_file_location("engine_build", root / "edgeval/devices/build/engine.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
