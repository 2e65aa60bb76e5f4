"""What SECURITY.md promises about hostile files. Reference: a pickle that leaves a mark where it is loaded."""

from __future__ import annotations

import ast
import io
import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from edgeval import tomlfile
from edgeval.errors import EdgevalError, UsageError
from edgeval.records import read_predictions
from edgeval.tomlfile import read_toml

ROOT = Path(__file__).resolve().parents[1]


class Mark:
    """Unpickling it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.path),)


def test_the_pickle_of_these_tests_leaves_its_mark(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Mark(tmp_path / "mark")))
    assert (tmp_path / "mark").is_dir()


def pickled_npz(path: Path, mark: Path) -> Path:
    array = np.empty(1, object)
    array[0] = Mark(mark)
    names = (
        "header",
        "ids",
        "labels",
        "top1",
        "logits",
        "x_test",
        "y_test",
        "x_train",
        "y_train",
        "class_names",
    )
    np.savez(path, **dict.fromkeys(names, array))
    return path


def test_no_reader_of_npz_loads_a_pickle(tmp_path: Path) -> None:
    from edgeval.data import load_dataset
    from edgeval.imports.table import read_table

    path, mark = pickled_npz(tmp_path / "hostile.npz", tmp_path / "mark"), tmp_path / "mark"
    for read in (
        lambda: read_predictions(path), lambda: load_dataset(f"npz:{path}"), lambda: read_table(path, {}),
    ):  # fmt: skip
        with pytest.raises(EdgevalError):
            read()
        assert not mark.exists()


@pytest.mark.slow
def test_no_reader_of_weights_loads_a_pickle(tmp_path: Path) -> None:
    import torch

    from edgeval.nets import build
    from edgeval.runtimes.pytorch import load_state
    from edgeval.training.run import epochs_done

    mark, buffer = tmp_path / "mark", io.BytesIO()
    torch.save({"schema_version": 1, "history": Mark(mark)}, buffer)
    (tmp_path / "checkpoint.pt").write_bytes(buffer.getvalue())
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(Mark(mark)))
    for name in ("checkpoint.pt", "plain.pt"):
        with pytest.raises(EdgevalError):
            load_state(build("scalecnn-1", 3), tmp_path / name)
    with pytest.raises(EdgevalError):
        epochs_done(tmp_path)
    assert not mark.exists()


LOADERS = {"torch.load": "weights_only", "np.lib.format.read_array": "allow_pickle"}
UNSAFE = ("pickle.load", "pickle.loads", "np.load", "torch.jit.load", "eval", "exec")


def test_every_call_that_could_load_a_pickle_says_that_it_does_not() -> None:
    """The relatives, also those of tomorrow: no other call, and none that leaves it to a default."""
    found = []
    for module in (ROOT / "edgeval").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            where = f"{module.relative_to(ROOT)}:{node.lineno}"
            assert name not in UNSAFE, where
            if name in LOADERS:
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                assert given.get(LOADERS[name]) == str(name == "torch.load"), where
                found.append(name)
    assert set(found) == set(LOADERS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = " + "[" * 100_000 + "]" * 100_000, "gate.toml"),
        ("#" * (tomlfile.LARGEST_BYTES + 1), "at most 1,048,576"),
    ],
    ids=["nested", "large"],
)
def test_a_hostile_toml_is_one_line(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "gate.toml").write_text(text)
    with pytest.raises(UsageError, match=expected) as error:
        read_toml(tmp_path / "gate.toml")
    assert "\n" not in str(error.value)
