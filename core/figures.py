"""Matplotlib figures as files."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from .interrupts import interrupts_held

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def png_of(figure: Figure) -> bytes:
    """A figure as PNG bytes, which hold no date and no version: the same for the same data.

    A Ctrl-C waits for the figure's end: amid drawing, matplotlib would call it a
    ``ValueError: Invalid bounding box``.
    """
    data = io.BytesIO()
    with interrupts_held():
        figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()
