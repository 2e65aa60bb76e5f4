"""A grid's configuration: which networks, seeds and data, and the training recipe they share."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from edgeval.errors import UsageError, unknown
from edgeval.nets import parse
from edgeval.runs import MODELS
from edgeval.tomlfile import read_toml

GRID_KEYS = ("dataset", "models", "seeds", "recipe")


@dataclass(frozen=True)
class Recipe:
    """SGD with a cosine schedule and three augmentations; the defaults are the paper's.

    The learning rate falls from `learning_rate` to `final_learning_rate` over all steps. `flip` takes effect
    only on datasets whose mirrored images keep their class. The test accuracy goes into the history every
    `evaluate_every` epochs and after the last. `threads` are torch's threads of one run: they are part of
    the recipe because the order of sums, and so the weights' last bits, depends on them.
    """

    epochs: int = 200
    batch_size: int = 128
    learning_rate: float = 0.1
    final_learning_rate: float = 1e-5
    momentum: float = 0.9
    weight_decay: float = 5e-4
    crop_padding: int = 4  # pixels
    flip: bool = True
    cutout: int = 8  # pixels, side of the square; 0 for none
    evaluate_every: int = 5  # epochs
    threads: int = 1


AT_LEAST = {"epochs": 1, "batch_size": 2, "evaluate_every": 1, "threads": 1}  # the others: at least 0


@dataclass(frozen=True)
class GridConfig:
    """`models` are network names such as scalecnn-16; every one is trained with every seed."""

    name: str
    dataset: str
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    recipe: Recipe


def load_grid(name_or_path: str) -> GridConfig:
    """Read a grid file given by path, or by the name of a grid in models/grids or shipped with edgeval.

    Raises UsageError for an unknown grid, key or network and for a value of the wrong type or range.
    """
    path = _find(name_or_path)
    table = read_toml(path)
    for key in table:
        if key not in (*GRID_KEYS, "schema_version", "data"):  # the last two: a resolved grid.toml
            raise unknown("key", key, GRID_KEYS, str(path))
    for key in ("dataset", "models", "seeds"):
        if key not in table:
            raise UsageError(f"{path} has no '{key}'; a grid needs dataset, models and seeds")
    name = path.parent.name if path.name == "grid.toml" else path.stem
    return _checked(name, table, str(path))


def override(config: GridConfig, **changes: Any) -> GridConfig:
    """The grid with the given fields of itself or of its recipe replaced; None keeps a field."""
    given = {key: value for key, value in changes.items() if value is not None}
    own = {field.name for field in fields(GridConfig)} - {"recipe"}
    recipe = asdict(config.recipe) | {key: value for key, value in given.items() if key not in own}
    table = asdict(config) | {key: value for key, value in given.items() if key in own} | {"recipe": recipe}
    return _checked(table.pop("name"), table, "the command line")


def _find(name_or_path: str) -> Path:
    here = Path(__file__).resolve().parent  # the wheel carries grids/, a checkout has them in models/
    folders = (MODELS / "grids", here / "grids", here.parents[1] / "models" / "grids")
    for path in (Path(name_or_path), *(folder / f"{name_or_path}.toml" for folder in folders)):
        if path.is_file():
            return path
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    raise unknown("grid", name_or_path, known)


def _checked(name: str, table: dict[str, Any], where: str) -> GridConfig:
    if not re.fullmatch(r"[\w.-]*\w[\w.-]*", name) or name == "grids":  # models/grids holds the grid files
        raise UsageError(
            f"grid name '{name}' cannot be a folder of its own; use letters, digits, '-', '_' and '.'"
        )
    if not isinstance(table["dataset"], str):
        raise UsageError(f"{where}: dataset is {table['dataset']!r}, expected text such as 'cifar10'")
    seeds = _items(table, "seeds", int, where)
    if any(seed < 0 or seed >= 2**63 for seed in seeds):
        raise UsageError(f"{where}: seeds are {list(seeds)}, expected numbers from 0 to 2^63 - 1")
    return GridConfig(
        name=name,
        dataset=table["dataset"],
        models=tuple(str(parse(model)) for model in _items(table, "models", str, where)),
        seeds=seeds,
        recipe=_recipe(table.get("recipe", {}), where),
    )


def _items(table: dict[str, Any], key: str, kind: type, where: str) -> tuple[Any, ...]:
    items = table[key]
    if not isinstance(items, (list, tuple)) or not items or any(type(item) is not kind for item in items):
        raise UsageError(f"{where}: {key} is {items!r}, expected a list of at least one {kind.__name__}")
    if len(set(items)) != len(items):
        raise UsageError(f"{where}: {key} names the same one twice: {items!r}")
    return tuple(items)


def _recipe(table: Any, where: str) -> Recipe:
    if not isinstance(table, dict):
        raise UsageError(f"{where}: recipe is {table!r}, expected a table")
    default = asdict(Recipe())
    for key, value in table.items():
        if key not in default:
            raise unknown("recipe key", key, default, where)
        _check_value(key, value, type(default[key]), where)
    numbers = {key: float(value) for key, value in table.items() if isinstance(default[key], float)}
    return replace(Recipe(), **(table | numbers))


def _check_value(key: str, value: Any, kind: type, where: str) -> None:
    allowed = (int, float) if kind is float else (kind,)
    if type(value) not in allowed:
        raise UsageError(f"{where}: recipe.{key} is {value!r}, expected {kind.__name__}")
    least = AT_LEAST.get(key, 0)
    if not least <= value < float("inf"):
        raise UsageError(f"{where}: recipe.{key} is {value}, expected a number of at least {least}")


def toml_text(table: dict[str, Any]) -> str:
    """A TOML document of plain values, lists of them, and tables one level deep, which come last."""
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = [f"{key} = {_toml_value(value)}" for key, value in plain.items()]
    for key, inner in table.items():
        if isinstance(inner, dict):
            lines += ["", f"[{key}]", *(f"{name} = {_toml_value(value)}" for name, value in inner.items())]
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    """JSON's form, which is TOML's too except for escaped surrogate pairs and a bare DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
