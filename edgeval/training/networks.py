"""The networks of a grid: names of edgeval's families, [[networks]] of a grid file, --network of the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgeval.errors import UsageError, unknown
from edgeval.nets import FAMILIES, Code, NetId, parse
from edgeval.nets.own import installed, named, open_code

KEYS = ("name", "build", "sizes", "sha256", "package")  # the last two: of a resolved grid.toml
NUMBER = r"\d+(\.\d+)?"


def code_for(model_id: str, networks: Sequence[Code]) -> Code | None:
    """The code that builds a model of a grid; None where edgeval's own does."""
    family = model_id.rpartition("-")[0]
    return next((code for code in networks if code.name == family), None)


def from_table(entries: Any, home: Path, where: str) -> tuple[list[str], list[Code]]:
    """Model ids and codes of the [[networks]] of a grid file that lies in `home`.

    Raises UsageError for an unknown key, family or file and for a size that is none.
    """
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise UsageError(f"{where}: networks is {entries!r}, expected tables [[networks]]")
    models: list[str] = []
    codes: list[Code] = []
    for entry in entries:
        for key in entry:
            if key not in KEYS:
                raise unknown("key", key, KEYS[:3], f"{where}, [[networks]]")
        name, build, sizes = entry.get("name"), entry.get("build"), entry.get("sizes")
        if not all(text is None or isinstance(text, str) for text in (name, build)) or not (name or build):
            raise UsageError(
                f"{where}: [[networks]] needs name and build as text, such as build = 'my.py:build'"
            )
        numbers = isinstance(sizes, list) and sizes and all(type(size) in (int, float) for size in sizes)
        if not numbers:
            raise UsageError(
                f"{where}: sizes of {name or build} is {sizes!r}, expected numbers such as [8, 16]"
            )
        code = _code(name, build, home)
        made = [_model(name or "", code, size) for size in sizes]
        if len(set(made)) != len(made):
            raise UsageError(f"{where}: sizes of {name or build} names the same one twice: {sizes}")
        models += made
        codes += [code] if code else []
    return models, codes


def from_options(
    networks: Sequence[str], sizes: Sequence[str] | None, codes: Sequence[Code]
) -> tuple[list[str], list[Code]]:
    """Model ids and codes of --network and --sizes, where plain numbers are sizes of every --network.

    `codes` are those of the grid file. Raises UsageError where --sizes or --network lacks the other.
    """
    numbers = [float(size) for size in sizes or () if re.fullmatch(NUMBER, size, re.ASCII)]
    models = [model for model in sizes or () if not re.fullmatch(NUMBER, model, re.ASCII)]
    if numbers and not networks:
        raise UsageError(
            f"--sizes {','.join(sizes or ())} names no network; give scalecnn-8 and the like, or --network NAME"
        )
    own = list(codes)
    for text in networks:
        code = None if text in FAMILIES else named(text)
        name = code.name if code else text
        if not numbers and code:
            raise UsageError(f"--network {text} needs its sizes: --sizes 8,16")
        models += [_model(name, code, size) for size in numbers or FAMILIES[name].sizes]
        own = [*(other for other in own if other.name != name), *([code] if code else [])]
    return models, own


def checked_models(models: Sequence[str], codes: Sequence[Code], where: str) -> tuple[list[str], list[Code]]:
    """Every model in its one spelling, and the codes that these models need; a package's are found by their name.

    Raises UsageError for an unknown network, and where two networks have one name.
    """
    known = {code.name: code for code in codes}
    for code in codes:
        if code.name in FAMILIES:
            raise UsageError(
                f"{where}: {code.build} is named {code.name} like a network of edgeval; give NAME={code.build}"
            )
        if known[code.name] != code:
            raise UsageError(f"{where}: {code.build} and {known[code.name].build} are both named {code.name}")
    spelled = []
    for model in models:
        family = model.rpartition("-")[0]
        if family not in FAMILIES and family not in known and family in installed():
            known[family] = open_code(family)
        spelled.append(str(parse(model, known.get(family))))
    used = {model.rpartition("-")[0] for model in spelled}
    return spelled, [code for name, code in known.items() if name in used]


def _code(name: str | None, build: str | None, home: Path) -> Code | None:
    """None for a family of edgeval."""
    if build is None or (build == name):
        return None if name in FAMILIES else open_code(str(name))
    if ".py:" not in build and name in installed():
        return open_code(str(name))  # a resolved grid.toml names the function that the package announced
    return open_code(build, name, (home,))


def _model(name: str, code: Code | None, size: float) -> str:
    net = NetId(code.name if code else name, float(size), code)
    if float(net.size) != size:
        raise UsageError(f"size {size} of {net.arch} has too many decimals; give {net.size}")
    return str(net)
