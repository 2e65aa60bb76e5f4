"""Windows of signals from CSV and Parquet files. References: the arrays that were written, pandas' writers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from edgeval.data import Dataset, load_dataset
from edgeval.data.readers.windows import table_of, windows_of
from edgeval.errors import DataError, ToolError

HEADER = "id,label,time,ax,ay"
FLOATS = st.floats(-1e6, 1e6, width=32)


def written(tmp_path: Path, text: str) -> Dataset:
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    return load_dataset(f"csv:{tmp_path / 'w.csv'}")


def lines_of(values: np.ndarray, labels: list[str], separator: str = ",") -> list[str]:
    """The rows of windows (n, t, 2) in order."""
    return [
        separator.join(
            [f"w{window}", labels[window], str(step / 100), *map(repr, values[window, step].tolist())]
        )
        for window in range(len(values))
        for step in range(values.shape[1])
    ]


@given(st.integers(1, 4), st.integers(1, 5), st.sampled_from(",;\t"), st.data())
def test_rows_in_any_order_and_with_any_separator_give_the_windows(
    count: int, steps: int, separator: str, data: st.DataObject
) -> None:
    size = count * steps * 2
    drawn = data.draw(st.lists(FLOATS, min_size=size, max_size=size))
    values = np.array(drawn).reshape(count, steps, 2)
    labels = data.draw(st.lists(st.sampled_from(["walk", "run fast", "süß"]), min_size=count, max_size=count))
    order = data.draw(st.permutations(range(count * steps)))
    lines = lines_of(values, labels, separator)
    text = "\n".join([HEADER.replace(",", separator), *(lines[row] for row in order)]) + "\n"
    seen = windows_of(table_of(text, "w.csv"), "w", "csv:w.csv")
    appearance = list(dict.fromkeys(row // steps for row in order))
    np.testing.assert_array_equal(seen.test.samples, values[appearance].astype(np.float32))
    assert [seen.classes[label] for label in seen.test.labels] == [labels[window] for window in appearance]


@given(st.text(max_size=200))
def test_any_text_is_windows_or_one_line(text: str) -> None:
    try:
        windows_of(table_of(text, "w.csv"), "w", "csv:w.csv")
    except DataError as error:
        assert "w.csv" in str(error)


@given(st.lists(st.lists(st.sampled_from(["a", "1", "", "nan", "2.5", '"']), max_size=6), max_size=6))
def test_any_table_is_windows_or_one_line(table: list[list[str]]) -> None:
    text = "\n".join([HEADER, *(",".join(row) for row in table)])
    try:
        windows_of(table_of(text, "w.csv"), "w", "csv:w.csv")
    except DataError as error:
        assert "w.csv" in str(error)


def test_splits_groups_and_numbers_as_labels(tmp_path: Path) -> None:
    text = "group,split,id,label,time,z\n" + "".join(
        f"{person},{split},{window},{label},{time},{window + time}\n"
        for window, (person, split, label) in enumerate(
            [("eva", "train", 10), ("eva", "test", 9), ("tom", "test", 10), ("tom", "test", 9)]
        )
        for time in range(3)
    )
    seen = written(tmp_path, text)
    assert (seen.kind, seen.sample_shape, seen.classes, seen.name) == ("features", (3, 1), ("9", "10"), "w")
    assert (seen.train.labels.tolist(), seen.test.labels.tolist()) == ([1], [0, 1, 0])
    assert seen.test.groups is not None and seen.test.groups.tolist() == [0, 1, 1]
    np.testing.assert_array_equal(seen.train.samples[0, :, 0], [0, 1, 2])
    assert not seen.mirrored


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "no rows below its header"),
        ("a,x,0,1,2\na,x,1,1\n", "line 3 has 4 values, the header has 5 columns"),
        ("a,x,0,1,2\na,x,1,,2\n", "line 3 has a gap: no value in column ax"),
        ("a,x,0,1,2\na,x,1,1,zwei\n", "line 3 has 'zwei' in column ay, expected a number"),
        ("a,x,0,1,2\na,x,1,nan,2\n", "line 3 has 'nan' in column ax"),
        ("a,x,0,1,2\na,x,0,1,2\n", "line 3: window 'a' has time 0 twice"),
        (
            "".join(f"a,x,{t},1,2\n" for t in (0, 1, 2, 5, 6)),
            "line 5: window 'a' has a gap: time 2 to 5, its step is 1",
        ),
        ("a,x,0,1,2\na,y,1,1,2\n", "line 3: window 'a' has the label 'y' and before 'x'"),
        ("a,x,0,1,2\nb,x,0,1,2\nc,x,0,1,2\nc,x,1,1,2\n", r"window 'c' \(line 4\) has 2 steps, most have 1"),
        ("a,,0,1,2\n", "the name of class 0, '', is empty"),
        ('a,x,0,1,"2\n', "is not a whole CSV file"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(body: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message) as caught:
        written(tmp_path, f"{HEADER}\n{body}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has the columns none; column id is missing"),
        ("id,label,ax\n", "column time is missing"),
        ("id,label,time\n", "there is no channel"),
        ("id,label,time,ax,ax\n", "has the column 'ax' twice"),
        ("id,label,time,split,ax\na,x,0,valid,1\n", "has the split 'valid', expected train or test"),
    ],
)
def test_a_header_that_does_not_fit_is_told(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        written(tmp_path, text)


def test_a_file_that_is_no_text_or_absent_is_told(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_bytes(b"id,label\xff")
    with pytest.raises(DataError, match="is not UTF-8 text"):
        load_dataset(f"csv:{tmp_path / 'w.csv'}")
    with pytest.raises(DataError, match="check the path after 'csv:'"):
        load_dataset(f"csv:{tmp_path / 'absent.csv'}")


def test_pandas_files_are_read_alike(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    values = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
    frame = pandas.DataFrame({"id": [1, 1, 1, 2, 2, 2], "label": list("xxxyyy"), "time": [0.0, 0.1, 0.2] * 2})
    frame[["ax", "ay"]] = values
    frame.to_csv(tmp_path / "w.csv", index=False)
    seen = load_dataset(f"csv:{tmp_path / 'w.csv'}")
    np.testing.assert_array_equal(seen.test.samples, values.reshape(2, 3, 2))
    try:
        frame.to_parquet(tmp_path / "w.parquet")
    except ImportError:
        (tmp_path / "w.parquet").write_bytes(b"")
        with pytest.raises(ToolError, match="needs pandas and pyarrow"):
            load_dataset(f"parquet:{tmp_path / 'w.parquet'}")
        return
    again = load_dataset(f"parquet:{tmp_path / 'w.parquet'}")
    assert again.info().sha256 == seen.info().sha256
