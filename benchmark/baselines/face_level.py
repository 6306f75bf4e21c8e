"""What networks that judge single faces have in common: the faces come from elsewhere.

Training takes the true boxes, jittered; prediction the faces that a *finder* gives, which
may be any detector. The answer keeps the finder's box and, where the network does not
segment, its mask; the label is the network's, and the score is that of both.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import torch
from torch import Tensor, nn
from torchvision.ops import nms

from ...annotations.categories import FAKE, REAL
from ...annotations.instances import Instances
from ...annotations.masks import Rle, area
from ...core.errors import UsageError
from ...core.images import Rgb
from ..detector import Detector
from .face_crops import crop, crop_each, jittered, windows
from .frozen import Drawing
from .labelling import labelled
from .network import Network, Target, predicting, to_tensor, zero_loss
from .pasting import from_columns, paste

_AT_ONCE: Final = 32  # faces judged together
# A finder with two classes may find one face as real and as fake.
_SAME_FACE_IOU: Final = 0.6


# Faces, their labels, and what gives their regions → losses.
FaceLosses = Callable[[Tensor, Tensor, Callable[[], Tensor]], dict[str, Tensor]]


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """What a network says of n faces.

    Args:
        fake: (n,) probability that each is forged.
        regions: (n, S, S) probability that a pixel of its window is forged, or None.
    """

    fake: Tensor
    regions: Tensor | None = None


class FaceLevelNetwork(Network):
    """A network that judges faces, each in a square window resized to one size.

    Args:
        side: pixels, of a face as the network sees it.
        margin: side of the window over the longer side of the face's box.
        balanced: whether training takes as many real faces of a picture as it has forged ones.
    """

    loss_names: ClassVar[tuple[str, ...]]  # the keys of ``face_losses``

    def __init__(self, side: int, margin: float, *, balanced: bool = False) -> None:
        super().__init__()
        self.side, self.margin = side, margin
        self.seen_in_training = SeenInTraining(balanced=balanced)
        # In a tuple, torch does not take a finder for a part of this network.
        self._finder: tuple[Detector, ...] = ()

    def use_faces(self, finder: Detector) -> None:
        """Choose what finds the faces; it is no part of the network and of its weights."""
        self._finder = (finder,)

    @abstractmethod
    def face_losses(
        self, faces: Tensor, labels: Tensor, regions: Callable[[], Tensor]
    ) -> dict[str, Tensor]:
        """The losses of n ≥ 1 faces, each a scalar, named as in ``loss_names``.

        Args:
            faces: (n, 3, S, S) float32 in [0, 255].
            labels: (n,) 0 real, 1 fake.
            regions: gives the share (n, S, S) of each pixel that is of the face itself.
        """

    def face_attack_losses(
        self, faces: Tensor, labels: Tensor, regions: Callable[[], Tensor]
    ) -> dict[str, Tensor]:
        """What an attack raises: ``face_losses``, unless one of them can rise without an error."""
        return self.face_losses(faces, labels, regions)

    @abstractmethod
    def judge(self, faces: Tensor) -> Verdict:
        """What it says of (n, 3, S, S) faces in [0, 255]."""

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """The losses over the true faces; their boxes are jittered in training mode."""
        return self._over_faces(self.face_losses, images, targets)

    def attack_losses(
        self, images: Sequence[Tensor], targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        """``losses``, by what ``face_attack_losses`` says of the faces."""
        return self._over_faces(self.face_attack_losses, images, targets)

    def _over_faces(
        self, losses: FaceLosses, images: Sequence[Tensor], targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        targets = self.seen_in_training(targets)
        seen = [windows(target["boxes"], self.margin) for target in targets]
        if not sum(map(len, seen)):
            return dict.fromkeys(self.loss_names, zero_loss(self))
        pairs = zip(images, seen, strict=True)
        faces = torch.cat([crop(image, boxes, self.side) for image, boxes in pairs])
        labels = torch.cat([target["labels"] for target in targets])
        return losses(faces, labels, lambda: self._regions(targets, seen))

    def _regions(self, targets: Sequence[Target], seen: Sequence[Tensor]) -> Tensor:
        pairs = zip(targets, seen, strict=True)
        return torch.cat([crop_each(target["masks"], boxes, self.side) for target, boxes in pairs])

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:
        """One ``Instances`` per image, of the faces that the finder finds.

        Raises:
            UsageError: nothing has been chosen to find them.
        """
        return self.predict_on(images, self._find(images, image_ids))

    def predict_on(self, images: Sequence[Rgb], faces: Sequence[Instances]) -> list[Instances]:
        """As ``predict``, of the given faces: true ones, or a detector's. Labels are ignored."""
        with predicting(self):
            return [self._predict(*pair) for pair in zip(images, faces, strict=True)]

    def predict_in_training(
        self,
        images: Sequence[Rgb],
        image_ids: Sequence[int],  # noqa: ARG002 - the faces are known
        truths: Sequence[Instances],
    ) -> list[Instances]:
        """Of the true faces: training needs no finder."""
        return self.predict_on(images, truths)

    def _find(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:
        if not self._finder:
            raise UsageError(
                "this network judges faces, and nothing has been chosen to find them",
                expected="a finder: the analyser, or a trained baseline that finds faces",
                mend="On the command line, --faces chooses it; from Python, use_faces()",
            )
        (finder,) = self._finder
        if isinstance(finder, nn.Module):
            # Whoever moves this network does not know of the other one.
            finder.to(self._device)
        # Its answers are its own: mixed precision is asked for this network alone.
        with torch.autocast(self._device.type, enabled=False):
            return finder.predict(images, image_ids)

    @property
    def _device(self) -> torch.device:
        return next(self.parameters()).device

    def _predict(self, image: Rgb, faces: Instances) -> Instances:
        found = _distinct(faces)
        if not len(found):
            return Instances.empty(found.size, scored=True)
        boxes = torch.tensor(found.boxes, dtype=torch.float32, device=self._device)
        seen = windows(boxes, self.margin)
        verdict = self._judge(to_tensor(image).to(self._device), seen)
        labels, scores = labelled(boxes.new_tensor(found.scores), verdict.fake)
        masks = _masks(found, labels, seen, verdict.regions)
        return from_columns(found.size, torch.tensor(found.boxes), labels, scores, masks)

    def _judge(self, image: Tensor, seen: Tensor) -> Verdict:
        parts = [self.judge(crop(image, boxes, self.side)) for boxes in torch.split(seen, _AT_ONCE)]
        regions = [part.regions for part in parts if part.regions is not None]
        fake = torch.cat([part.fake for part in parts]).float()
        return Verdict(fake, torch.cat(regions) if regions else None)


class SeenInTraining(Drawing):
    """What training sees of the true faces; otherwise all of them, as they are.

    Args:
        balanced: whether as many real faces of a picture as it has forged ones.
    """

    def __init__(self, *, balanced: bool) -> None:
        super().__init__()
        self.balanced = balanced

    def forward(self, targets: Sequence[Target]) -> Sequence[Target]:
        """The targets; in training with jittered boxes, of fewer faces where balanced."""
        if not self.training:
            return targets
        if self.balanced:
            targets = [as_many_real(target) for target in targets]
        return [{**target, "boxes": jittered(target["boxes"])} for target in targets]


def as_many_real(target: Target) -> Target:
    """All forged faces of a picture, and as many real ones drawn at random, or at least one."""
    forged, real = (torch.nonzero(target["labels"] == label)[:, 0] for label in (FAKE, REAL))
    drawn = torch.randperm(len(real), device=real.device)[: max(len(forged), 1)]
    rows = torch.cat([forged, real[drawn]])
    return {
        "boxes": target["boxes"][rows],
        "labels": target["labels"][rows],
        "masks": target["masks"][rows],
    }


def _distinct(faces: Instances) -> Instances:
    """The faces with an area, each once, surest first; without scores all count as sure."""
    scores = np.ones(len(faces)) if faces.scores is None else faces.scores
    sides = faces.boxes[:, 2:] - faces.boxes[:, :2]
    rows = np.flatnonzero((sides > 0).all(axis=1))
    kept = nms(torch.tensor(faces.boxes[rows]), torch.tensor(scores[rows]), _SAME_FACE_IOU)
    rows = rows[kept.numpy()]
    masks = tuple(faces.masks[row] for row in rows)
    return Instances(faces.size, faces.boxes[rows], faces.labels[rows], masks, scores[rows])


def _masks(
    found: Instances, labels: Tensor, seen: Tensor, regions: Tensor | None
) -> tuple[Rle, ...]:
    """The forged region of a fake face where the network gives one, else the finder's mask."""
    if regions is None:
        return found.masks
    rows = zip(found.masks, labels.tolist(), seen, regions, strict=True)
    return tuple(
        _segmented(region, window, found.size, mask) if label == FAKE else mask
        for mask, label, window, region in rows
    )


def _segmented(region: Tensor, window: Tensor, size: tuple[int, int], otherwise: Rle) -> Rle:
    mask = paste(region[None].float(), window, size)
    return mask if area(mask) else otherwise
