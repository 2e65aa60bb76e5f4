"""What a sample looks like: pictures as they are, maps of features as heat maps, windows of signals as lines."""

from __future__ import annotations

import numpy as np

from edgeval.records import IMAGE

HEIGHT, WIDTH = 48, 72  # pixels of drawn lines; a smaller map is enlarged by whole factors up to it
PLOTTED = 512  # points of a line; a longer one shows the extremes of each of so many parts
TAILS = (1, 99)  # percentiles that the colours and the lines' height span; what lies outside is cut
# Okabe and Ito's colours that are told apart on white, without their yellow.
INKS = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (230, 159, 0),
    (60, 60, 60),
)


def pictures(samples: np.ndarray, kind: str) -> np.ndarray:
    """uint8 RGB (n, height, width, 3) of samples (n, ...): the same pixels for colour pictures.

    Grey ones get three equal channels, transparent ones stand on white. A map of features (h, w, c) lies with its
    first axis to the right and its second upward, as a spectrogram does, its channels above one another. Each row has
    its own scale of colours, the same in all samples, because cepstral coefficients differ in size. A window (t, c) has
    a line for each channel, a vector (f,) one.
    """
    if kind == IMAGE:
        return _rgb(samples)
    if not len(samples):
        return np.zeros((0, HEIGHT, WIDTH, 3), np.uint8)
    return (
        _maps(samples) if samples.ndim == 4 else _lines(samples.reshape(len(samples), samples.shape[1], -1))
    )


def _rgb(samples: np.ndarray) -> np.ndarray:
    channels = samples.shape[3]
    if channels == 1:
        return np.repeat(samples, 3, axis=3)
    if channels == 3:
        return samples
    alpha = samples[..., 3:].astype(np.float32) / 255
    return np.asarray(np.rint(samples[..., :3] * alpha + 255 * (1 - alpha)), np.uint8)


def _maps(samples: np.ndarray) -> np.ndarray:
    from matplotlib import colormaps

    upright = samples.transpose(0, 3, 2, 1)[:, :, ::-1]  # (n, channels, upward, to the right)
    count, channels, high, wide = upright.shape
    rows = upright.reshape(count, channels * high, wide)
    values = np.stack([_scaled(rows[:, row]) for row in range(rows.shape[1])], axis=1)
    colours = (colormaps["viridis"](np.linspace(0, 1, 256))[:, :3] * 255).round().astype(np.uint8)
    drawn = colours[(values * 255).round().astype(np.uint8)]
    for axis, side in ((1, HEIGHT), (2, WIDTH)):
        drawn = drawn.repeat(max(1, side // drawn.shape[axis]), axis=axis)
    return np.asarray(drawn)


def _scaled(values: np.ndarray) -> np.ndarray:
    """float32 from 0 to 1."""
    low, high = np.percentile(values, TAILS)
    spread = float(high - low) or 1.0
    scaled: np.ndarray = np.clip((values.astype(np.float32) - low) / spread, 0, 1).astype(np.float32)
    return scaled


def _lines(windows: np.ndarray) -> np.ndarray:
    """Each sample in its own height: a quiet window is to be read too."""
    return np.stack([_drawn(window) for window in windows])


def _drawn(window: np.ndarray) -> np.ndarray:
    from PIL import Image, ImageDraw

    high, wide = 2 * HEIGHT, 2 * WIDTH  # shrunk afterwards, which smooths the lines
    canvas = Image.new("RGB", (wide, high), "white")
    draw = ImageDraw.Draw(canvas)
    lines = _extremes(_scaled(window))
    across = np.linspace(2, wide - 3, len(lines))
    for channel in range(lines.shape[1]):
        down = (high - 5) - lines[:, channel] * (high - 9)
        points = list(zip(across.tolist(), down.tolist(), strict=True))
        draw.line(points if len(points) > 1 else points * 2, fill=INKS[channel % len(INKS)], width=2)
    return np.asarray(canvas.resize((WIDTH, HEIGHT), Image.Resampling.BOX))


def _extremes(lines: np.ndarray) -> np.ndarray:
    """(t, c) with at most PLOTTED points: of a longer line the smallest and the largest value of each part."""
    if len(lines) <= PLOTTED:
        return lines
    parts = np.array_split(lines, PLOTTED // 2)
    return np.concatenate([[part.min(axis=0), part.max(axis=0)] for part in parts])
