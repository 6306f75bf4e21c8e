"""Truth and detections of the same images side by side: computed once, read by every metric."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from ...annotations.categories import NAMES
from ...annotations.columns import Columns
from ...core.progress import Progress, silent
from ..protocol import DEFAULT, Protocol
from .found_faces import FoundFaces, found_faces
from .matching import Matches, match
from .overlaps import Overlaps, overlaps
from .pairs import Faces, Floats, Pairs, Shape

SHAPES: Final[tuple[Shape, ...]] = ("box", "mask", "boundary")


@dataclass(frozen=True, eq=False, slots=True)
class TaskMatches:
    """What was matched with what in one task.

    Args:
        pairs: true faces and detections of every label.
        by_class: matches among the faces of one label, by its name.
        agnostic: matches with labels ignored.
        faces: the true faces as they were found.
    """

    pairs: Pairs
    by_class: Mapping[str, Matches]
    agnostic: Matches
    faces: FoundFaces


@dataclass(frozen=True, eq=False)
class Comparison:
    """Truth and detections of the same images with all their overlaps."""

    truth: Columns
    found: Columns
    overlaps: Overlaps
    protocol: Protocol

    @property
    def truth_area(self) -> Floats:
        """(G,) pixels of the true faces, as the truth states them, else of their masks."""
        stated = self.truth.area
        return np.where(np.isnan(stated), self.overlaps.truth_area, stated)

    def pairs(self, task: Shape, floor: float) -> Pairs:
        """The pairs of a task with an overlap of ``floor`` at least."""
        found = self.found
        box = task == "box"
        area = found.boxes[:, 2] * found.boxes[:, 3] if box else self.overlaps.detection_area
        iou = self.overlaps.iou(task)
        kept = iou >= floor
        return Pairs(
            len(self.truth.ids),
            Faces(self.truth.image, self.truth.label, self.truth_area),
            Faces(found.image, found.label, np.asarray(area, dtype=np.float64)),
            found.scores if found.scores is not None else np.zeros(0),
            self.overlaps.truth[kept],
            self.overlaps.detection[kept],
            iou[kept],
        )

    @cached_property
    def matches(self) -> Mapping[Shape, TaskMatches]:
        """The matches of every task."""
        return {task: self._matches(task) for task in SHAPES}

    def _matches(self, task: Shape) -> TaskMatches:
        pairs = self.pairs(task, self.floor)
        agnostic = match(pairs, self.protocol)
        faces = found_faces(pairs, agnostic, self.protocol)
        return TaskMatches(pairs, self.class_matches(pairs), agnostic, faces)

    def class_matches(self, pairs: Pairs) -> Mapping[str, Matches]:
        """The matches among the faces of each label."""
        return {
            name: match(pairs.of_label(label), self.protocol) for label, name in enumerate(NAMES)
        }

    @property
    def floor(self) -> float:
        """The least overlap that a match can have; COCO takes 1 - 1e-10 for 1."""
        return min(self.protocol.iou_thresholds[0], 1 - 1e-10)


def compare(
    truth: Columns,
    found: Columns,
    protocol: Protocol = DEFAULT,
    *,
    plain: bool = False,
    progress: Progress = silent,
) -> Comparison:
    """All overlaps between truth and detections of the same images.

    Args:
        truth: the true faces.
        found: the detections.
        protocol: the rules.
        plain: leave out boundaries and forged regions.
        progress: reports each block of images.

    Raises:
        DataError: a mask cannot be decoded.
    """
    found_overlaps = overlaps(truth, found, protocol, plain=plain, progress=progress)
    return Comparison(truth, found, found_overlaps, protocol)
