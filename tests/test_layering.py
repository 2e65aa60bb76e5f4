"""Imports point downward only (docs/DESIGN.md, layers); reference: the table below."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import edgeval

PACKAGE = Path(__file__).resolve().parents[1] / "edgeval"

# A module may import from its own place and from lower layers. No exceptions.
LAYERS = (
    ("system",),
    ("errors", "inputs", "terminal"),
    ("locks",),
    ("store", "processes", "progress", "tomlfile", "torchvision_import", "failure", "flatbuffer"),
    ("records", "targets", "turns"),
    ("documents",),
    ("runs",),
    ("shards",),
    ("data", "metrics", "devices"),
    ("nets",),
    ("cases", "runtimes"),
    ("imports", "footprint", "training", "gate", "analysis"),
    ("export", "localise", "compare"),
    ("evidence", "history"),
    ("evaluation", "report"),
    ("doctor",),
    ("api",),
    ("commands",),
    ("cli", "pytest_plugin"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
ROOT = {"__init__", "__main__"}
LIGHT = (
    *("cases", "devices", "compare", "gate", "evidence", "analysis", "report", "metrics"),
    *("api", "commands", "cli"),
)
HEAVY = {"torch", "torchvision", "tensorflow", "tf_keras", "onnx2tf", "onnx", "onnxruntime"}


def place(module: Path) -> str:
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_names(module: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            base = node.module or ""
            names += [f"{base}.{alias.name}" for alias in node.names] if base == "edgeval" else [base]
    return names


MODULES = sorted(module for module in PACKAGE.rglob("*.py") if "firmware_src" not in module.parts)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downward(module: Path) -> None:
    here = place(module)
    if here in ROOT:
        return
    for name in imported_names(module):
        if not name.startswith("edgeval."):
            continue
        there = name.split(".")[1]
        if there == "__version__":
            continue
        allowed = there == here or RANK[there] < RANK[here]
        assert allowed, f"{module.relative_to(PACKAGE)} imports {name}, which is not below it"


@pytest.mark.parametrize("name", LIGHT)
def test_light_parts_never_import_heavy_libraries(name: str) -> None:
    for module in MODULES:
        if place(module) == name:
            heavy = {imported.split(".")[0] for imported in imported_names(module)} & HEAVY
            assert not heavy, f"{module.relative_to(PACKAGE)} imports {heavy}"


def test_names_of_public_functions_are_not_taken_for_packages() -> None:
    """`edgeval.gate` is a function (edgeval/__init__.py); the package is reached with `from edgeval.gate import`."""
    public = set(edgeval.__all__) - {"__version__"}
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text())):
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            names = [alias.name for alias in node.names]
            where = f"{module.relative_to(PACKAGE)} imports {names}"
            if isinstance(node, ast.Import):
                assert not any(name.startswith("edgeval.") for name in names), where
            elif node.module == "edgeval":
                assert not public & set(names), where


def test_every_module_has_a_place() -> None:
    places = {place(module) for module in MODULES} - ROOT
    assert places <= set(RANK), f"give {places - set(RANK)} a layer"
