"""Files, functions and folders stay small enough to be read (CONTRIBUTING.md, "Rules"); reference: the sources."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILE_LINES, FUNCTION_LINES = 300, 60
C_SUFFIXES = (".c", ".h", ".cc")


def sources(folder: str, *suffixes: str) -> list[Path]:
    found = (path for path in (ROOT / folder).rglob("*") if path.suffix in suffixes)
    return sorted(path for path in found if "firmware_src" not in path.parts)


PYTHON = sources("edgeval", ".py")
C = sources("firmware", *C_SUFFIXES)
TESTS = sources("tests", ".py")


def python_functions(path: Path) -> list[tuple[str, int]]:
    """(name, lines) of every function of a Python file."""
    nodes = ast.walk(ast.parse(path.read_text()))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (node.name, (node.end_lineno or 0) - node.lineno + 1) for node in nodes if isinstance(node, kinds)
    ]


def c_functions(text: str) -> list[tuple[str, int]]:
    """(name, lines) of every function of a formatted C file: its body stands between braces in column 0."""
    body = re.compile(r"^(?:\w[^\n;={}]*?)?(\w+)\([^;{}]*\)\n\{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
    return [(match.group(1), match.group(0).count("\n") + 1) for match in body.finditer(text)]


@pytest.mark.parametrize("path", [*PYTHON, *C], ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_in_300_lines_and_a_function_in_60(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= FILE_LINES
    functions = python_functions(path) if path.suffix == ".py" else c_functions(text)
    assert [(name, lines) for name, lines in functions if lines > FUNCTION_LINES] == []


def test_functions_are_found() -> None:
    """Otherwise the limit above would hold for nothing."""
    assert len([name for path in PYTHON for name, _ in python_functions(path)]) > 1000
    assert len([name for path in C for name, _ in c_functions(path.read_text())]) > 200
    made = "static int one(int a,\n               int b)\n{\n" + "    a++;\n" * 60 + "}\n"
    assert c_functions(made) == [("one", 64)]


def test_no_test_imports_from_a_test() -> None:
    """What several test modules need is in a module of its own."""
    found = []
    for path in TESTS:
        for node in ast.walk(ast.parse(path.read_text())):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            if module.startswith("tests.") and module.rpartition(".")[2].startswith("test_"):
                found.append(f"{path.relative_to(ROOT)} imports from {module}")
    assert found == []
