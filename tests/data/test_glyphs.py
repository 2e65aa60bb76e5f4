"""Reference: Pillow's own drawing for the shapes, scipy's interpolation for the sampling."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edgeval.data import glyph_drawing, load_dataset
from edgeval.data.glyphs import CLASSES, draw_glyphs

PLAIN = glyph_drawing.Difficulty(
    rotation_deg=(0, 0),
    scale=(1, 1),
    shear=(0, 0),
    shift_px=(0, 0),
    neighbour_distance_px=(90, 90),
    noise=(0, 0),
)


def test_drawing_is_deterministic_balanced_and_not_mirrored() -> None:
    first, second = draw_glyphs(2, 1), draw_glyphs(2, 1)
    assert first.info() == second.info()
    np.testing.assert_array_equal(first.train.samples, second.train.samples)
    assert (np.bincount(first.train.labels) == 2).all()
    assert (np.bincount(first.test.labels) == 1).all()
    assert len(first.classes) == len(set(first.classes)) == 100
    assert not first.mirrored


def test_no_two_classes_have_the_same_shapes_and_none_is_a_box() -> None:
    """A font without a character draws a replacement box, the same for all such characters."""
    table = glyph_drawing.shapes((*CLASSES, "\U0010fffe"))
    assert (table[:-1].max((2, 3)) == 1).all()
    for font in range(len(glyph_drawing.FONTS)):
        drawn = {shape.tobytes() for shape in table[:, font]}
        assert len(drawn) == len(table), glyph_drawing.FONTS[font]


def test_shapes_are_centred_in_their_cells() -> None:
    table = glyph_drawing.shapes(CLASSES)
    ink = np.argwhere(table > 0.5)
    assert ink[:, 2:].min() > 0
    assert ink[:, 2:].max() < glyph_drawing.CELL - 1
    rows = [np.flatnonzero(shape.max(1) > 0.5) for shape in table.reshape(-1, 64, 64)]
    assert max(abs((row[0] + row[-1]) / 2 - (glyph_drawing.CELL - 1) / 2) for row in rows) <= 1.5


def test_sampling_is_bilinear_as_scipys() -> None:
    from scipy.ndimage import map_coordinates

    rng = np.random.default_rng(3)
    cells = rng.random((3, 64, 64), np.float32)
    u, v = rng.uniform(0, 62.9, (2, 3, 50)).astype(np.float32)
    expected = [
        map_coordinates(cell, [row, column], order=1) for cell, row, column in zip(cells, v, u, strict=True)
    ]
    np.testing.assert_allclose(glyph_drawing.sampled(cells, u, v), expected, atol=2e-5)


def test_an_undistorted_image_shows_the_shape_in_the_middle() -> None:
    table = glyph_drawing.shapes(("L",))[:, :1]
    image = glyph_drawing.draw(table, np.zeros(1, np.int64), PLAIN, np.random.default_rng(4))[0].astype(float)
    step = glyph_drawing.FONT_PIXELS / glyph_drawing.SIDE
    at = np.round((np.arange(32) - 15.5) * step + 31.5).astype(int)
    inside = (at >= 0) & (at < 64)
    shape = table[0, 0][np.ix_(at[inside], at[inside])] > 0.5
    seen = image[np.ix_(inside, inside)].mean(2)
    assert abs(seen[shape].mean() - seen[~shape].mean()) > 25


def test_the_second_load_reads_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = draw_glyphs(1, 1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("edgeval.data.glyphs.draw_glyphs", lambda *_: small)
    assert load_dataset("glyphs100").info() == small.info()
    monkeypatch.setattr("edgeval.data.glyphs.draw_glyphs", lambda *_: pytest.fail("drawn again"))
    assert load_dataset("glyphs100").info() == small.info()


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 half a file"])
def test_a_damaged_cache_is_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    small = draw_glyphs(1, 1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("edgeval.data.glyphs.draw_glyphs", lambda *_: small)
    load_dataset("glyphs100")
    (cached,) = tmp_path.rglob("*.npz")
    cached.write_bytes(damage)
    assert load_dataset("glyphs100").info() == small.info()
    assert len(cached.read_bytes()) > 1000


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = draw_glyphs(1, 1)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("edgeval.data.glyphs.draw_glyphs", lambda *_: small)
    assert load_dataset("glyphs100").info() == small.info()
