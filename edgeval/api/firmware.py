"""`build_firmware`: one ELF per target."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edgeval.api.results import Document, Names, PathLike, path_or_none
from edgeval.errors import unknown

if TYPE_CHECKING:
    from edgeval.devices.build.firmware import Built
    from edgeval.targets import Target


@dataclass(frozen=True)
class FirmwareImage:
    """A built ELF and where it was put; sizes in bytes."""

    built: Built
    file: Path
    ram_bytes: int

    @property
    def document(self) -> Document:
        """A row of what `edgeval firmware build --json` prints."""
        return {**asdict(self.built), "elf": str(self.file), "ram_bytes": self.ram_bytes}

    def __str__(self) -> str:
        built = self.built
        return (
            f"{built.target}: flash {built.code_bytes:,} bytes, RAM static {built.static_bytes:,} + stack "
            f"{built.stack_bytes:,} bytes, {built.arena_bytes:,} left for the arena; {self.file}"
        )


def build_firmware(
    targets: Names | None = None,
    *,
    engine: str = "builtin",
    tflm_root: PathLike | None = None,
    tflm_library: PathLike | None = None,
    out: PathLike | None = None,
) -> Iterator[FirmwareImage]:
    """Build the firmware of each target with CMake and the Arm GNU toolchain, as the iterator is read.

    Without `out` an ELF goes where the other functions find it. Engine "tflm" links your own tflite-micro. Raises
    UsageError for an unknown engine or target, ToolError where a tool is missing or fails.
    """
    from edgeval import targets as known
    from edgeval.devices.build import tflm as tflm_build

    if engine not in known.ENGINES:
        raise unknown("engine", engine, known.ENGINES)
    paths = path_or_none(tflm_root), path_or_none(tflm_library)
    definitions = tflm_build.definitions(*paths) if engine == "tflm" else None
    named = [targets] if isinstance(targets, str) else targets
    for name in named or known.names():
        yield _built(known.load(name), engine, definitions, path_or_none(out))


def _built(
    target: Target, engine: str, definitions: dict[str, str] | None, out: Path | None
) -> FirmwareImage:
    from edgeval import store
    from edgeval.devices.build.firmware import build_firmware as build, install

    with tempfile.TemporaryDirectory() as folder:
        built = build(target, engine, Path(folder), definitions)
        if out is None:
            place = install(built, target)
        else:
            place = out / built.elf.name
            store.write_bytes(place, built.elf.read_bytes())
    return FirmwareImage(built, place, target.ram_bytes)
