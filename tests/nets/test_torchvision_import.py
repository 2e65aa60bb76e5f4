"""Reference: the message with which torchvision 0.28 fails to import beside a torch it was not built for."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("torch")

BROKEN = """
import importlib.abc, sys
class Misfit(importlib.abc.MetaPathFinder):  # what torchvision does beside a torch it was not built for
    def find_spec(self, name, path, target=None):
        if name == "torchvision._meta_registrations":
            raise RuntimeError("operator torchvision::nms does not exist")
sys.meta_path.insert(0, Misfit())
"""
USE = """
from edgeval.torchvision_import import torchvision_module
torchvision_module("models").mobilenet_v2
torchvision_module("datasets").CIFAR100
"""
UNRELATED = """
class Other(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name == "torchvision._meta_registrations":
            raise RuntimeError("no disk left")
sys.meta_path[0] = Other()
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_models_and_datasets_can_be_used_where_the_operators_do_not_fit() -> None:
    done = run(BROKEN + USE)
    assert done.returncode == 0, done.stderr


def test_another_failure_is_not_hidden() -> None:
    assert "no disk left" in run(BROKEN + UNRELATED + USE).stderr
