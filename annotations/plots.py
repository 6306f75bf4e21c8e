"""The overview figure of a dataset's statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator, NullLocator

from ..core.figures import png_of
from .statistics import Tables

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REAL_COLOUR: Final = "#2a9d8f"
FAKE_COLOUR: Final = "#e76f51"
INK: Final = "#334155"
MANY: Final = 20  # faces in an image, from which on they share a bar
SMALLEST: Final = 8.0  # pixels, below which faces share a bar
COCO_SIZES: Final = {32: "small", 96: "medium"}  # √area where COCO's size classes end


def overview_png(tables: Tables) -> bytes:
    """Faces per image, face size, real to fake by split, and methods, as PNG bytes."""
    faces, images = tables
    layout = ConstrainedLayoutEngine(hspace=0.08, wspace=0.06)
    figure = Figure(figsize=(11, 7), dpi=120, layout=layout)
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    _faces_per_image(axes[0, 0], images)
    _face_size(axes[0, 1], faces)
    _by_split(axes[1, 0], images)
    _by_method(axes[1, 1], faces)
    fake = int((faces["label"] == "fake").sum())
    title = f"{len(images):,} images, {len(faces):,} faces, {fake:,} of them fake"
    figure.suptitle(title, fontsize=15, color=INK, fontweight="bold")
    return png_of(figure)


def _finish(axis: Axes, title: str, lines: str) -> None:
    axis.set_title(title, loc="left", color=INK, fontsize=12)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis="x" if lines == "x" else "y", alpha=0.25)
    axis.set_axisbelow(True)
    axis.tick_params(colors=INK, length=0)


def _faces_per_image(axis: Axes, images: pd.DataFrame) -> None:
    top = min(int(images["faces"].max()) if len(images) else 1, MANY)
    places = np.arange(top + 1)
    for column, colour, shift, label in (
        ("faces", INK, -0.21, "all faces"),
        ("fake", FAKE_COLOUR, 0.21, "fake faces"),
    ):
        counts = np.bincount(images[column].clip(upper=top).astype(int), minlength=top + 1)
        axis.bar(places + shift, counts, width=0.42, color=colour, label=label)
    names = [str(place) for place in places]
    if top == MANY:
        names[-1] = f"{MANY}+"
    step = 1 if top <= 12 else 2
    axis.set_xticks(places[::step], names[::step])
    axis.set(xlabel="faces in an image", ylabel="images")
    axis.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    axis.legend(frameon=False)
    _finish(axis, "Faces per image", "y")


def _face_size(axis: Axes, faces: pd.DataFrame) -> None:
    sides = faces["side"].clip(lower=SMALLEST)
    top = max(128.0, float(sides.max())) if len(faces) else 128.0
    bins = np.geomspace(SMALLEST, top * 1.01, 30).tolist()
    parts = [sides[faces["label"] == label] for label in ("real", "fake")]
    axis.hist(
        parts, bins=bins, stacked=True, color=[REAL_COLOUR, FAKE_COLOUR], label=["real", "fake"]
    )
    axis.set_xscale("log")
    ticks = [2**power for power in range(3, 12) if 2**power <= top]
    axis.set_xticks(ticks, [str(tick) for tick in ticks])
    axis.xaxis.set_minor_locator(NullLocator())
    for edge, name in COCO_SIZES.items():
        axis.axvline(edge, color=INK, linewidth=1, linestyle=(0, (4, 3)), alpha=0.6)
        axis.annotate(
            f"{name} ", (edge, 1), xycoords=("data", "axes fraction"), ha="right", va="top",
            color=INK, fontsize=9,
        )  # fmt: skip
    axis.margins(y=0.12)
    axis.set(xlabel="√area of the mask, pixels", ylabel="faces")
    axis.legend(frameon=False, loc="center right")
    _finish(axis, "Face size", "y")


def _by_split(axis: Axes, images: pd.DataFrame) -> None:
    sums = images.groupby("split", sort=False)[["faces", "fake"]].sum()
    names, fake = list(sums.index), sums["fake"].to_numpy()
    real = sums["faces"].to_numpy() - fake
    axis.bar(names, real, width=0.6, color=REAL_COLOUR, label="real")
    bars = axis.bar(names, fake, bottom=real, width=0.6, color=FAKE_COLOUR, label="fake")
    texts = [f"{a + b:,}\n{b / max(1, a + b):.0%} fake" for a, b in zip(real, fake, strict=True)]
    axis.bar_label(bars, texts, padding=3, color=INK, fontsize=9)
    axis.margins(y=0.16)
    axis.set(ylabel="faces")
    axis.legend(frameon=False)
    _finish(axis, "Real and fake by split", "y")


def _by_method(axis: Axes, faces: pd.DataFrame) -> None:
    counts = faces["method"].dropna().value_counts().sort_index(ascending=False)
    bars = axis.barh(list(counts.index), counts.to_numpy(), height=0.6, color=FAKE_COLOUR)
    axis.bar_label(bars, [f"{count:,}" for count in counts], padding=4, color=INK, fontsize=9)
    axis.margins(x=0.12, y=max(0.05, 0.5 / max(1, len(counts))))
    axis.set(xlabel="faces")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    if counts.empty:
        axis.set_yticks([])
    _finish(axis, "Forgery methods", "x")
