"""A grid's configuration: which networks, seeds and data, and the training recipes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from edgeval.errors import UsageError, unknown
from edgeval.nets import Code
from edgeval.runs import MODELS
from edgeval.tomlfile import read_toml
from edgeval.training.networks import checked_models, code_for, from_options, from_table
from edgeval.training.recipe import FAMILY_DEFAULTS, OWN, Recipe, checked_settings, recipe_of

__all__ = ["GridConfig", "Recipe", "load_grid", "override"]

GRID_KEYS = ("dataset", "models", "networks", "seeds", "recipe", "recipes")
COMMAND_LINE = "the command line"


@dataclass(frozen=True)
class GridConfig:
    """`models` are network names such as scalecnn-16; every one is trained with every seed. `networks` is the code of
    those that are not edgeval's.

    `settings` are those of [recipe], for all families; `family_settings` those of [recipes.FAMILY], by family.
    """

    name: str
    dataset: str
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    networks: tuple[Code, ...] = ()
    family_settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def recipe(self) -> Recipe:
        """That of the first network."""
        return self.recipe_of(self.models[0])

    def recipe_of(self, model_id: str) -> Recipe:
        """What a network is trained with: its family's defaults, then the settings."""
        family = model_id.rpartition("-")[0]
        own = self.code(model_id) is not None
        defaults = OWN if own else FAMILY_DEFAULTS.get(family, {})
        return recipe_of(defaults, {**self.settings, **self.family_settings.get(family, {})})

    @property
    def recipes(self) -> dict[str, Recipe]:
        """By family, in the order of the models."""
        return {model.rpartition("-")[0]: self.recipe_of(model) for model in self.models}

    @property
    def threads(self) -> int:
        """Of one run, at most."""
        return max(recipe.threads for recipe in self.recipes.values())

    def code(self, model_id: str) -> Code | None:
        """What builds a network; None for edgeval's own."""
        return code_for(model_id, self.networks)


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
        if key not in table and not (key == "models" and "networks" in table):
            raise UsageError(
                f"{path} has no '{key}'; a grid needs dataset, models (or [[networks]]) and seeds"
            )
    resolved = path.name == "grid.toml"
    home = path.resolve().parents[2] if resolved and len(path.resolve().parents) > 2 else path.parent
    models, codes = from_table(table.get("networks", []), home, str(path))
    listed = _items(table, "models", str, str(path)) if "models" in table else ()
    return _checked(
        path.parent.name if resolved else path.stem,
        table | {"models": list(dict.fromkeys([*listed, *models]))},
        codes,
        str(path),
    )


def override(
    config: GridConfig,
    *,
    network: Sequence[str] | None = None,
    models: Sequence[str] | None = None,
    **changes: Any,
) -> GridConfig:
    """The grid with the given fields of itself or settings of its recipes replaced; None keeps one.

    `network` and `models` are --network and --sizes, which together name the networks.
    """
    given = {key: value for key, value in changes.items() if value is not None}
    own = {item.name for item in fields(GridConfig)} - {"settings", "family_settings"}
    settings = {key: value for key, value in given.items() if key not in own}
    codes: Sequence[Code] = config.networks
    chosen: Sequence[str] = config.models
    if network or models is not None:
        chosen, codes = from_options(network or (), models, config.networks)
    table = {
        "dataset": config.dataset,
        "models": list(chosen),
        "seeds": config.seeds,
        **{key: value for key, value in given.items() if key in own and key != "name"},
        "recipe": {**config.settings, **settings},
        "recipes": {name: {**one, **settings} for name, one in config.family_settings.items()},
    }
    return _checked(given.get("name", config.name), table, codes, COMMAND_LINE)


def _find(name_or_path: str) -> Path:
    here = Path(__file__).resolve().parent  # the wheel carries grids/, a checkout has them in models/
    folders = (MODELS / "grids", here / "grids", here.parents[1] / "models" / "grids")
    for path in (Path(name_or_path), *(folder / f"{name_or_path}.toml" for folder in folders)):
        if path.is_file():
            return path
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    raise unknown("grid", name_or_path, known)


def _checked(name: str, table: dict[str, Any], codes: Sequence[Code], where: str) -> GridConfig:
    if not re.fullmatch(r"[\w.-]*\w[\w.-]*", name) or name == "grids":  # models/grids holds the grid files
        raise UsageError(
            f"grid name '{name}' cannot be a folder of its own; use letters, digits, '-', '_' and '.'"
        )
    if not isinstance(table["dataset"], str):
        raise UsageError(f"{where}: dataset is {table['dataset']!r}, expected text such as 'cifar10'")
    seeds = _items(table, "seeds", int, where)
    if any(seed < 0 or seed >= 2**63 for seed in seeds):
        raise UsageError(f"{where}: seeds are {list(seeds)}, expected numbers from 0 to 2^63 - 1")
    models, used = checked_models(_items(table, "models", str, where), codes, where)
    config = GridConfig(
        name=name,
        dataset=table["dataset"],
        models=tuple(models),
        seeds=seeds,
        settings=checked_settings(table.get("recipe", {}), where),
        networks=tuple(used),
    )
    return replace(config, family_settings=_family_settings(table.get("recipes", {}), config, where))


def _family_settings(table: Any, config: GridConfig, where: str) -> dict[str, dict[str, Any]]:
    if not isinstance(table, Mapping):
        raise UsageError(f"{where}: recipes is {table!r}, expected tables [recipes.FAMILY]")
    known = {*FAMILY_DEFAULTS, *config.recipes}
    for family in table:
        if family not in known:
            raise unknown("family", family, sorted(known), f"{where}, [recipes.{family}]")
    return {family: checked_settings(one, f"{where}, [recipes.{family}]") for family, one in table.items()}


def _items(table: dict[str, Any], key: str, kind: type, where: str) -> tuple[Any, ...]:
    items = table[key]
    if not isinstance(items, (list, tuple)) or not items or any(type(item) is not kind for item in items):
        raise UsageError(f"{where}: {key} is {items!r}, expected a list of at least one {kind.__name__}")
    if len(set(items)) != len(items):
        raise UsageError(f"{where}: {key} names the same one twice: {items!r}")
    return tuple(items)
