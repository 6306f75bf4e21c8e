"""The contact sheet: forged faces side by side with what they were, for a look by eye."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, zip_longest
from typing import Final, Literal, Protocol, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ..annotations import masks
from ..annotations.masks import BoolMask, Rle
from ..core.images import Rgb
from ..core.seeds import stream

PANEL: Final = 192  # pixels: a face is about half of it wide
COLUMNS: Final = 3
CAPTION: Final = 24
GAP: Final = 10
CONTEXT: Final = 1.9  # the crop's side, in sides of the face's box

GROUND: Final = (24, 24, 27)
INK: Final = (228, 228, 231)
REGION: Final = (74, 222, 128)  # green: the annotated face
MANIPULATION: Final = (244, 63, 94)  # red: the pixels that changed


@dataclass(frozen=True, eq=False, slots=True)
class Sample:
    """One forged face of the dataset.

    Args:
        photo: key under which its pictures are opened.
        caption: what stands above it.
        box: (4,) xyxy of the region, pixels.
    """

    photo: str
    method: str
    caption: str
    box: NDArray[np.float64]
    region: Rle
    manipulation: Rle


class Captioned(Protocol):
    """A forged face by name, with or without its masks."""

    @property
    def method(self) -> str:
        """What forged it."""
        ...

    @property
    def caption(self) -> str:
        """What stands above it."""
        ...


Named = TypeVar("Named", bound=Captioned)
Sheet = Literal["overview", "all"]
Pictures = Callable[[str], tuple[Rgb, Rgb]]  # key → pristine, published


def overview(samples: Sequence[Named], count: int, seed: int) -> list[Named]:
    """At most ``count`` samples, drawn evenly over the methods, grouped by method."""
    by_method: dict[str, list[Named]] = {}
    for sample in samples:
        by_method.setdefault(sample.method, []).append(sample)
    shuffled = [
        [rows[i] for i in stream(seed, "contact sheet", name).permutation(len(rows))]
        for name, rows in sorted(by_method.items())
    ]
    turns = chain.from_iterable(zip_longest(*shuffled))
    chosen = [sample for sample in turns if sample is not None][:count]
    return sorted(chosen, key=lambda sample: (sample.method, sample.caption))


def pages(samples: Sequence[Named], per_page: int) -> list[Sequence[Named]]:
    """The samples in portions of at most ``per_page``."""
    return [samples[start : start + per_page] for start in range(0, len(samples), per_page)]


def draw_page(samples: Sequence[Sample], pictures: Pictures, title: str) -> Rgb:
    """Draw samples as rows of cells: original, forged, forged with its outlines."""
    columns = min(COLUMNS, max(1, len(samples)))
    rows = -(-len(samples) // columns)
    cell_width, cell_height = 3 * PANEL + GAP, PANEL + CAPTION + GAP
    head = CAPTION + GAP
    sheet = np.empty((head + rows * cell_height + GAP, columns * cell_width + GAP, 3), np.uint8)
    sheet[:] = GROUND
    sheet[GAP : GAP + CAPTION, GAP:-GAP] = _caption(title, sheet.shape[1] - 2 * GAP)
    for number, sample in enumerate(samples):
        row, column = divmod(number, columns)
        top, left = head + row * cell_height + GAP, column * cell_width + GAP
        cell = draw_cell(sample, *pictures(sample.photo))
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


def draw_cell(sample: Sample, pristine: Rgb, published: Rgb) -> Rgb:
    """One cell: caption above three panels, (CAPTION + PANEL, 3 · PANEL, 3)."""
    before, after = (crop_panel(image, sample.box) for image in (pristine, published))
    outlined = after.copy()
    for rle, colour in ((sample.region, REGION), (sample.manipulation, MANIPULATION)):
        _outline(outlined, masks.decode(rle), sample.box, colour)
    panels = np.concatenate([before, after, outlined], axis=1)
    return np.concatenate([_caption(sample.caption, panels.shape[1]), panels])


def crop_panel(image: NDArray[np.uint8], box: NDArray[np.float64]) -> NDArray[np.uint8]:
    """The (PANEL, PANEL) surroundings of a box; outside the image is the sheet's ground."""
    side = max(8, round(CONTEXT * float(max(box[2] - box[0], box[3] - box[1]))))
    left = round(float(box[0] + box[2] - side) / 2)
    top = round(float(box[1] + box[3] - side) / 2)
    height, width = image.shape[:2]
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + side, width), min(top + side, height)
    canvas = np.empty((side, side, *image.shape[2:]), np.uint8)
    canvas[:] = GROUND if image.ndim == 3 else 0
    canvas[y1 - top : y2 - top, x1 - left : x2 - left] = image[y1:y2, x1:x2]
    how = cv2.INTER_AREA if side > PANEL else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(canvas, (PANEL, PANEL), interpolation=how), dtype=np.uint8)


def _outline(
    panel: Rgb, mask: BoolMask, box: NDArray[np.float64], colour: tuple[int, int, int]
) -> None:
    small = crop_panel(mask.astype(np.uint8) * 255, box)
    contours, _ = cv2.findContours(
        (small > 127).astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    cv2.drawContours(panel, contours, -1, colour, 1, cv2.LINE_8)


def _caption(text: str, width: int) -> Rgb:
    strip = Image.new("RGB", (width, CAPTION), GROUND)
    ImageDraw.Draw(strip).text((0, 2), text, fill=INK, font=_font())
    return np.array(strip, dtype=np.uint8)


@cache
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(16)


def legend(counts: Mapping[str, int]) -> str:
    """The sheet's title: how many faces of each method, and what the panels show."""
    total = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    return f"original | forged | outlines (green: face, red: changed pixels)     {total}"
