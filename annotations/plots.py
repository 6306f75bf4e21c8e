"""The overview figure of a dataset's statistics."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REAL_COLOUR: Final = "#2a9d8f"
FAKE_COLOUR: Final = "#e76f51"
NEUTRAL: Final = "#64748b"


def overview_png(faces: pd.DataFrame, images: pd.DataFrame) -> bytes:
    """Faces per image, face size, real to fake by split, and methods, as PNG bytes."""
    figure = Figure(figsize=(11, 7), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 2)
    _faces_per_image(axes[0, 0], images)
    _face_size(axes[0, 1], faces)
    _by_split(axes[1, 0], images)
    _by_method(axes[1, 1], faces)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
        axis.grid(axis="y", alpha=0.25)
        axis.set_axisbelow(True)
    figure.suptitle(f"{len(images):,} images, {len(faces):,} faces", fontsize=14)
    data = io.BytesIO()
    # No software version or date in the file: the same data give the same bytes.
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


def _faces_per_image(axis: Axes, images: pd.DataFrame) -> None:
    top = int(images["faces"].max()) if len(images) else 1
    bins = np.arange(0.5, min(top, 30) + 1.5).tolist()
    axis.hist(images["faces"].clip(upper=30), bins=bins, color=NEUTRAL, rwidth=0.9)
    axis.set(title="Faces in an image", xlabel="faces (30 and more together)", ylabel="images")


def _face_size(axis: Axes, faces: pd.DataFrame) -> None:
    sides = faces["side"].clip(lower=1)
    top = max(64.0, float(sides.max())) if len(faces) else 64.0
    bins = np.geomspace(8, top * 1.01, 28).tolist()
    for label, colour in (("real", REAL_COLOUR), ("fake", FAKE_COLOUR)):
        axis.hist(sides[faces["label"] == label], bins=bins, color=colour, alpha=0.7, label=label)
    axis.set_xscale("log")
    axis.set(title="Face size", xlabel="√area, pixels", ylabel="faces")
    axis.legend(frameon=False)


def _by_split(axis: Axes, images: pd.DataFrame) -> None:
    sums = images.groupby("split", sort=False)[["faces", "fake"]].sum()
    real = sums["faces"] - sums["fake"]
    axis.bar(list(sums.index), real, color=REAL_COLOUR, label="real")
    axis.bar(list(sums.index), sums["fake"], bottom=real, color=FAKE_COLOUR, label="fake")
    axis.set(title="Real and fake faces", ylabel="faces")
    axis.legend(frameon=False)


def _by_method(axis: Axes, faces: pd.DataFrame) -> None:
    counts = faces["method"].dropna().value_counts().sort_index()
    axis.bar(list(counts.index), counts.to_numpy(), color=FAKE_COLOUR)
    axis.set(title="Forgery methods", ylabel="faces")
    axis.tick_params(axis="x", rotation=20 if len(counts) > 5 else 0)
