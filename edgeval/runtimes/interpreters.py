"""The interpreters that can run stage `int8` on a PC: which library, with which kernels.

The kernels are pinned by name, because they round differently: XNNPACK in float32, the builtin kernels (ruy) with a
double rounding of their own, the reference kernels as TensorFlow Lite Micro does (docs/LAYERS.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

from edgeval.errors import ToolError, unknown
from edgeval.processes import silenced


@dataclass(frozen=True)
class Interpreter:
    """`delegate` is what computes, for reports; `resolver` the library's own name of that choice."""

    distribution: str
    module: str
    delegate: str
    resolver: str

    def version(self) -> str | None:
        """Of the installed distribution; None where it is not there."""
        try:
            return metadata.version(self.distribution)
        except metadata.PackageNotFoundError:
            return None

    @property
    def described(self) -> str:
        """Library and version, e.g. `ai-edge-litert 2.3.0`."""
        return f"{self.distribution} {self.version()}"


LITERT = ("ai-edge-litert", "ai_edge_litert.interpreter")
TFLITE_RUNTIME = ("tflite-runtime", "tflite_runtime.interpreter")
BUILTIN = "none (builtin kernels)"
INTERPRETERS = {  # the preferred first; of each library the first is its own default
    "litert": Interpreter(*LITERT, "XNNPACK", "BUILTIN"),
    "litert-builtin": Interpreter(*LITERT, BUILTIN, "BUILTIN_WITHOUT_DEFAULT_DELEGATES"),
    "litert-reference": Interpreter(*LITERT, "none (reference kernels)", "BUILTIN_REF"),
    "tflite-runtime": Interpreter(*TFLITE_RUNTIME, BUILTIN, "BUILTIN_WITHOUT_DEFAULT_DELEGATES"),
}


def choose(name: str | None) -> Interpreter:
    """The interpreter of that name, None is the first that is installed; UsageError for an unknown name, ToolError
    where its library is missing."""
    if name is not None and name not in INTERPRETERS:
        raise unknown("interpreter", name, INTERPRETERS, "--int8-runtime")
    wanted = list(INTERPRETERS.values()) if name is None else [INTERPRETERS[name]]
    for one in wanted:
        if one.version() is not None:
            return one
    if wanted[0].distribution == "tflite-runtime":
        remedy = "pip install tflite-runtime 'numpy<2' (it has no wheels for Python 3.12 and newer)"
    else:
        remedy = "pip install 'edgeval[runtimes]'"
    raise ToolError(f"stage int8 needs {wanted[0].distribution}: {remedy}")


def load(file: bytes, chosen: Interpreter, threads: int) -> Any:
    """The library's interpreter of a model, ready to run. Raises ToolError where the installed library does not
    work, ValueError or RuntimeError where it refuses the model."""
    try:
        with silenced():  # it tells of every delegate it makes
            library = import_module(chosen.module)
            interpreter = library.Interpreter(
                model_content=file,
                num_threads=threads,
                experimental_op_resolver_type=getattr(library.OpResolverType, chosen.resolver),
            )
            interpreter.allocate_tensors()
    except (ImportError, AttributeError, SystemError) as error:  # the last is numpy 2 under tflite-runtime
        raise ToolError(
            f"{chosen.distribution} {chosen.version()} is installed and does not work with numpy "
            f"{metadata.version('numpy')}; {_remedy(chosen)}"
        ) from error
    return interpreter


def _remedy(chosen: Interpreter) -> str:
    if chosen.distribution == "tflite-runtime":
        return "it was built for numpy 1: pip install 'numpy<2', or pip install 'edgeval[runtimes]' for ai-edge-litert"
    return f"install it again: pip install --force-reinstall {chosen.distribution}"
