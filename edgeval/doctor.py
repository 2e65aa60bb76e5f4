"""What is installed, which stages and commands can run, and the command that brings what is missing."""

from __future__ import annotations

import platform
import shutil
import subprocess
from dataclasses import dataclass
from importlib import metadata, util
from typing import Any

from edgeval import __version__


@dataclass(frozen=True)
class Need:
    """Something a part of edgeval needs: an importable module of a distribution, or a program."""

    name: str  # distribution or program
    module: str | None  # None: a program on the PATH
    install: str


PIP_BASE = "pip install edgeval"
PIP_RUNTIMES = "pip install 'edgeval[runtimes]'"
PIP_TRAIN = "pip install 'edgeval[train]'"
PIP_EXPORT = "pip install 'edgeval[export]'"

TORCH = Need("torch", "torch", PIP_TRAIN)
PARTS: dict[str, tuple[Need, ...]] = {
    "train-grid": (TORCH, Need("torchvision", "torchvision", PIP_TRAIN)),
    "export": (
        Need("torch", "torch", PIP_EXPORT),  # what installs the first missing one installs all of a part
        Need("onnx2tf", "onnx2tf", PIP_EXPORT),
        Need("tensorflow", "tensorflow", PIP_EXPORT),
    ),
    "stage float": (TORCH,),
    "stage onnx": (Need("onnxruntime", "onnxruntime", PIP_RUNTIMES),),
    "stage int8": (Need("tflite-runtime", "tflite_runtime", PIP_RUNTIMES),),
    "stage tflm": (Need("tflite-micro", "tflite_micro", PIP_RUNTIMES),),
    "stage host": (Need("cc", None, "apt install gcc libc6-dev"),),
    "stage emulated": (
        Need("unicorn", "unicorn", PIP_BASE),
        Need("pyelftools", "elftools", PIP_BASE),
        Need("tflite", "tflite", PIP_BASE),
    ),
    "runner qemu": (Need("qemu-system-arm", None, "apt install qemu-system-arm"),),
    "runner renode": (Need("renode", None, "the portable release of renode.io on the PATH"),),
    "runner serial": (Need("pyserial", "serial", PIP_BASE),),
    "firmware build": (
        Need("arm-none-eabi-gcc", None, "apt install gcc-arm-none-eabi libnewlib-arm-none-eabi"),
        Need("cmake", None, "apt install cmake"),
    ),
    "compare, report": (
        Need("matplotlib", "matplotlib", PIP_BASE),
        Need("jinja2", "jinja2", PIP_BASE),
    ),
}


def examine() -> dict[str, Any]:
    """The findings: versions and, for each part, whether it can run, what was found and what is missing."""
    return {
        "edgeval": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "parts": [_part(name, needs) for name, needs in PARTS.items()],
    }


def _part(name: str, needs: tuple[Need, ...]) -> dict[str, Any]:
    found = {need.name: version for need in needs if (version := _version(need)) is not None}
    missing = [need for need in needs if need.name not in found]
    return {
        "part": name,
        "ready": not missing,
        "found": found,
        "missing": [need.name for need in missing],
        "install": missing[0].install if missing else None,
    }


def _version(need: Need) -> str | None:
    if need.module is None:
        return _program_version(need.name)
    if util.find_spec(need.module) is None:
        return None
    try:
        return metadata.version(need.name)
    except metadata.PackageNotFoundError:
        return "unknown version"


def _program_version(program: str) -> str | None:
    path = shutil.which(program)
    if path is None:
        return None
    try:
        output = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return f"{path} (it does not tell its version)"
    lines = (output.stdout or output.stderr).strip().splitlines()
    return lines[0] if lines else path


def table(findings: dict[str, Any]) -> str:
    """The findings for a person."""
    lines = [f"edgeval {findings['edgeval']}, Python {findings['python']}, {findings['machine']}", ""]
    for part in findings["parts"]:
        found = ", ".join(f"{name} {version}" for name, version in part["found"].items())
        if part["ready"]:
            lines.append(f"  ready    {part['part']:<18} {found}")
        else:
            lines.append(f"  missing  {part['part']:<18} {', '.join(part['missing'])}: {part['install']}")
    return "\n".join(lines)
