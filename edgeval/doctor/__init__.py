"""What is installed and works, which stages and commands can run, and the command that brings what is missing."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import metadata, util
from typing import Any

from edgeval import __version__
from edgeval.devices.build.host import ready_library
from edgeval.runtimes.interpreters import INTERPRETERS
from edgeval.runtimes.rounding import difference

PROBE_S = 300  # a converter takes tens of seconds to import on a busy machine
NOTES = {
    "darwin": "macOS: written for, and not tested by edgeval's authors; the host engine needs Xcode's cc",
    "win32": "Windows: not supported yet (the store renames open files, QEMU's socket is inherited); use WSL 2",
}


@dataclass(frozen=True)
class Need:
    """Something a part of edgeval needs: an importable module of a distribution, or a program.

    `ends_before` is the first Python for which the distribution has no wheels.
    """

    name: str  # distribution or program
    module: str | None  # None: a program on the PATH
    install: str
    ends_before: tuple[int, int] | None = None

    @property
    def ended(self) -> bool:
        return self.ends_before is not None and sys.version_info[:2] >= self.ends_before

    @property
    def remedy(self) -> str:
        if self.ends_before is None or not self.ended:
            return self.install
        version = f"{self.ends_before[0]}.{self.ends_before[1]}"
        return f"{self.name} has no wheels for Python {version} and newer; {self.install} on an older one"


PIP_BASE = "pip install edgeval"
PIP_RUNTIMES = "pip install 'edgeval[runtimes]'"
PIP_TRAIN = "pip install 'edgeval[train]'"
PIP_EXPORT = "pip install 'edgeval[export]'"
PIP_TRAIN_EXPORT = "pip install 'edgeval[train,export]'"
PIP_TENSORFLOW = "pip install 'edgeval[tensorflow]' in an environment of its own"

TORCH = Need("torch", "torch", PIP_TRAIN)
INT8 = next(
    (Need(one.distribution, one.module, PIP_RUNTIMES) for one in INTERPRETERS.values() if one.version()),
    Need("ai-edge-litert", "ai_edge_litert", PIP_RUNTIMES),
)


def converters(install: str) -> tuple[Need, ...]:
    """What `edgeval export --onnx` needs, and the command that installs it."""
    names = {"onnx": "onnx", "onnxruntime": "onnxruntime", "ai-edge-quantizer": "ai_edge_quantizer"}
    return tuple(Need(name, module, install) for name, module in names.items())


PARTS: dict[str, tuple[Need, ...]] = {  # what installs the first missing one installs all of a part
    "train-grid": (TORCH, Need("torchvision", "torchvision", PIP_TRAIN)),
    "export": (Need("torch", "torch", PIP_TRAIN_EXPORT), *converters(PIP_TRAIN_EXPORT)),
    "export --onnx": converters(PIP_EXPORT),
    "export, tensorflow": (
        Need("torch", "torch", PIP_TENSORFLOW),
        Need("onnx2tf", "onnx2tf", PIP_TENSORFLOW, (3, 12)),
        Need("tensorflow", "tensorflow", PIP_TENSORFLOW, (3, 12)),
    ),
    "stage float": (TORCH,),
    "stage onnx": (Need("onnxruntime", "onnxruntime", PIP_RUNTIMES),),
    "stage int8": (INT8,),
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
    with ThreadPoolExecutor() as pool:  # each waits for a process
        parts = list(pool.map(_part, PARTS.items()))
    return {
        "edgeval": __version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "note": NOTES.get(sys.platform),
        "parts": parts,
    }


def _part(item: tuple[str, tuple[Need, ...]]) -> dict[str, Any]:
    name, needs = item
    found = {need.name: version for need in needs if (version := _version(need)) is not None}
    missing = [need for need in needs if need.name not in found]
    problem = None if missing else _problem(name, needs)
    return {
        "part": name,
        "ready": not missing and problem is None,
        "found": found,
        "missing": [need.name for need in missing],
        "install": next((need for need in missing if need.ended), missing[0]).remedy if missing else None,
        "problem": problem,
        "note": difference(found["tflite-micro"]) if "tflite-micro" in found else None,
    }


def _problem(name: str, needs: tuple[Need, ...]) -> str | None:
    """What happens when the part is tried, None where it works; a program is not started beyond its version."""
    modules = [need.module for need in needs if need.module is not None]
    if not modules and name != "stage host":
        return None
    command = [sys.executable, "-m", "edgeval.doctor.probes", name, *modules]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_S, check=False)
    except subprocess.TimeoutExpired:
        return f"it does not end within {PROBE_S} s"
    if done.returncode == 0:
        return None
    lines = (done.stdout.strip() or done.stderr.strip()).splitlines()
    return lines[-1] if lines else f"it ends with exit code {done.returncode}"


def _version(need: Need) -> str | None:
    if need.module is None:
        ready = need.name == "cc" and ready_library() is not None
        return "not needed, the engine is compiled" if ready else _program_version(need.name)
    if util.find_spec(need.module.partition(".")[0]) is None:
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
    if findings["note"]:
        lines[1:] = [findings["note"], ""]
    for part in findings["parts"]:
        found = ", ".join(f"{name} {version}" for name, version in part["found"].items())
        if part["problem"] is not None:
            lines.append(f"  fails    {part['part']:<18} {found}: {part['problem']}")
        elif part["ready"]:
            note = f"; {part['note']}" if part["note"] else ""
            lines.append(f"  ready    {part['part']:<18} {found}{note}")
        else:
            lines.append(f"  missing  {part['part']:<18} {', '.join(part['missing'])}: {part['install']}")
    return "\n".join(lines)
