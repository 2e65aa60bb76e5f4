"""What samples look like in the report. References: Pillow's compositing, and what was planted in the samples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from edgeval.report.images.pictures import HEIGHT, INKS, PLOTTED, WIDTH, pictures

RNG = np.random.default_rng(5)


def test_pictures_are_shown_as_they_are() -> None:
    colours = RNG.integers(0, 256, (3, 8, 6, 3), np.uint8)
    assert pictures(colours, "image") is colours
    np.testing.assert_array_equal(pictures(colours[..., :1], "image"), np.repeat(colours[..., :1], 3, axis=3))


def test_transparent_pictures_stand_on_white() -> None:
    pixels = RNG.integers(0, 256, (1, 8, 6, 4), np.uint8)
    white = Image.new("RGBA", (6, 8), "white")
    expected = np.asarray(Image.alpha_composite(white, Image.fromarray(pixels[0])).convert("RGB"))
    assert np.abs(pictures(pixels, "image")[0].astype(int) - expected).max() <= 1


def test_a_map_lies_with_time_to_the_right_and_its_features_upward() -> None:
    quiet = np.zeros((2, 12, 4, 1), np.float32)
    quiet[0, 9, 0] = 1  # late, lowest feature
    seen = pictures(quiet, "features")
    high, wide = HEIGHT // 4, WIDTH // 12
    assert seen.shape == (2, 4 * high, 12 * wide, 3)
    bright = (seen[0] != seen[1]).any(axis=2)
    rows, columns = np.nonzero(bright)
    assert (rows.min(), rows.max()) == (3 * high, 4 * high - 1)
    assert (columns.min(), columns.max()) == (9 * wide, 10 * wide - 1)


def test_a_window_has_a_line_of_its_own_colour_for_each_channel() -> None:
    window = np.stack([np.zeros(50), np.full(50, 1.0)], axis=1)[np.newaxis].astype(np.float32)
    (seen,) = pictures(window, "features")
    assert seen.shape == (HEIGHT, WIDTH, 3)
    for line, ink in zip((seen[-4:], seen[:4]), INKS, strict=False):  # the lower one is the first channel
        drawn = line[(line != 255).any(axis=2)].astype(int)
        cover = (255 - drawn).sum(axis=1, keepdims=True) / (
            255 - np.array(ink)
        ).sum()  # smoothed with the white
        assert len(drawn) and np.abs(255 - drawn - cover * (255 - np.array(ink))).max() < 3


def test_a_spike_in_a_long_window_is_seen() -> None:
    window = np.zeros((1, 20 * PLOTTED, 1), np.float32)
    window[0, 7777] = 1
    flat = np.zeros_like(window)
    assert (pictures(window, "features") != pictures(flat, "features")).any()


@given(
    st.sampled_from(["features", "quantized"]),
    st.lists(st.integers(1, 9), min_size=1, max_size=3),
    st.integers(0, 3),
    st.sampled_from([0.0, 1.0, -1e30]),
)
def test_any_sample_has_a_picture(kind: str, shape: list[int], count: int, value: float) -> None:
    samples = np.full((count, *shape), value if kind == "features" else 3)
    seen = pictures(samples.astype(np.float32 if kind == "features" else np.int8), kind)
    assert seen.dtype == np.uint8 and seen.shape[0] == count and seen.shape[3] == 3


@pytest.mark.parametrize("shape", [(49, 10, 1), (128, 6), (40,)])
def test_equal_samples_have_equal_pictures(shape: tuple[int, ...]) -> None:
    samples = RNG.normal(size=(4, *shape)).astype(np.float32)
    np.testing.assert_array_equal(pictures(samples, "features"), pictures(samples.copy(), "features"))
