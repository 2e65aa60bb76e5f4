"""Reference: images written by Pillow without loss, and Pillow's own resizing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from edgeval.data import load_dataset
from edgeval.errors import DataError

RNG = np.random.default_rng(1)


def image(folder: Path, part: str, name: str, file: str, height: int = 32, width: int = 32) -> np.ndarray:
    pixels = RNG.integers(0, 256, (height, width, 3), np.uint8)
    path = folder / part / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def test_images_of_the_right_size_come_back_unchanged(tmp_path: Path) -> None:
    expected = [image(tmp_path, "test", name, f"{name}.png") for name in ("ant", "bee")]
    image(tmp_path, "train", "ant", "1.png")
    image(tmp_path, "train", "bee", "1.bmp")
    (tmp_path / "test" / "ant" / "notes.txt").write_text("no image")
    dataset = load_dataset(f"folder:{tmp_path}")
    assert dataset.classes == ("ant", "bee")
    np.testing.assert_array_equal(dataset.test.samples, expected)
    np.testing.assert_array_equal(dataset.test.labels, [0, 1])
    assert len(dataset.train) == 2


@pytest.mark.parametrize("side", [32, 48])
def test_other_sizes_are_resized_as_pillow_does(tmp_path: Path, side: int) -> None:
    pixels = image(tmp_path, "test", "ant", "wide.png", 60, 90)
    image(tmp_path, "test", "bee", "tall.png", 40, 20)
    dataset = load_dataset(f"folder:{tmp_path}{'' if side == 32 else f'@{side}'}")
    assert dataset.sample_shape == (side, side, 3)
    expected = ImageOps.fit(Image.fromarray(pixels), (side, side), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(dataset.test.samples[0], np.asarray(expected))


def test_grey_and_palette_images_become_rgb(tmp_path: Path) -> None:
    image(tmp_path, "test", "ant", "1.png")
    grey = np.full((32, 32), 77, np.uint8)
    Image.fromarray(grey).save(tmp_path / "test" / "ant" / "2.png")
    Image.fromarray(grey).convert("P").save(tmp_path / "test" / "ant" / "3.png")
    assert (load_dataset(f"folder:{tmp_path}").test.samples[1:] == 77).all()


def test_a_missing_test_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no folder 'test'"):
        load_dataset(f"folder:{tmp_path}")


def test_a_class_in_one_split_alone_is_named(tmp_path: Path) -> None:
    image(tmp_path, "test", "ant", "1.png")
    image(tmp_path, "train", "bee", "1.png")
    with pytest.raises(DataError, match=r"'ant' is in .*test but not in .*train"):
        load_dataset(f"folder:{tmp_path}")


def test_a_file_that_is_no_image_is_named(tmp_path: Path) -> None:
    image(tmp_path, "test", "ant", "1.png")
    (tmp_path / "test" / "ant" / "2.png").write_bytes(b"not a picture")
    with pytest.raises(DataError, match=r"2\.png is not a readable image"):
        load_dataset(f"folder:{tmp_path}")


def test_a_truncated_image_is_named(tmp_path: Path) -> None:
    image(tmp_path, "test", "ant", "1.png")
    path = tmp_path / "test" / "ant" / "1.png"
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(DataError, match=r"1\.png is not a readable image"):
        load_dataset(f"folder:{tmp_path}")


@pytest.mark.parametrize("size", ["4", "big", "-32", "4096", "\u00b2"])
def test_a_size_that_makes_no_sense_is_refused(tmp_path: Path, size: str) -> None:
    with pytest.raises(DataError, match=f"folder size '{size}'"):
        load_dataset(f"folder:{tmp_path}@{size}")


def test_folders_inside_a_class_are_groups(tmp_path: Path) -> None:
    for name, file in (("ant", "walk/1.png"), ("ant", "walk/2.png"), ("ant", "z.png"), ("bee", "walk/3.png")):
        image(tmp_path, "test", name, file)
    seen = load_dataset(f"folder:{tmp_path}").test
    assert seen.labels.tolist() == [0, 0, 0, 1]
    assert seen.groups is not None
    assert seen.groups.tolist() == [0, 0, 1, 0]  # one recording of both classes; z.png stands alone


def test_hidden_files_and_folders_do_not_count(tmp_path: Path) -> None:
    image(tmp_path, "test", "ant", "1.png")
    image(tmp_path, "train", "ant", "1.png")
    image(tmp_path, "test", ".ipynb_checkpoints", "1.png")
    image(tmp_path, "train", ".cache", "1.png")
    (tmp_path / "test" / "ant" / "._1.png").write_bytes(b"of a Mac")
    (tmp_path / "test" / "ant" / ".ipynb_checkpoints").mkdir()
    dataset = load_dataset(f"folder:{tmp_path}")
    assert (dataset.classes, len(dataset.test), len(dataset.train)) == (("ant",), 1, 1)


def test_files_that_are_no_images_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image(tmp_path, "test", "ant", "1.PNG")
    for name in ("2.heic", "notes.txt"):
        (tmp_path / "test" / "ant" / name).write_bytes(b"no image")
    assert len(load_dataset(f"folder:{tmp_path}").test) == 1
    assert "note: 2 files of" in capsys.readouterr().err


def test_a_folder_inside_a_group_is_refused(tmp_path: Path) -> None:
    image(tmp_path, "test", "ant/more/still", "1.png")
    with pytest.raises(DataError, match="still is a folder inside a group"):
        load_dataset(f"folder:{tmp_path}")


def test_classes_that_differ_in_case_between_the_splits_are_told_apart(tmp_path: Path) -> None:
    image(tmp_path, "test", "Ant", "1.png")
    image(tmp_path, "train", "ant", "1.png")
    with pytest.raises(DataError, match=r"'Ant' is in .*test but not in .*train; there it is 'ant'"):
        load_dataset(f"folder:{tmp_path}")


def test_a_class_name_that_is_no_line_of_text_is_refused(tmp_path: Path) -> None:
    image(tmp_path, "test", "ant\n::error::x", "1.png")
    with pytest.raises(DataError, match="cannot be shown in one line of text") as caught:
        load_dataset(f"folder:{tmp_path}")
    assert "\n" not in str(caught.value)


def test_more_than_fits_into_memory_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image(tmp_path, "test", "ant", "1.png")
    monkeypatch.setattr("edgeval.data.readers.folder.LARGEST_DATA_BYTES", 96 * 96 * 3 - 1)
    with pytest.raises(DataError, match="27,648 bytes at 96 x 96 pixels"):
        load_dataset(f"folder:{tmp_path}@96")
    assert load_dataset(f"folder:{tmp_path}").sample_shape == (32, 32, 3)
