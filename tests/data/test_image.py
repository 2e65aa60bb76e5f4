"""What one image file becomes. References: the pixels that were written, and what a viewer shows of them."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st
from PIL import Image

from edgeval.data.readers.image import read_image
from edgeval.errors import DataError

SIDE = 16
PIXELS = np.random.default_rng(3).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
ORIENTATION = 0x0112


def read(image: Image.Image, path: Path, **options: object) -> np.ndarray:
    image.save(path, **options)
    return read_image(path, SIDE)[0]


@pytest.mark.parametrize("suffix", ["png", "tif", "pgm"])
def test_wide_grey_keeps_its_levels(suffix: str, tmp_path: Path) -> None:
    grey = np.linspace(0, 65535, SIDE * SIDE).reshape(SIDE, SIDE).astype(np.uint16)
    seen = read(Image.fromarray(grey), tmp_path / f"grey.{suffix}")
    np.testing.assert_array_equal(seen, np.rint(grey / 257).astype(np.uint8)[..., None].repeat(3, axis=2))


def png(width: int, height: int, depth: int, colour: int, rows: bytes) -> bytes:
    """A PNG by its specification, for forms that Pillow does not write."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4), (4, 2)])
def test_wide_colours_are_right_to_a_step(colour: int, channels: int, tmp_path: Path) -> None:
    wide = np.random.default_rng(0).integers(0, 65536, (SIDE, SIDE, channels), dtype=np.uint16)
    if channels != 3:
        wide[..., -1] = 65535
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in wide)
    path = tmp_path / "wide.png"
    path.write_bytes(png(SIDE, SIDE, 16, colour, rows))
    shown = wide[..., :3] if channels > 2 else wide[..., :1].repeat(3, axis=2)
    assert np.abs(read_image(path, SIDE)[0].astype(int) - shown / 257).max() <= 1


TURNED = {  # EXIF 2.3, tag Orientation: how the stored pixels are turned to be seen
    1: lambda seen: seen,
    2: lambda seen: seen[:, ::-1],
    3: lambda seen: seen[::-1, ::-1],
    4: lambda seen: seen[::-1],
    5: lambda seen: seen.transpose(1, 0, 2),
    6: lambda seen: np.rot90(seen, -1),
    7: lambda seen: np.rot90(seen, 2).transpose(1, 0, 2),
    8: lambda seen: np.rot90(seen, 1),
}


@pytest.mark.parametrize("orientation", sorted(TURNED))
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_a_turned_photograph_stands_upright(orientation: int, suffix: str, tmp_path: Path) -> None:
    image = Image.fromarray(PIXELS)
    exif = image.getexif()
    exif[ORIENTATION] = orientation
    seen = read(image, tmp_path / f"turned.{suffix}", exif=exif)
    np.testing.assert_array_equal(seen, TURNED[orientation](PIXELS))


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "LA", "CMYK"])
def test_other_modes_are_what_a_viewer_shows(mode: str, tmp_path: Path) -> None:
    image = Image.fromarray(PIXELS).convert(mode)
    seen = read(image, tmp_path / f"image.{'tif' if mode == 'CMYK' else 'png'}")
    np.testing.assert_array_equal(seen, np.asarray(image.convert("RGB")))


def test_transparent_pixels_are_told(tmp_path: Path) -> None:
    image = Image.fromarray(PIXELS).convert("RGBA")
    image.save(tmp_path / "opaque.png")
    image.putpixel((3, 3), (1, 2, 3, 0))
    image.save(tmp_path / "hole.png")
    palette = Image.fromarray(PIXELS).convert("P")
    palette.save(tmp_path / "palette.gif", transparency=int(np.asarray(palette)[0, 0]))
    assert [read_image(tmp_path / name, SIDE)[1] for name in ("opaque.png", "hole.png", "palette.gif")] == [
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_an_animation_is_no_image(suffix: str, tmp_path: Path) -> None:
    first, second = Image.fromarray(PIXELS), Image.fromarray(255 - PIXELS)
    first.save(tmp_path / f"moving.{suffix}", save_all=True, append_images=[second])
    with pytest.raises(DataError, match="it has 2 frames, expected one"):
        read_image(tmp_path / f"moving.{suffix}", SIDE)


@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_values_of_no_known_range_are_refused(dtype: type, tmp_path: Path) -> None:
    Image.fromarray(np.ones((SIDE, SIDE), dtype)).save(tmp_path / "values.tif")
    with pytest.raises(DataError, match="whose range is not known"):
        read_image(tmp_path / "values.tif", SIDE)


@pytest.mark.parametrize("side", [30_000, 10_000])
def test_an_image_of_too_many_pixels_is_not_unpacked(side: int, tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png(side, side, 8, 0, b""))
    with pytest.raises(DataError, match=r"has more than 89,478,485 pixels, which are not read") as caught:
        read_image(path, SIDE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["pipe", "folder", "nothing"])
def test_what_is_no_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    with pytest.raises(DataError, match=r"image\.png is not a readable image"):
        read_image(path, SIDE)


WRITTEN = {}
for kind in ("png", "jpeg", "gif", "bmp", "webp", "tiff", "ppm"):
    buffer = io.BytesIO()
    Image.fromarray(PIXELS).save(buffer, kind)
    WRITTEN[kind] = buffer.getvalue()


@given(st.data())
def test_a_damaged_file_is_pixels_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(WRITTEN[data.draw(st.sampled_from(sorted(WRITTEN)))])
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("image") / "image.png"
    path.write_bytes(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    try:
        seen, _ = read_image(path, SIDE)
    except DataError as error:
        assert "\n" not in str(error)
    else:
        assert seen.shape == (SIDE, SIDE, 3) and seen.dtype == np.uint8
