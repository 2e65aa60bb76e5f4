"""Data sets of a user's Python file and of installed packages. Reference: the npz file of the same arrays."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from edgeval.data import load_dataset
from edgeval.data.loading import located
from edgeval.errors import DataError, UsageError

MODULE = """
import numpy as np
from helper import LABELS

def load():
    samples = np.arange(24, dtype=np.float64).reshape(4, 3, 2)
    return {"x_test": samples, "y_test": LABELS, "class_names": ["a", "b"]}

def fails():
    raise RuntimeError("no such disk\\nat all")

def number():
    return 7
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "mydata.py").write_text(MODULE)
    (tmp_path / "helper.py").write_text("LABELS = [0, 1, 0, 1]\n")
    return tmp_path / "mydata.py"


def test_a_function_gives_the_data_set_of_its_arrays(file: Path, tmp_path: Path) -> None:
    seen = load_dataset(f"py:{file}:load")
    samples = np.arange(24).reshape(4, 3, 2).astype(float)
    np.savez(tmp_path / "same.npz", x_test=samples, y_test=[0, 1, 0, 1], class_names=["a", "b"])
    assert seen.info().sha256 == load_dataset(f"npz:{tmp_path / 'same.npz'}").info().sha256
    assert (seen.name, seen.kind, seen.sample_shape) == ("mydata", "features", (3, 2))


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        ("fails", UsageError, "fails of .*mydata.py failed: RuntimeError: no such disk at all"),
        ("absent", UsageError, "absent of .*mydata.py failed: AttributeError"),
        ("number", DataError, "number of .*mydata.py returned int, expected a dict of arrays"),
        ("two words", UsageError, "is not of the form py:FILE:FUNCTION"),
    ],
)
def test_what_goes_wrong_is_one_line(function: str, kind: type[Exception], message: str, file: Path) -> None:
    with pytest.raises(kind, match=message) as caught:
        load_dataset(f"py:{file}:{function}")
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="give the path of a Python file after 'py:'"):
        load_dataset(f"py:{tmp_path / 'absent.py'}:load")


def test_a_grids_code_is_run_from_the_current_folder_alone(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grid from elsewhere may come with any code beside it."""
    grid = tmp_path / "models" / "grid"
    grid.mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert located("py:mydata.py:load", grid) == "py:mydata.py:load"
    monkeypatch.chdir(grid)
    with pytest.raises(
        DataError, match=r"mydata\.py:load is not in the current folder; .* say where that set is"
    ):
        located("py:mydata.py:load", grid)


def test_an_installed_package_announces_its_data_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {"x_test": np.zeros((2, 4)), "y_test": [0, 1]}

    class Point:
        name, value = "motions", "package:motions"

        def load(self) -> object:
            return lambda argument: {**arrays, "class_names": [argument, "b"]}

    monkeypatch.setattr(
        metadata, "entry_points", lambda group: [Point()] if group == "edgeval.datasets" else []
    )
    assert load_dataset("motions:a").classes == ("a", "b")
    with pytest.raises(UsageError, match=r"motions:\.\.\."):
        load_dataset("motionz:a")
