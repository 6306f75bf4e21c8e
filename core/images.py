"""Pictures in and out: any file that a camera or the web made becomes RGB uint8."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from .errors import DataError
from .files import read_bytes

Rgb = NDArray[np.uint8]  # (H, W, 3)

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".avif"}
)


def read_image(path: Path) -> Rgb:
    """Read a picture file as (H, W, 3) RGB uint8, upright by its EXIF orientation.

    Gray, palette, CMYK, 16-bit and transparent pictures are converted (transparency
    over white); of an animation the first frame is taken.

    Raises:
        DataError: the file is missing, empty, truncated or not a picture.
    """
    return decode_image(read_bytes(path), where=path)


def decode_image(data: bytes, *, where: object) -> Rgb:
    """Decode picture bytes as ``read_image`` does; ``where`` names them in the error."""
    if not data:
        raise DataError("the picture file is empty", where=where, got="0 bytes")
    try:
        with warnings.catch_warnings():
            # Damaged EXIF blocks and odd TIFF tags are no reason to refuse the pixels;
            # a decompression bomb is.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as picture:
                picture.load()
                return _to_rgb(ImageOps.exif_transpose(picture))
    except UnidentifiedImageError as error:
        raise DataError("the file is not a picture", where=where) from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise DataError("the picture cannot be decoded", where=where, got=str(error)) from error


def pixels_of(data: bytes) -> int:
    """How many pixels a picture has, from its head alone; 0 where that cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                return int(picture.width * picture.height)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return 0


def is_turned(data: bytes) -> bool:
    """Whether a picture's EXIF orientation makes it be shown other than it is stored."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                return bool(picture.getexif().get(ExifTags.Base.Orientation, 1) != 1)
    except (OSError, SyntaxError, ValueError):
        return False


def _to_rgb(picture: Image.Image) -> Rgb:
    if picture.mode.startswith("I") or picture.mode == "F":
        gray = np.asarray(picture, dtype=np.float64)
        top = 65535.0 if gray.max(initial=0.0) > 255 else 255.0
        scaled = np.clip(gray * (255.0 / top), 0, 255).astype(np.uint8)
        return np.repeat(scaled[:, :, None], 3, axis=2)
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, "white")
        picture = Image.alpha_composite(ground, rgba)
    return np.array(picture.convert("RGB"), dtype=np.uint8)


def encode_jpeg(image: Rgb, quality: int) -> bytes:
    """Encode (H, W, 3) RGB uint8 as baseline JPEG, chroma not subsampled."""
    return _encode(
        ".jpg",
        image,
        [
            cv2.IMWRITE_JPEG_QUALITY,
            quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
        ],
    )


def encode_png(image: Rgb) -> bytes:
    """Encode (H, W, 3) RGB uint8 as PNG."""
    return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def encode_png_fast(image: Rgb) -> bytes:
    """The same pixels in a fifth of ``encode_png``'s time, and about as many bytes."""
    options = [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    return _encode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1, *options])


def _encode(suffix: str, image: Rgb, options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise DataError("the picture cannot be encoded", got=f"an array {image.shape}")
    return data.tobytes()


def fit_within(image: Rgb, max_side: int) -> Rgb:
    """Shrink so that the longer side is at most ``max_side``; never enlarge."""
    height, width = image.shape[:2]
    scale = max_side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
