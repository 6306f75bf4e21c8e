"""Pictures and videos with the found faces drawn in, for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from ..annotations.categories import FAKE, REAL
from ..annotations.instances import Instances
from ..core.images import Rgb
from .report.drawing import FAKE_COLOUR, REAL_COLOUR, draw_faces

FONT: Final = cv2.FONT_HERSHEY_SIMPLEX
_PAD: Final = 4  # pixels around a caption's text


def annotate(picture: Rgb, faces: Instances, min_score: float = 0.0) -> Rgb:
    """The faces of at least ``min_score`` outlined, each with its label and score.

    Green is real, red is fake; a caption stands above its face, or inside where there is
    no room above.
    """
    if faces.scores is not None:
        faces = faces[np.flatnonzero(faces.scores >= min_score)]
    return _drawn(picture, faces, [_text(faces, row) for row in range(len(faces))])


def annotate_followed(picture: Rgb, faces: Instances) -> Rgb:
    """The followed faces of a video's frame, each with its number and its mean so far.

    A face is red where its mean over the frames so far is on the forged side, so that its
    colour does not flicker with single frames.

    Args:
        faces: with ``extra`` ``id`` and ``mean``, as ``video.Follower`` gives them.
    """
    ids, means = faces.extra["id"], faces.extra["mean"]
    labels = np.where(means >= 0.5, FAKE, REAL)
    shown = Instances(faces.size, faces.boxes, labels, faces.masks, faces.scores)
    pairs = zip(ids, means, strict=True)
    return _drawn(picture, shown, [f"{id_}: {100 * mean:.0f}% forged" for id_, mean in pairs])


def _drawn(picture: Rgb, faces: Instances, texts: Sequence[str]) -> Rgb:
    shown = draw_faces(picture, faces)
    for row, text in enumerate(texts):
        _caption(shown, faces, row, text)
    return shown


def _text(faces: Instances, row: int) -> str:
    score = "" if faces.scores is None else f" {faces.scores[row]:.2f}"
    return ("fake" if faces.labels[row] == FAKE else "real") + score


def _caption(picture: Rgb, faces: Instances, row: int, text: str) -> None:
    scale = _scale(picture)
    (width, height), base = cv2.getTextSize(text, FONT, scale, 1)
    left, top = (int(value) for value in faces.boxes[row, :2])
    left = max(0, min(left, picture.shape[1] - width - 2 * _PAD))
    tall = height + base + 2 * _PAD
    bottom = top if top >= tall else top + tall
    corner = (left, bottom - tall)
    colour = FAKE_COLOUR if faces.labels[row] == FAKE else REAL_COLOUR
    cv2.rectangle(picture, corner, (left + width + 2 * _PAD, bottom), colour, cv2.FILLED)
    origin = (left + _PAD, bottom - base - _PAD)
    cv2.putText(picture, text, origin, FONT, scale, (255, 255, 255), 1, cv2.LINE_AA)


def _scale(picture: Rgb) -> float:
    """The size of captions: readable where a picture is shown as large as a screen."""
    return float(np.clip(max(picture.shape[:2]) / 1600, 0.4, 2.0))
