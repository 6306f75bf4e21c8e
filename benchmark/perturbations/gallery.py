"""Every operator at its five severities on one picture: what the names mean."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ...core.images import Rgb
from ...core.progress import Progress, silent
from ...core.seeds import stream
from .operator import SEVERITIES, Perturbation, size_of

PANEL: Final = 176  # pixels: the width of one picture
GAP: Final = 6
CAPTION: Final = 26
GROUND: Final = (24, 24, 27)
INK: Final = (228, 228, 231)


def gallery(image: Rgb, rows: Sequence[Perturbation], progress: Progress = silent) -> Rgb:
    """A sheet with a line for each operator: its name, then the picture at severities 1 to 5.

    Args:
        image: (H, W, 3) the picture, perturbed at its own size, then shrunk.
        rows: the operators.
    """
    width = len(SEVERITIES) * (PANEL + GAP) + GAP
    lines = [_line(image, row) for row in progress(rows, total=len(rows), what="perturbing")]
    head = caption("severity 1 (mild) to 5 (severe)", width)
    return np.concatenate([head, *lines])


def _line(image: Rgb, row: Perturbation) -> Rgb:
    pictures = on_ground([panel(row.apply(image, _params(row, image, s))) for s in SEVERITIES])
    return np.concatenate([caption(f"{row.name}: {row.description}", len(pictures[0])), pictures])


def _params(row: Perturbation, image: Rgb, severity: int) -> dict[str, float]:
    # One stream for all severities: what a coin decides, it decides for the whole line.
    return row.draw(stream("gallery", row.name), severity, size_of(image))


def on_ground(panels: Sequence[Rgb]) -> Rgb:
    """Panels of one size side by side, with gaps between and around them."""
    gap = np.full((panels[0].shape[0], GAP, 3), GROUND, np.uint8)
    return np.concatenate([gap, *(part for shown in panels for part in (shown, gap))], axis=1)


def panel(image: Rgb) -> Rgb:
    """A picture as wide as all pictures of a sheet."""
    height, width = size_of(image)
    size = (PANEL, round(PANEL * height / width))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def caption(text: str, width: int) -> Rgb:
    """A line of text as wide as the sheet."""
    strip = Image.new("RGB", (width, CAPTION), GROUND)
    ImageDraw.Draw(strip).text((GAP, 5), text, fill=INK, font=_font())
    return np.array(strip, dtype=np.uint8)


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(14)
