"""A video's faces, followed from frame to frame, and one verdict on each.

The verdict is the mean over the frames, as MesoNet has it (Afchar, Nozick, Yamagishi,
Echizen, WIFS 2018, section 4.3), face by face, since a frame may show several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..annotations import boxes
from ..annotations.categories import FAKE, REAL
from ..annotations.instances import Instances
from ..core.errors import DataError

MIN_IOU: Final = 0.3  # of one face's boxes in two frames
MAX_GAP: Final = 5  # frames that a face may be missed in

Ids = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class VideoFace:
    """One face of a video.

    Args:
        track: its number, as ``follow`` gives it.
        frames: in which it is seen, rising.
        label: 0 real, 1 fake.
        score: of that label, in [0, 1].
    """

    track: int
    frames: tuple[int, ...]
    label: int
    score: float


def follow(
    frames: Sequence[Instances], *, min_iou: float = MIN_IOU, max_gap: int = MAX_GAP
) -> list[Ids]:
    """Number the faces of a video, from 0, in the order in which they appear.

    In each frame the pairs that overlap most go together first. A face that is not seen
    for more than ``max_gap`` frames comes back as another one.

    Returns:
        For each frame the numbers (N,) of its rows.
    """
    seen: dict[int, tuple[int, NDArray[np.float64]]] = {}  # track → last frame and box there
    count = 0
    ids: list[Ids] = []
    for number, frame in enumerate(frames):
        near = {key: box for key, (last, box) in seen.items() if number - last <= max_gap + 1}
        rows = _continued(near, frame.boxes, min_iou)
        for row in np.flatnonzero(rows < 0):
            rows[row], count = count, count + 1
        seen.update({int(key): (number, frame.boxes[row]) for row, key in enumerate(rows)})
        ids.append(rows)
    return ids


def _continued(
    near: dict[int, NDArray[np.float64]], found: NDArray[np.float64], min_iou: float
) -> Ids:
    """The track (N,) of each found box, or -1: greedily, the largest overlap first."""
    rows = np.full(len(found), -1, dtype=np.int64)
    if not near or not len(found):
        return rows
    keys = np.array(list(near))
    overlap = boxes.iou(np.array(list(near.values())), found)
    while overlap.max() >= min_iou:
        track, row = np.unravel_index(np.argmax(overlap), overlap.shape)
        rows[row] = keys[track]
        overlap[track], overlap[:, row] = -1, -1
    return rows


def faces_of_video(frames: Sequence[Instances], ids: Sequence[Ids]) -> list[VideoFace]:
    """The faces of a video with one label and score each, by track.

    The scores for fake and those for real are averaged over the frames in which the face
    is seen, a frame counting 0 for the label that it does not give; the higher mean wins,
    fake where they are equal.

    Args:
        frames: predictions, with scores.
        ids: as ``follow`` gives them for these frames.

    Raises:
        DataError: a frame has no scores.
    """
    if not frames:
        return []
    number = np.repeat(np.arange(len(frames)), [len(frame) for frame in frames])
    track, label = np.concatenate(ids), np.concatenate([frame.labels for frame in frames])
    score = np.concatenate([_scores(frame) for frame in frames])
    rows = (track == face for face in np.unique(track))
    return [_judged(int(track[own][0]), number[own], label[own], score[own]) for own in rows]


def _scores(frame: Instances) -> NDArray[np.float64]:
    if frame.scores is None:
        raise DataError("a verdict on a video needs scores", got="faces without scores")
    return frame.scores


def _judged(
    track: int,
    frames: NDArray[np.int64],
    labels: NDArray[np.int64],
    scores: NDArray[np.float64],
) -> VideoFace:
    fake, real = (float((scores * (labels == label)).mean()) for label in (FAKE, REAL))
    label = FAKE if fake >= real else REAL
    return VideoFace(track, tuple(frames.tolist()), label, max(fake, real))


def averaged(
    frames: Sequence[Instances], *, min_iou: float = MIN_IOU, max_gap: int = MAX_GAP
) -> list[Instances]:
    """A video's predictions with the label and score of the whole video on each face.

    Boxes and masks stay those of the frame; the extra column ``track`` numbers the faces.
    """
    ids = follow(frames, min_iou=min_iou, max_gap=max_gap)
    faces = faces_of_video(frames, ids)
    labels = np.array([face.label for face in faces], dtype=np.int64)
    scores = np.array([face.score for face in faces], dtype=np.float64)
    return [
        replace(
            frame, labels=labels[rows], scores=scores[rows], extra={**frame.extra, "track": rows}
        )
        for frame, rows in zip(frames, ids, strict=True)
    ]
