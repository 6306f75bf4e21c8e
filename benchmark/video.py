"""Faces followed through a video, each with the mean of what is said of it in every frame.

A face is associated from frame to frame by its box (intersection over union, the largest
first). Averaging a network's answers over the frames is how MesoNet's authors judge videos
(Afchar et al., WIFS 2018, section 4.4); here it is done for each face apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..annotations import boxes as box_tools
from ..annotations.boxes import Boxes
from ..annotations.categories import FAKE
from ..annotations.instances import Instances
from ..core.images import Rgb
from .detector import Detector

MIN_SCORE: Final = 0.3  # fainter detections are not followed
MIN_IOU: Final = 0.3  # of a face's boxes in two frames
PATIENCE: Final = 5  # looks at which a face may be missing and still be the same one
SAME_FACE_IOU: Final = 0.5  # two detections of one frame are of one face

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FollowedFace:
    """What is said of one face over the whole video.

    Args:
        id: counts from 1, in the order of appearance, left to right within a frame.
        forged: mean over its frames of how forged it is held, in [0, 1].
        first_frame, last_frame: where it was found first and last, from 0.
        frames: in how many it was found.
    """

    id: int
    forged: float
    first_frame: int
    last_frame: int
    frames: int


@dataclass(frozen=True, eq=False, slots=True)
class Frame:
    """One frame with its faces.

    Args:
        number: from 0.
        picture: (H, W, 3) RGB uint8.
        faces: left to right; ``extra`` has ``forged``, ``id`` and ``mean``, the mean of
            the face's frames so far.
        looked: whether the detector saw this frame; if not, the faces are those of the
            last one that it saw.
    """

    number: int
    picture: Rgb
    faces: Instances
    looked: bool


def follow(
    pictures: Iterable[Rgb],
    detector: Detector,
    follower: Follower,
    *,
    every: int = 1,
    min_score: float = MIN_SCORE,
) -> Iterator[Frame]:
    """Detect and follow, one frame in memory at a time.

    Args:
        follower: takes the faces; it knows them all when the frames end.
        every: the detector sees each ``every``-th frame, beginning with the first.
        min_score: detections below it are left out.
    """
    held: Instances | None = None
    for number, picture in enumerate(pictures):
        looked = held is None or number % every == 0
        if looked:
            (found,) = detector.predict([picture], [number])
            held = follower.step(number, judged(found, min_score))
        assert held is not None
        yield Frame(number, picture, held, looked)


def judged(found: Instances, min_score: float = 0.0) -> Instances:
    """Each face of a frame once, left to right, with how forged it is held.

    A detector may give one face as real and as fake; the surest of such detections stays.
    ``extra["forged"]`` is (1 + f - r) / 2 for its surest fake score f and real score r, 0
    where there is none, as the benchmark's ``label_AUC`` has it.
    """
    scores = np.ones(len(found)) if found.scores is None else found.scores
    kept: list[int] = []
    best = np.zeros((len(found), 2))  # the surest real and fake score of each kept row
    overlap = box_tools.iou(found.boxes, found.boxes)
    for row in _surest_first(found, scores, min_score):
        near = max(kept, key=lambda other: overlap[row, other], default=None)
        home = near if near is not None and overlap[row, near] >= SAME_FACE_IOU else row
        if home == row:
            kept.append(row)
        is_fake = int(found.labels[row] == FAKE)
        best[home, is_fake] = max(best[home, is_fake], scores[row])
    kept.sort(key=lambda row: found.boxes[row].tolist())
    rows = np.array(kept, dtype=np.int64)
    forged = (1 + best[rows, 1] - best[rows, 0]) / 2
    masks = tuple(found.masks[row] for row in kept)
    return Instances(
        found.size, found.boxes[rows], found.labels[rows], masks, scores[rows], {"forged": forged}
    )


def _surest_first(found: Instances, scores: Numbers, min_score: float) -> list[int]:
    """The rows with an area and a score, so sorted that their order in the frame is no matter."""
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    order = np.lexsort((found.labels, *found.boxes.T[::-1], -scores))
    real = (sides > 0).all(axis=1) & (scores >= min_score)
    return [int(row) for row in order if real[row]]


def associate(before: Boxes, now: Boxes, least: float = MIN_IOU) -> NDArray[np.int64]:
    """Which earlier box each box continues, the largest overlaps first.

    Args:
        before: (N, 4) xyxy.
        now: (M, 4) xyxy.
        least: intersection over union, above 0.

    Returns:
        (M,) rows of ``before``, each at most once; -1 for a box that continues none.
    """
    overlap = box_tools.iou(before, now)
    found = np.full(len(now), -1, dtype=np.int64)
    while overlap.size and overlap.max() >= least:
        row, column = np.unravel_index(int(overlap.argmax()), overlap.shape)
        found[column] = row
        overlap[row] = overlap[:, column] = -1
    return found


@dataclass(slots=True)
class _Known:
    """A face on its way through the video."""

    id: int
    first: int
    box: Numbers
    last: int = -1
    count: int = 0
    total: float = 0.0
    missed: int = 0

    def see(self, frame: int, box: Numbers, forged: float) -> None:
        self.box, self.last, self.missed = box, frame, 0
        self.count += 1
        self.total += forged

    @property
    def mean(self) -> float:
        return self.total / self.count


@dataclass(slots=True)
class Follower:
    """Follows faces; takes the frames in order.

    Args:
        least: intersection over union of a face's boxes in two frames.
        patience: looks at which a face may be missing.
    """

    least: float = MIN_IOU
    patience: int = PATIENCE
    _known: list[_Known] = field(default_factory=list)
    _active: list[_Known] = field(default_factory=list)

    def step(self, frame: int, faces: Instances) -> Instances:
        """The faces with ``extra`` ``id`` and ``mean`` added; they carry ``forged``."""
        boxes = np.array([face.box for face in self._active]).reshape(-1, 4)
        rows = associate(boxes, faces.boxes, self.least)
        seen = [
            self._active[row] if row >= 0 else self._begin(frame, box)
            for row, box in zip(rows.tolist(), faces.boxes, strict=True)
        ]
        for face in self._active:
            face.missed += 1
        for face, box, forged in zip(seen, faces.boxes, faces.extra["forged"], strict=True):
            face.see(frame, box, float(forged))
        new = [face for face in seen if face.first == frame]
        still = [face for face in self._active if face.missed <= self.patience]
        self._active = still + new
        return _with(faces, seen)

    def _begin(self, frame: int, box: Numbers) -> _Known:
        face = _Known(len(self._known) + 1, frame, box)
        self._known.append(face)
        return face

    def faces(self) -> list[FollowedFace]:
        """All faces so far, by id."""
        return [
            FollowedFace(face.id, face.mean, face.first, face.last, face.count)
            for face in self._known
        ]


def _with(faces: Instances, seen: list[_Known]) -> Instances:
    extra = {
        **faces.extra,
        "id": np.array([face.id for face in seen], dtype=np.int64),
        "mean": np.array([face.mean for face in seen], dtype=np.float64),
    }
    return Instances(faces.size, faces.boxes, faces.labels, faces.masks, faces.scores, extra)
