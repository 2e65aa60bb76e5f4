"""Draws characters: a table of clean shapes from fonts, then distorted, cluttered, coloured images of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

CELL = 64  # pixels of a clean shape's square
FONT_PIXELS = 44  # em height in a cell: leaves room for the tallest and widest character
SIDE = 32  # pixels of a finished image
FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique",
    "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique",
    "DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic",
    "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic",
)  # fmt: skip
CHUNK = 200  # images drawn at a time: their arrays stay in the cache
TURN = (0.0, 2 * np.pi)
NEIGHBOURS = 2  # other characters that reach into the image


@dataclass(frozen=True)
class Difficulty:
    """Ranges (low, high) of what is drawn uniformly for every image."""

    rotation_deg: tuple[float, float] = (-25.0, 25.0)
    scale: tuple[float, float] = (0.75, 1.15)
    shear: tuple[float, float] = (-0.3, 0.3)
    shift_px: tuple[float, float] = (-3.0, 3.0)
    neighbour_distance_px: tuple[float, float] = (14.0, 22.0)
    contrast: tuple[float, float] = (0.15, 0.8)  # difference of brightness, full range is 1
    noise: tuple[float, float] = (0.02, 0.14)  # standard deviation, full range is 1


def shapes(characters: tuple[str, ...]) -> np.ndarray:
    """float32 (characters, fonts, CELL, CELL) in 0..1: every character centred in its cell, in every font."""
    import matplotlib
    from PIL import ImageFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    layout = ImageFont.Layout.BASIC  # the same on machines with and without raqm
    fonts = [ImageFont.truetype(folder / f"{name}.ttf", FONT_PIXELS, layout_engine=layout) for name in FONTS]
    drawn = [[_shape(character, font) for font in fonts] for character in characters]
    return np.asarray(drawn, np.float32) / 255


def _shape(character: str, font: object) -> np.ndarray:
    from PIL import Image, ImageDraw

    cell = Image.new("L", (CELL, CELL))
    draw = ImageDraw.Draw(cell)
    left, top, right, bottom = draw.textbbox((0, 0), character, font=font)  # type: ignore[arg-type]
    origin = (round((CELL - left - right) / 2), round((CELL - top - bottom) / 2))
    draw.text(origin, character, fill=255, font=font)  # type: ignore[arg-type]
    return np.asarray(cell)


def draw(
    table: np.ndarray, labels: np.ndarray, difficulty: Difficulty, rng: np.random.Generator
) -> np.ndarray:
    """uint8 (n, SIDE, SIDE, 3): one image of each label's character, from `shapes`' table."""
    parts = [
        _draw_chunk(table, labels[start : start + CHUNK], difficulty, rng)
        for start in range(0, len(labels), CHUNK)
    ]
    return np.concatenate(parts)


def _draw_chunk(
    table: np.ndarray, labels: np.ndarray, difficulty: Difficulty, rng: np.random.Generator
) -> np.ndarray:
    count = len(labels)
    image, ink = _colours(count, difficulty, rng)
    for _ in range(NEIGHBOURS):
        others = rng.integers(len(table), size=count)
        angle = _uniform(rng, TURN, count)
        away = _uniform(rng, difficulty.neighbour_distance_px, count)
        shift = away * np.stack([np.cos(angle), np.sin(angle)])
        cover = _covered(table, others, shift, difficulty, rng)
        image = _painted(image, cover, rng.uniform(0, 1, (count, 3)))
    shift = _uniform(rng, difficulty.shift_px, (2, count))
    image = _painted(image, _covered(table, labels, shift, difficulty, rng), ink)
    image += rng.standard_normal(image.shape, np.float32) * _uniform(rng, difficulty.noise, (count, 1, 1, 1))
    return (image.clip(0, 1) * 255).round().astype(np.uint8)


def _colours(count: int, difficulty: Difficulty, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A background that runs from one colour to another, and an ink brighter or darker than it."""
    ends = rng.uniform(0, 1, (2, count, 1, 1, 3)).astype(np.float32)
    angle = _uniform(rng, TURN, (count, 1))
    y, x = _grid() / SIDE
    along = (0.5 + x * np.cos(angle) + y * np.sin(angle)).clip(0, 1).reshape(count, SIDE, SIDE, 1)
    background = ends[0] * (1 - along) + ends[1] * along
    middle = ends.mean(0)[:, 0, 0]
    contrast = _uniform(rng, difficulty.contrast, count)[:, None]
    towards = np.where(middle.mean(1, keepdims=True) < 0.5, 1.0, -1.0)
    ink = middle + towards * contrast + rng.uniform(-0.15, 0.15, (count, 3))
    return background, ink.clip(0, 1)


def _covered(
    table: np.ndarray, labels: np.ndarray, shift: np.ndarray, difficulty: Difficulty, rng: np.random.Generator
) -> np.ndarray:
    """float32 (n, SIDE, SIDE): how much of each pixel the distorted shape of each label covers."""
    count = len(labels)
    font = rng.integers(table.shape[1], size=count)
    matrix = _inverse_affine(count, difficulty, rng)
    y, x = _grid()
    dx, dy = x[None] - shift[0][:, None], y[None] - shift[1][:, None]
    u = matrix[0, 0][:, None] * dx + matrix[0, 1][:, None] * dy + (CELL - 1) / 2
    v = matrix[1, 0][:, None] * dx + matrix[1, 1][:, None] * dy + (CELL - 1) / 2
    return sampled(table[labels, font], u, v).reshape(count, SIDE, SIDE)


def _inverse_affine(count: int, difficulty: Difficulty, rng: np.random.Generator) -> np.ndarray:
    """(2, 2, n): from an offset in the image to an offset in the cell; scale 1 fits an em to the image."""
    angle = np.deg2rad(_uniform(rng, difficulty.rotation_deg, count))
    scale_x, scale_y = _uniform(rng, difficulty.scale, (2, count)) * SIDE / FONT_PIXELS
    shear = _uniform(rng, difficulty.shear, count)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array(
        [[(cos + shear * sin) / scale_x, (sin - shear * cos) / scale_x], [-sin / scale_y, cos / scale_y]]
    )


def sampled(cells: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Bilinear samples (n, points) of cells (n, CELL, CELL) at column u and row v; the border is empty."""
    u, v = u.clip(0, CELL - 1.001), v.clip(0, CELL - 1.001)
    column, row = u.astype(np.int32), v.astype(np.int32)
    fu, fv = (u - column).astype(np.float32), (v - row).astype(np.float32)
    flat = cells.reshape(-1)
    at = np.arange(0, flat.size, CELL * CELL, dtype=np.int32)[:, None] + row * CELL + column
    upper = flat[at] * (1 - fu) + flat[at + 1] * fu
    lower = flat[at + CELL] * (1 - fu) + flat[at + CELL + 1] * fu
    return upper * (1 - fv) + lower * fv


def _painted(image: np.ndarray, cover: np.ndarray, ink: np.ndarray) -> np.ndarray:
    image += (ink.astype(np.float32)[:, None, None, :] - image) * cover[..., None]
    return image


def _uniform(
    rng: np.random.Generator, bounds: tuple[float, float], shape: int | tuple[int, ...]
) -> np.ndarray:
    return rng.uniform(*bounds, shape).astype(np.float32)


def _grid() -> np.ndarray:
    """float32 (2, SIDE * SIDE): y and x of every pixel, from the middle of the image."""
    return np.mgrid[0:SIDE, 0:SIDE].reshape(2, -1).astype(np.float32) - (SIDE - 1) / 2
