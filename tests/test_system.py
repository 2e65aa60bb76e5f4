"""What differs between systems lies behind one module. Reference: the modules that the Python library reference lists
as Unix-only, made absent as they are on Windows."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from edgeval import system

PACKAGE = Path(system.__file__).parent
UNIX_ONLY = ("fcntl", "termios", "tty", "pty", "pwd", "grp", "resource", "posix", "syslog")
NOT_ON_WINDOWS = {
    "fork",
    "killpg",
    "setsid",
    "mkfifo",
    "SIGKILL",
    "SIGHUP",
    "prctl",
    "O_NONBLOCK",
    "O_CLOEXEC",
}


def test_every_module_imports_without_the_unix_only_ones() -> None:
    """In a process of its own, with ctypes.CDLL(None) failing as on Windows."""
    heavy = ("nets", "training", "torchvision_import", "export")  # torch imports fcntl where it finds it
    names = [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for path in sorted(PACKAGE.rglob("*.py"))
        if "firmware_src" not in path.parts
        and path.stem != "__main__"
        and path.relative_to(PACKAGE).parts[0] not in heavy
    ]
    code = f"""
import sys, ctypes, importlib
import subprocess, socket, tempfile, multiprocessing.popen_spawn_posix, concurrent.futures.process
import numpy, scipy.stats, scipy.special, scipy.optimize, matplotlib, click, jinja2, PIL.Image, unicorn
for name in {UNIX_ONLY!r}:
    sys.modules[name] = None
def refuse(name, *rest, **more):
    raise TypeError("CDLL(None) on Windows")
ctypes.CDLL = refuse
for name in {names!r}:
    importlib.import_module(name)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PACKAGE.parent)
    assert done.returncode == 0, done.stderr.splitlines()[-3:]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_one_module_alone_calls_what_windows_lacks(path: Path) -> None:
    if path.name == "system.py":
        return
    names = {node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)}
    assert not names & NOT_ON_WINDOWS


def test_a_second_opening_does_not_get_the_lock(tmp_path: Path) -> None:
    with (tmp_path / "lock").open("w") as first, (tmp_path / "lock").open("w") as second:
        assert system.lock(first, wait=False)
        assert not system.lock(second, wait=False)
        first.close()
        assert system.lock(second, wait=False)


def test_readers_share_a_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").touch()
    with (tmp_path / "lock").open() as first, (tmp_path / "lock").open() as second:
        assert system.lock(first, shared=True, wait=False)
        assert system.lock(second, shared=True, wait=False)
