"""What `edgeval` exports. References: the table of docs/API.md, the options of the commands, a fresh interpreter."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import edgeval
from edgeval.cli import cli

PACKAGE = Path(edgeval.__file__).parent
DOCS = PACKAGE.parent / "docs" / "API.md"
# What a command does beside its function: it prints, opens a browser, chooses between two functions.
OF_THE_COMMAND = {"as_json", "github", "open_page", "dry_run", "power"}
RENAMED = {"names": "targets", "column": "columns"}
COMMANDS: dict[str, tuple[str, ...]] = {
    "train-grid": ("train_grid", "plan_grid"),
    "merge": ("merge",),
    "export": ("export",),
    "compare": ("compare", "evaluate"),
    "gate": ("gate", "gate_power"),
    "import": ("import_predictions",),
    "acknowledge": ("acknowledge",),
    "verify": ("verify",),
    "analyze": ("analyze",),
    "report": ("render_report",),
    "robustness": ("robustness", "evaluate_corrupted"),
    "fit": ("fit",),
    "profile": ("profile",),
    "layers": ("compare_layers",),
}


def typed_names() -> set[str]:
    """What a type checker sees: the imports under TYPE_CHECKING."""
    (block,) = (node for node in ast.parse(inspect.getsource(edgeval)).body if isinstance(node, ast.If))
    return {alias.name for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}


def test_all_is_what_is_exported() -> None:
    exported = {name for name in edgeval.__all__ if callable(getattr(edgeval, name))}
    assert exported | {"__version__"} == set(edgeval.__all__) == typed_names() | {"__version__"}
    assert set(edgeval.__all__) <= set(dir(edgeval))
    with pytest.raises(AttributeError, match="no attribute 'comapre'"):
        edgeval.comapre  # noqa: B018


def test_every_result_and_function_of_the_api_is_exported() -> None:
    functions = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*)\|", DOCS.read_text(), re.M))))
    assert functions == {name for name in edgeval.__all__ if name.islower()} - {"__version__"}
    results = {
        name
        for module in sorted((PACKAGE / "api").glob("[!_]*.py"))
        for name, value in vars(importlib.import_module(f"edgeval.api.{module.stem}")).items()
        if isinstance(value, type) and value.__module__ == f"edgeval.api.{module.stem}"
    }
    assert results == {name for name in edgeval.__all__ if name[0].isupper()} - {"EdgevalError"}


def test_packages_do_not_take_the_place_of_functions() -> None:
    for package, part in (("compare", "document"), ("export", "job"), ("gate", "gate")):
        importlib.import_module(f"edgeval.{package}.{part}")
        assert inspect.isfunction(getattr(edgeval, package))
        assert isinstance(sys.modules[f"edgeval.{package}"], ModuleType)


def test_importing_edgeval_and_its_functions_imports_no_library() -> None:
    """All but `open_target`, whose device is made of arrays."""
    code = (
        "import sys, edgeval; [getattr(edgeval, name) for name in edgeval.__all__ if name != 'open_target']; "
        "print({'numpy', 'scipy', 'torch', 'click', 'pandas', 'jinja2'} & set(sys.modules))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "set()"


def test_the_package_is_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()


def options_of(command: str) -> dict[str, Any]:
    """Name of the argument -> default, of a command's options that its function has too."""
    found = cli.get_command(None, command)  # type: ignore[arg-type]
    assert found is not None
    return {
        RENAMED.get(one.name, one.name): one.default for one in found.params
        if one.name is not None and one.name not in OF_THE_COMMAND
    }  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_a_function_has_the_options_of_its_command(command: str) -> None:
    functions: list[Callable[..., Any]] = [getattr(edgeval, name) for name in COMMANDS[command]]
    arguments = {
        name: one for function in functions for name, one in inspect.signature(function).parameters.items()
    }
    options = options_of(command)
    if command == "analyze":
        options.pop("out")  # of save()
    assert set(arguments) == set(options)
    for name, default in options.items():
        argument = arguments[name].default
        if isinstance(default, (str, int, float)) and argument is not inspect.Parameter.empty:
            assert str(argument) == str(default), name
