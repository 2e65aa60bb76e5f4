"""Networks of one's own: find the code, hash it, call it, and say in one line what is wrong with it."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from edgeval import store
from edgeval.errors import ModelError, StoreError, UsageError
from edgeval.nets.code import Code

if TYPE_CHECKING:
    from torch import nn

ENTRY_POINTS = "edgeval.networks"
NAME = r"[A-Za-z]\w*"


def open_code(build: str, name: str | None = None, homes: Sequence[Path] = ()) -> Code:
    """The code that `build` names: FILE.py:function, or the name of a network that an installed package announces.

    A relative file is looked for from the current folder, then from `homes`. `name` begins the model ids (default: the
    file's). Raises UsageError for anything that is neither.
    """
    if ".py:" in build:
        return _of_file(build, name, homes)
    points = installed()
    if build not in points:
        found = f"; packages announce {', '.join(sorted(points))}" if points else ""
        raise UsageError(
            f"'{build}' is no network of edgeval and no FILE.py:function, such as my.py:build{found}; see edgeval nets"
        )
    return _of_package(points[build])


def installed() -> dict[str, metadata.EntryPoint]:
    """The networks that installed packages announce, by name."""
    return {point.name: point for point in metadata.entry_points(group=ENTRY_POINTS)}


def named(text: str, homes: Sequence[Path] = ()) -> Code:
    """`[NAME=]FILE.py:function`, or the name of an installed package's network, as `open_code`."""
    name, equals, build = text.rpartition("=")
    return open_code(build, name if equals else None, homes)


def code_of(record: Mapping[str, Any] | None, homes: Sequence[Path]) -> Code | None:
    """The code with which a run was trained, from its run.json; None where edgeval's own built it.

    Whether it is still there, and still the same, is asked when a network is built: what was evaluated before can be
    read without it.
    """
    if record is None:
        return None
    code = Code(record["name"], record["build"], record["sha256"], record.get("package"))
    if code.package:
        return code
    files = [place for place in _places(code.build.rpartition(":")[0], homes) if place.is_file()]
    same = [file for file in files if _files_sha256(source_files(file)) == code.sha256]
    found = next(iter([*same, *files]), None)
    return replace(code, file=str(found.resolve()) if found else None)


def call(code: Code, size: float, classes: int, input_shape: tuple[int, ...]) -> nn.Module:
    """The network that the user's function returns; a whole size is given as int.

    Raises ModelError with the line of the user's file where the code fails or returns something else.
    """
    from torch import nn

    function = _function(code)
    whole = int(size) if float(size).is_integer() else size
    asked = f"{code.build} ({whole}, {classes}, {input_shape})"
    try:
        built = function(whole, classes, tuple(input_shape))
    except Exception as error:  # a user's code may raise anything
        raise ModelError(f"{asked} failed{_where(error, code)}; mend it and run again") from error
    if not isinstance(built, nn.Module):
        raise ModelError(f"{asked} returned {type(built).__name__}, expected a torch.nn.Module")
    return built


def _of_file(build: str, name: str | None, homes: Sequence[Path]) -> Code:
    path, _, function = build.rpartition(":")
    chosen = name or Path(path).stem.replace("-", "_")
    if not re.fullmatch(NAME, chosen, re.ASCII):
        raise UsageError(
            f"network name '{chosen}' of {build} begins model ids; give letters, digits and _, as in NAME={build}"
        )
    if not function.isidentifier():
        raise UsageError(f"'{build}' names no function; give FILE.py:function, such as my.py:build")
    file = next((place for place in _places(path, homes) if place.is_file()), None)
    if file is None:
        others = "".join(f", nor in {home}" for home in homes)
        raise UsageError(f"{path} does not exist here{others}")
    return Code(chosen, build, _files_sha256(source_files(file)), file=str(file.resolve()))


def _places(path: str, homes: Sequence[Path]) -> list[Path]:
    return [Path(path).expanduser(), *(home / path for home in homes)]


def _of_package(point: metadata.EntryPoint) -> Code:
    spec = importlib.util.find_spec(point.module.partition(".")[0])
    if spec is None or spec.origin is None or point.dist is None:
        raise UsageError(
            f"the network {point.name} of {point.value} is announced but not installed; reinstall it"
        )
    origin = Path(spec.origin)
    files = sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations else [origin]
    package = f"{point.dist.name} {point.dist.version}"
    return Code(point.name, point.value, _files_sha256(files), package)


def source_files(file: Path) -> list[Path]:
    """A Python file and, found by their import statements, the modules beside it that it is made of."""
    found, waiting = [], [file]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.append(one)
        for name in _imported(one):
            places = (file.parent / f"{name}.py", file.parent / name / "__init__.py")
            waiting += [place for place in places if place.is_file()]
            if places[1].is_file():
                waiting += sorted(places[1].parent.rglob("*.py"))
    return [file, *sorted(set(found) - {file})]


def _imported(file: Path) -> set[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError) as error:
        raise UsageError(f"{file} cannot be read as Python ({error}); mend it and run again") from error
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {(node.module or alias.name).partition(".")[0] for alias in node.names}
    return names


def _files_sha256(files: Sequence[Path]) -> str:
    """SHA-256 of one file; of several, of their names and contents."""
    if len(files) == 1:
        return store.sha256_file(files[0])
    return store.sha256_bytes(b"".join(f"{file.name} {store.sha256_file(file)}\n".encode() for file in files))


def _function(code: Code) -> Callable[..., Any]:
    module_name, _, name = code.build.rpartition(":")
    _check_same(code, module_name)
    try:
        module = (
            importlib.import_module(module_name) if code.file is None else _module(code.file, code.sha256)
        )
        function = getattr(module, name, None)
    except Exception as error:  # whatever a module does when it is imported
        raise ModelError(f"{code.build} cannot be imported{_where(error, code)}") from error
    if not callable(function):
        raise ModelError(f"{module_name} has no function '{name}'; {code.build} was asked for")
    return function


def _check_same(code: Code, module_name: str) -> None:
    """StoreError where the file or package is gone, or is another one than the networks were trained with."""
    if code.package:
        point = installed().get(code.name)
        if point is None:
            raise StoreError(f"{code.name} is built by {code.package}, which is not installed; install it")
        now = _of_package(point).sha256
    else:
        if code.file is None or not Path(code.file).is_file():
            raise StoreError(f"{code.name} is built by {code.build}, and {module_name} is gone; put it back")
        now = _files_sha256(source_files(Path(code.file)))
    if now != code.sha256:
        raise StoreError(
            f"{code.package or module_name} was changed since {code.name} was trained (SHA-256 {code.sha256[:12]}, now "
            f"{now[:12]}); restore it, or train again under another --name"
        )


@cache
def _module(file: str, sha256: str) -> ModuleType:
    """The module of a user's file, imported once a process; modules beside it are found."""
    sources, folder = source_files(Path(file)), str(Path(file).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)  # as Python does for a script
    name = f"edgeval_own_{Path(file).stem}_{sha256[:8]}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None  # it ends with .py and exists
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    _check_neighbours(sources[1:])
    return module


def _check_neighbours(sources: Sequence[Path]) -> None:
    """ImportError where a module beside the file was taken from elsewhere: not what was hashed would run."""
    for source in sources:
        name = source.parent.name if source.name == "__init__.py" else source.stem
        seen = getattr(sys.modules.get(name), "__file__", None)
        if (
            seen is not None
            and Path(seen).resolve() != source.resolve()
            and source.parent == sources[0].parent
        ):
            raise ImportError(f"module {name} is {seen}, not {source}; give one of them another name")


def _where(error: BaseException, code: Code) -> str:
    """` at my.py:12: ValueError: message`: the last line of the user's own file, and the error in one line."""
    lines = str(error).strip().splitlines()
    told = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == code.file]
    return f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}: {told}" if frames else f": {told}"
