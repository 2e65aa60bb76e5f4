"""One image file as the pixels that a viewer shows: turned as its camera says, in 8 bits a colour, of one size."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edgeval.errors import DataError
from edgeval.inputs import read_input

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff"}
# Of these Pillow gives 16-bit grey as 32-bit integers; of other formats such integers have no known range.
WIDE_GREY = ("PNG", "PPM")
COLOURS = {"grey": ("L", 1), "rgb": ("RGB", 3), "rgba": ("RGBA", 4)}  # Pillow's mode, channels
STILL = ("MPO",)  # a photograph with a preview or a second view behind it


def read_image(path: Path, size: int, mode: str = "RGB") -> tuple[np.ndarray, bool]:
    """uint8 (size, size, channels of Pillow's `mode`: RGB, L or RGBA), and whether pixels are transparent (their colour
    is taken as it is stored).

    The image is turned as its EXIF orientation says, scaled (bilinear) so that its shorter side fits, and cropped in
    the middle. 16-bit grey is scaled to 8 bits, 16-bit colours lose their low byte. DataError where it is no readable
    image, has more pixels than Pillow holds safe (89 million), several frames, or values of no known range.
    """
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damage that matters the readers raise an error too
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(read_input(path))) as image:
                _check_form(image)
                upright = ImageOps.exif_transpose(image)
                fitted = ImageOps.fit(_in_mode(upright, mode), (size, size), Image.Resampling.BILINEAR)
                return np.asarray(fitted).reshape(size, size, -1), _is_transparent(upright)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DataError(
            f"{path} has more than {Image.MAX_IMAGE_PIXELS:,} pixels, which are not read; make it smaller"
        ) from error
    except Exception as error:  # Pillow's readers raise many kinds for a damaged file; all mean that
        reason = (
            error.strerror if isinstance(error, OSError) and error.strerror else str(error).split("\n")[0]
        )
        raise DataError(f"{path} is not a readable image ({reason}); remove or replace it") from error


def _check_form(image: Image.Image) -> None:
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and image.format not in STILL:
        raise ValueError(f"it has {frames} frames, expected one")
    if image.mode == "F" or (image.mode == "I" and image.format not in WIDE_GREY):
        raise ValueError(f"its values are of mode {image.mode}, whose range is not known")


def _in_mode(image: Image.Image, mode: str) -> Image.Image:
    from PIL import Image

    if not image.mode.startswith("I"):
        return image.convert(mode)
    wide = np.asarray(image, np.float64)
    return Image.fromarray(np.clip(np.rint(wide / 257), 0, 255).astype(np.uint8)).convert(mode)


def _is_transparent(image: Image.Image) -> bool:
    if "A" not in image.getbands() and "transparency" not in image.info:
        return False
    return bool(np.asarray(image.convert("RGBA"))[..., 3].min() < 255)
