"""Many small images as one PNG, so that a page carries them once and shows each as often as it likes."""

from __future__ import annotations

import io

import numpy as np

IMAGE_SIDE = 48  # pixels: larger images are shrunk, a report is no archive of the data set
DRAWN_SIDE = 72  # of what was drawn for the page: maps of features, lines
COLUMNS = 24


def sprite_png(images: np.ndarray, largest_side: int = IMAGE_SIDE) -> tuple[bytes, int, tuple[int, int]]:
    """PNG of images uint8 (n, height, width, 3) row by row, its number of columns, and (height, width) of a cell.

    Equal images give equal bytes. Pixels are untouched unless an image is larger than `largest_side`.
    """
    from PIL import Image

    cells = _shrunk(images, largest_side)
    count, height, width = cells.shape[:3]
    rows = max(1, -(-count // COLUMNS))
    canvas = np.zeros((rows, COLUMNS, height, width, 3), np.uint8)
    canvas.reshape(-1, height, width, 3)[:count] = cells
    buffer = io.BytesIO()
    pixels = canvas.swapaxes(1, 2).reshape(rows * height, COLUMNS * width, 3)
    Image.fromarray(pixels).save(buffer, "png", optimize=True)
    return buffer.getvalue(), COLUMNS, (height, width)


def _shrunk(images: np.ndarray, largest_side: int) -> np.ndarray:
    from PIL import Image

    height, width = images.shape[1:3]
    scale = min(1.0, largest_side / max(height, width))
    if scale == 1.0 or not len(images):
        return images
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.stack(
        [np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BOX)) for image in images]
    )
