"""References: the paper's protocol, and Python's own TOML reader for what is written."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from edgeval.errors import UsageError
from edgeval.nets import PAPER_MODELS
from edgeval.training.config import GridConfig, Recipe, load_grid, override
from edgeval.training.grid_toml import toml_text

BASE = {"dataset": "cifar10", "models": ["scalecnn-4"], "seeds": [0]}


def written(folder: Path, table: dict[str, Any]) -> str:
    path = folder / "mine.toml"
    path.write_text(toml_text(table))
    return str(path)


def test_the_papers_grid_is_the_papers_protocol() -> None:
    paper = load_grid("paper")
    assert paper.dataset == "cifar100"
    assert set(paper.models) == set(PAPER_MODELS)
    assert paper.seeds == (0, 1, 2, 3, 4)
    stated = {
        "epochs": 200,
        "batch_size": 128,
        "learning_rate": 0.1,
        "final_learning_rate": 1e-5,
        "momentum": 0.9,
        "weight_decay": 5e-4,
        "crop_padding": 4,
        "flip": True,
        "cutout": 8,
    }
    assert asdict(paper.recipe) | stated == asdict(paper.recipe)


def test_the_demo_grid_needs_no_network() -> None:
    demo = load_grid("demo")
    assert demo.dataset == "glyphs100"
    assert demo.models == ("scalecnn-4", "scalecnn-8", "scalecnn-16")


def test_shipped_grids_are_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_grid("demo").name == "demo"


def test_what_a_file_leaves_out_is_the_papers_recipe(tmp_path: Path) -> None:
    config = load_grid(written(tmp_path, BASE | {"recipe": {"epochs": 3}}))
    assert config == GridConfig("mine", "cifar10", ("scalecnn-4",), (0,), {"epochs": 3})
    assert config.recipe == Recipe(epochs=3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"datasets": "cifar10"}, "unknown key 'datasets'.*mine.toml.*did you mean 'dataset'"),
        ({"recipe": {"epoch": 3}}, "unknown recipe key 'epoch'.*did you mean 'epochs'"),
        ({"models": ["scalecn-4"]}, "did you mean 'scalecnn-4'"),
        ({"models": "scalecnn-4"}, "models is 'scalecnn-4', expected a list"),
        ({"models": []}, "expected a list of at least one"),
        ({"seeds": [0, 0]}, "the same one twice"),
        ({"seeds": [-1]}, "numbers from 0"),
        ({"seeds": [True]}, "expected a list of at least one int"),
        ({"seeds": [0.5]}, "expected a list of at least one int"),
        ({"dataset": 10}, "dataset is 10"),
        ({"recipe": 3}, "expected a table"),
        ({"recipe": {"epochs": 0}}, "recipe.epochs is 0, expected a number of at least 1"),
        ({"recipe": {"epochs": 1.5}}, "recipe.epochs is 1.5, expected int"),
        ({"recipe": {"epochs": True}}, "recipe.epochs is True, expected int"),
        ({"recipe": {"batch_size": 1}}, "at least 2"),
        ({"recipe": {"learning_rate": "high"}}, "expected float"),
        ({"recipe": {"momentum": -0.1}}, "at least 0"),
        ({"recipe": {"flip": 1}}, "expected bool"),
    ],
)
def test_a_mistake_in_a_file_is_named(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        load_grid(written(tmp_path, BASE | change))


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_numbers_that_are_none_are_refused(tmp_path: Path, number: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(toml_text(BASE) + f"[recipe]\nlearning_rate = {number}\n")
    with pytest.raises(UsageError, match="learning_rate"):
        load_grid(str(path))


@pytest.mark.parametrize("key", ["dataset", "models", "seeds"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    table = {name: value for name, value in BASE.items() if name != key}
    with pytest.raises(UsageError, match=f"has no '{key}'"):
        load_grid(written(tmp_path, table))


def test_a_grid_that_does_not_exist_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="unknown grid 'papr'; did you mean 'paper'"):
        load_grid("papr")


def test_text_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("models = [")
    with pytest.raises(UsageError, match="not valid TOML"):
        load_grid(str(tmp_path / "mine.toml"))


def test_the_command_line_overrides_the_file_and_is_checked_alike() -> None:
    demo = load_grid("demo")
    changed = override(demo, epochs=7, seeds=(5,), models=("scalecnn-6",), name="other", dataset=None)
    assert (changed.name, changed.dataset, changed.models, changed.seeds) == (
        "other",
        "glyphs100",
        ("scalecnn-6",),
        (5,),
    )
    assert changed.recipe.epochs == 7
    assert changed.recipe.batch_size == demo.recipe.batch_size
    assert override(demo) == demo
    with pytest.raises(UsageError, match=r"the command line: recipe.epochs is 0"):
        override(demo, epochs=0)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "grids"])
def test_a_name_that_is_no_folder_of_its_own_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="grid name"):
        override(load_grid("demo"), name=name)


PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
)
KEYS = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
TABLES = st.dictionaries(KEYS, st.one_of(PLAIN, st.lists(PLAIN, max_size=3)), max_size=4)


@given(plain=TABLES, inner=st.dictionaries(KEYS, TABLES, max_size=2))
def test_written_toml_is_read_back_as_it_was(plain: dict[str, Any], inner: dict[str, Any]) -> None:
    table = plain | inner
    assert tomllib.loads(toml_text(table)) == table


def test_a_resolved_grid_is_a_grid_file(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "grid.toml").write_text(toml_text(BASE | {"schema_version": 1, "data": {"name": "cifar10"}}))
    assert load_grid(str(folder / "grid.toml")).name == "mine"
