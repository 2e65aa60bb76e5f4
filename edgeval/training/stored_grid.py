"""grid.toml in the folder of a grid: what was resolved, and whether it is still the same training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgeval import store
from edgeval.data import Dataset
from edgeval.errors import StoreError
from edgeval.shards import GRID_TOML as GRID_TOML
from edgeval.tomlfile import read_toml
from edgeval.training.config import GridConfig
from edgeval.training.grid_toml import toml_text
from edgeval.training.recipe import Recipe


def open_grid(folder: Path, config: GridConfig, dataset: Dataset, write: bool = True) -> None:
    """Write the resolved grid.toml, or check that it describes the same training.

    Sizes and seeds may be added to an existing grid. Raises StoreError where its recipe, its data or the code of its
    networks differ.
    """
    table = resolved(config, dataset)
    path = folder / GRID_TOML
    if path.exists():
        table = merged_tables(read_toml(path), table, path)
    text = toml_text(table)
    if write and not (path.exists() and path.read_text(encoding="utf-8") == text):
        store.write_text(path, text)


def resolved(config: GridConfig, dataset: Dataset) -> dict[str, Any]:
    """The grid as it is stored: nothing left to defaults, data and code named by hash.

    `recipe` is that of the first family; the families whose recipe differs have one each in `recipes`.
    """
    recipes = {family: asdict(recipe) for family, recipe in config.recipes.items()}
    return {
        "schema_version": store.SCHEMA_VERSION,
        "dataset": config.dataset,
        "models": list(config.models),
        "seeds": list(config.seeds),
        **({"networks": _networks(config)} if config.networks else {}),
        **_shared(recipes),
        "data": {
            "name": dataset.name,
            "classes": len(dataset.classes),
            "train_sha256": dataset.train_sha256,
            "test_sha256": dataset.info().sha256,
        },
    }


def _networks(config: GridConfig) -> list[dict[str, Any]]:
    return [
        {**code.record(), "sizes": [_number(m) for m in config.models if m.rpartition("-")[0] == code.name]}
        for code in config.networks
    ]


def _number(model_id: str) -> int | float:
    size = float(model_id.rpartition("-")[2])
    return int(size) if size.is_integer() else size


def _shared(recipes: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """`recipe` of the first family, and `recipes` of those that differ from it."""
    first = next(iter(recipes.values()))
    others = {family: recipe for family, recipe in recipes.items() if recipe != first}
    return {"recipe": first} | ({"recipes": others} if others else {})


def _recipes(table: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By family, from a stored grid; a key that an older edgeval did not have has the value that it trained with."""
    families = dict.fromkeys(model.rpartition("-")[0] for model in table.get("models", []))
    shared, own = table.get("recipe", {}), table.get("recipes", {})
    return {family: asdict(Recipe()) | (own.get(family) or shared) for family in families}


def merged_tables(before: dict[str, Any], now: dict[str, Any], path: Path) -> dict[str, Any]:
    """The grid.toml `before`, read from `path`, with the sizes and seeds of `now` added; StoreError where they are not
    the same training."""
    if before.get("schema_version") != now["schema_version"]:
        raise StoreError(
            f"{path} has schema version {before.get('schema_version')}, expected {now['schema_version']}"
        )
    old, new = _recipes(before), _recipes(now)
    for family in new.keys() & old.keys():
        _check_equal(f"recipe of {family}" if len(new) > 1 else "recipe", old[family], new[family], path)
    _check_equal("data", before.get("data", {}), now["data"], path)
    networks = _merged_networks(before.get("networks", []), now.get("networks", []), path)
    both = {key: list(dict.fromkeys([*before.get(key, []), *now[key]])) for key in ("models", "seeds")}
    rest = {key: value for key, value in now.items() if key not in ("recipe", "recipes", "networks", "data")}
    own = {"networks": networks} if networks else {}
    return {**rest, **both, **own, **_shared(old | new), "data": now["data"]}


def _check_equal(part: str, before: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    for key, value in now.items():
        seen = before.get(key)
        if seen != value:
            raise StoreError(
                f"{path.parent} was trained with {part}.{key} = {seen}, now {value}; "
                f"give another --name, or delete {path.parent}"
            )


def _merged_networks(before: list[Any], now: list[Any], path: Path) -> list[dict[str, Any]]:
    """The code of both; StoreError where a file was changed since."""
    merged = {entry["name"]: dict(entry) for entry in before}
    for entry in now:
        seen = merged.setdefault(entry["name"], dict(entry))
        if seen["sha256"] != entry["sha256"]:
            raise StoreError(
                f"{path.parent} was trained with {entry['build']} of SHA-256 {seen['sha256'][:12]}, now "
                f"{entry['sha256'][:12]}; restore it, give another --name, or delete {path.parent}"
            )
        seen["sizes"] = list(dict.fromkeys([*seen["sizes"], *entry["sizes"]]))
    return list(merged.values())
