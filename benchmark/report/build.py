"""The report of a result as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ...annotations.columns import columns_of
from ...annotations.instances import Instances
from ...core.files import write_text
from ..protocol import Protocol
from ..results import Result
from ..scoring.comparison import compare
from .data import report_data
from .page import render
from .worst import Loader

FILE: Final = "report.html"


def build_report(
    result: Result,
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    out: Path,
    *,
    images: Loader | None = None,
    ids: Sequence[int] | None = None,
    track: str | None = None,
    title: str | None = None,
) -> Path:
    """Write the page of a result; returns its path.

    Args:
        result: what ``score`` or ``evaluate`` made; may have further tracks.
        truth: the true faces of each image.
        predictions: the scored faces of each image, in the same order.
        out: an ``.html`` file, or a folder that gets ``report.html``.
        images: opens the picture of an image id, to draw the worst ones.
        ids: the images' ids; positions where none are given.
        track: the track of the predictions, by default ``clean``.
        title: names what was scored.

    Raises:
        DataError: a picture is missing, or not of the size that was scored.
    """
    protocol = protocol_of(result)
    comparison = compare(columns_of(truth, ids), columns_of(predictions, ids), protocol)
    data = report_data(result, comparison, images=images, track=track, title=title)
    path = page_path(out)
    write_text(path, render(data))
    return path


def page_path(out: Path) -> Path:
    """Where the page goes: ``out`` itself if it is an HTML file, else inside it."""
    return out if out.suffix.lower() in {".html", ".htm"} else out / FILE


def protocol_of(result: Result) -> Protocol:
    """The result's protocol; what an older version did not have yet has its default."""
    return Protocol.model_validate(
        {name: value for name, value in result.protocol.items() if name in Protocol.model_fields}
    )
