"""The firmware's sources: which folder may include which, no circles, one prefix per layer. Reference: the layout in
firmware/README.md, restated here."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from edgeval.devices.build.host import firmware_sources

FIRMWARE = firmware_sources()
BUILTIN = "engine/builtin"
# Folder -> folders that it may include, besides itself.
MAY_INCLUDE = {
    "include": set(),
    "proto": set(),
    "app": {"include", "proto"},
    "cpu": {"include"},
    "drivers/stm32": {"include", "cpu", "proto"},  # the receive ring holds a frame
    "boards": {"include", "cpu", "drivers/stm32"},
    "": {"include", "app", "boards"},  # main.c
    f"{BUILTIN}/kernels": set(),
    f"{BUILTIN}/model": {"include", f"{BUILTIN}/kernels"},
    f"{BUILTIN}/ops": {"include", f"{BUILTIN}/kernels", f"{BUILTIN}/model"},
    f"{BUILTIN}/plan": {"include", f"{BUILTIN}/kernels", f"{BUILTIN}/model", f"{BUILTIN}/ops"},
    BUILTIN: {"include", f"{BUILTIN}/plan"},
}
PREFIXES = {
    "include": ("ev_",),
    "proto": ("frame_",),
    "app": ("session_", "request_", "route_", "loading_", "inference_", "slot_"),
    BUILTIN: ("nn_",),
}
NAMES = re.compile(r"^(?:[\w*]+ )+\**(\w+)\(|^\} (\w+);|^typedef .*?\b(\w+)(?:;|\)\()", re.MULTILINE)


def sources() -> list[Path]:
    """C files and headers that have a layer: not the tests' targets and TFLM's adapter."""
    every = [*FIRMWARE.rglob("*.c"), *FIRMWARE.rglob("*.h")]
    return sorted(path for path in every if path.relative_to(FIRMWARE).parts[0] not in ("fuzz", "host"))


def layer(path: Path) -> str:
    """The longest key of MAY_INCLUDE that the file is in."""
    folder = path.relative_to(FIRMWARE).parent.as_posix()
    fitting = [key for key in MAY_INCLUDE if f"{folder}/".startswith(f"{key}/") or folder == key]
    return max(fitting, key=len, default="")


def included(path: Path) -> list[Path]:
    """The firmware's own headers that a file includes."""
    found = []
    for name in re.findall(r'^#include "([^"]+)"', path.read_text(), re.MULTILINE):
        places = [path.parent, FIRMWARE, FIRMWARE / "include", FIRMWARE / BUILTIN]
        at = [place / name for place in places if (place / name).is_file()]
        assert at, f"{path}: {name} is nowhere"
        found.append(at[0])
    return found


def module(path: Path) -> str:
    """A .c file and its header are one module."""
    return path.relative_to(FIRMWARE).with_suffix("").as_posix()


def test_a_file_includes_only_lower_layers() -> None:
    upward = [
        f"{module(path)} includes {module(header)}"
        for path in sources()
        for header in included(path)
        if layer(header) not in {layer(path), *MAY_INCLUDE[layer(path)]}
    ]
    assert len(sources()) > 50 and not upward


def test_no_modules_include_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for path in sources():
        graph.setdefault(module(path), set()).update(map(module, included(path)))
    list(TopologicalSorter({name: used - {name} for name, used in graph.items()}).static_order())


@pytest.mark.parametrize("folder", PREFIXES)
def test_what_headers_declare_has_the_prefix_of_its_layer(folder: str) -> None:
    declared = [
        (path, next(filter(None, match.groups())))
        for path in sorted((FIRMWARE / folder).rglob("*.h"))
        for match in NAMES.finditer(path.read_text())
    ]
    assert len(declared) > 5
    wrong = [f"{path.name}: {name}" for path, name in declared if not name.startswith(PREFIXES[folder])]
    assert not wrong
