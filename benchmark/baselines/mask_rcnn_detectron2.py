"""``mask-rcnn-detectron2``: any instance segmenter of Detectron2's model zoo, for faces.

Detectron2 builds the network and computes its losses and answers; the training around it is
ours, as for every other baseline. Pictures are resized here, on tensors and with
antialiasing, to the size that Detectron2's own ``ResizeShortestEdge`` would choose: so the
gradient reaches the pixels, and nothing is rounded to bytes in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from detectron2.config import CfgNode
from detectron2.data.transforms import ResizeShortestEdge
from detectron2.layers import paste_masks_in_image
from detectron2.modeling import build_model
from detectron2.structures import BitMasks, Boxes
from detectron2.structures import Instances as D2Instances
from detectron2.utils.events import EventStorage
from torch import Tensor
from torchvision.models.detection.transform import resize_boxes

from ...annotations.instances import Instances
from ...annotations.masks import encode
from ...core.errors import DataError
from ...core.images import Rgb
from ..frameworks import calm_detectron2
from .detectron2_config import make_config
from .detectron2_weights import load_detectron2
from .frozen import Drawing
from .mask_rcnn_parameters import Detectron2Parameters
from .network import Network, Target, predicting, to_tensor
from .pasting import from_columns
from .resizing import resize_image, resize_masks


class MaskRcnnDetectron2(Network):
    """The network of the ``mask-rcnn-detectron2`` baseline, with fresh weights.

    Attributes:
        model: Detectron2's own, whose state its checkpoints hold.
        config: its configuration, frozen.
    """

    def __init__(self, parameters: Detectron2Parameters) -> None:
        super().__init__()
        self.parameters_of_row = parameters
        self.config: CfgNode = make_config(parameters)
        self.sides = Sides(self.config.INPUT, parameters.side, parameters.jitter)
        self.model = _build(self.config)

    def load_start(self) -> None:
        """Take ImageNet's or COCO's weights, in any of the forms that Detectron2 reads."""
        given = self.parameters_of_row
        if given.weights is not None:
            load_detectron2(self.model, given.weights, given.sha256, whole=False)

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """The losses of the configuration: of R-CNN five, of a cascade more."""
        pairs = zip(images, targets, strict=True)
        rows = [self._training_row(image, target) for image, target in pairs]
        try:
            with calm_detectron2(), EventStorage():
                found: dict[str, Tensor] = self.model(rows)
        except FloatingPointError:
            # What Detectron2 says of boxes that are not finite; the trainer has its own words.
            return {"loss_rpn_loc": torch.full((), torch.nan, device=self.model.device)}
        return found

    def _training_row(self, image: Tensor, target: Target) -> dict[str, Any]:
        size = _size(image, *self.sides())
        faces = D2Instances(
            tuple(size),
            gt_boxes=Boxes(resize_boxes(target["boxes"], list(image.shape[-2:]), size)),
            gt_classes=target["labels"],
            gt_masks=BitMasks(resize_masks(target["masks"], size, centred=True)),
        )
        return {"image": self._pixels(image, size), "instances": faces}

    def _pixels(self, image: Tensor, size: list[int]) -> Tensor:
        """A picture as the configuration wants it: 0 to 255, BGR or RGB."""
        resized = resize_image(image.float(), size)
        return resized.flip(0) if self.config.INPUT.FORMAT == "BGR" else resized

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:  # noqa: ARG002 - a network needs no ids
        """One ``Instances`` per image; each is computed alone, whatever the batch."""
        with predicting(self):
            return [self._predict(image) for image in images]

    def _predict(self, image: Rgb) -> Instances:
        pixels = to_tensor(image).to(self.model.device)
        size = _size(pixels, *self.sides())
        row = {"image": self._pixels(pixels, size)}
        with calm_detectron2():
            (found,) = self.model.inference([row], do_postprocess=False)
        return _to_instances(found, (image.shape[0], image.shape[1]))


class Sides(Drawing):
    """The shorter and the longest side that a picture is resized to; in training drawn.

    Args:
        given: the configuration's INPUT.
        side: pixels of the longer side, or None: the configuration's.
        jitter: training scales ``side`` by 1 ± so much.
    """

    def __init__(self, given: CfgNode, side: int | None, jitter: float) -> None:
        super().__init__()
        self.given, self.side, self.jitter = given, side, jitter

    def forward(self) -> tuple[int, int]:
        """Both, in pixels."""
        given = self.given
        if not self.training:
            return given.MIN_SIZE_TEST, given.MAX_SIZE_TEST
        if self.side is None:
            return _drawn(given.MIN_SIZE_TRAIN, given.MIN_SIZE_TRAIN_SAMPLING), given.MAX_SIZE_TRAIN
        longest = round(self.side * (1 + self.jitter * float(torch.empty(1).uniform_(-1, 1))))
        return longest, longest


def _build(config: CfgNode) -> Any:  # noqa: ANN401 - Detectron2 has no types
    try:
        return build_model(config)
    except (AssertionError, KeyError, ValueError, RuntimeError) as error:
        raise DataError(
            "Detectron2 cannot build this configuration",
            got=str(error).strip().splitlines()[0] if str(error) else type(error).__name__,
        ) from error


def _drawn(sizes: Sequence[int], sampling: str) -> int:
    """A shorter side for one training picture, as Detectron2 draws it."""
    if sampling == "range":
        return int(torch.randint(min(sizes), max(sizes) + 1, ()))
    return sizes[int(torch.randint(len(sizes), ()))]


def _size(image: Tensor, short: int, longest: int) -> list[int]:
    height, width = image.shape[-2:]
    if not short:  # Detectron2's word for pictures as they are
        return [height, width]
    found = ResizeShortestEdge.get_output_shape(height, width, short, longest)
    return [max(1, side) for side in found]


def _to_instances(found: D2Instances, size: tuple[int, int]) -> Instances:
    """Detectron2's answer on the resized picture, for the picture as it came.

    As ``detector_postprocess``, but with one picture-sized mask at a time.
    """
    boxes = found.pred_boxes.clone()
    boxes.scale(size[1] / found.image_size[1], size[0] / found.image_size[0])
    boxes.clip(size)
    kept = boxes.nonempty()
    tensor = boxes.tensor[kept]
    masks = tuple(
        encode(paste_masks_in_image(mask, box[None], size)[0].cpu().numpy())
        for mask, box in zip(found.pred_masks[kept], tensor, strict=True)
    )
    return from_columns(size, tensor, found.pred_classes[kept], found.scores[kept], masks)
