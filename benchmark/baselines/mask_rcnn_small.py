"""``mask-rcnn-small``: torchvision's Mask R-CNN, small enough to train on a laptop.

Faces are found and segmented on the shrunken picture by a Mask R-CNN with one class; real
and fake are told by the forensic head, on the full-resolution pixels of each face found.
Batch normalisation is trained, not frozen: there are no weights to start from.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import paste_mask_in_image
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform, resize_boxes
from torchvision.models.mobilenetv3 import mobilenet_v3_small
from torchvision.ops import MultiScaleRoIAlign

from ...annotations.categories import FAKE, REAL
from ...annotations.instances import Instances
from ...annotations.masks import Rle, encode
from ...core.images import Rgb
from .forensic import ForensicHead
from .network import Network, Target, to_tensor
from .parameters import MaskRcnnSmallParameters

# MobileNetV3-Small: block index → channels, at strides 4, 8, 16 and 32.
_LEVELS: Final = {1: 16, 3: 24, 8: 48, 11: 96}
# Sides of the anchors in pixels, level by level; the fifth level is the fourth, pooled.
_ANCHORS: Final = ((13, 18), (26, 37), (52, 74), (105, 148), (210, 297))
_ASPECT: Final = 1.25  # height over width of a face's box
_WITH_FACE: Final = 0.9  # share of training windows that are drawn around a face
_INSIDE: Final = 0.35  # share of a face's box that must lie in a window for it to count
_KEPT: Final = {"train": 300, "test": 150}  # proposals before and after suppression


class LongSide(GeneralizedRCNNTransform):
    """Resizes by the longer side and leaves predicted masks small.

    torchvision's own pastes every mask to the picture's size at once.

    Args:
        side: pixels, of the longer side.
        jitter: training scales ``side`` by 1 ± so much.
        window: pixels; training sees a random square of so many of the resized picture,
            most often one with a face; the whole picture where it is None.
    """

    def __init__(self, side: int, jitter: float, window: int | None = None) -> None:
        super().__init__(side, side, [0.5] * 3, [0.25] * 3)
        self.jitter, self.window = jitter, window

    def resize(self, image: Tensor, target: Any = None) -> tuple[Tensor, Any]:  # noqa: ANN401 - torchvision's signature
        """Resize a (3, H, W) image and its target; in training to a jittered scale."""
        scale = self.max_size / max(image.shape[-2:])
        if self.training:
            scale *= 1 + self.jitter * _uniform(-1, 1)
        if self.training and self.window is not None and target is not None:
            image, target = _random_window(image, target, self.window / scale)
        height, width = image.shape[-2:]
        size = [max(1, round(height * scale)), max(1, round(width * scale))]
        image = F.interpolate(image[None], size, mode="bilinear", antialias=True)[0]
        if target is not None:
            target["boxes"] = resize_boxes(target["boxes"], [height, width], size)
            target["masks"] = _resize_masks(target["masks"], size)
        return image, target

    def postprocess(
        self,
        result: list[dict[str, Tensor]],
        image_shapes: list[tuple[int, int]],
        original_image_sizes: list[tuple[int, int]],
    ) -> list[dict[str, Tensor]]:
        """Scale the boxes back to the pictures as given; masks stay relative to their boxes."""
        sizes = zip(image_shapes, original_image_sizes, strict=True)
        for found, (shape, size) in zip(result, sizes, strict=False):
            found["boxes"] = resize_boxes(found["boxes"], list(shape), list(size))
        return result


def _uniform(low: float, high: float) -> float:
    return float(torch.empty(1).uniform_(low, high))


def _random_window(
    image: Tensor, target: dict[str, Tensor], side: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """A square of at most ``side`` pixels with the faces of which enough is inside."""
    boxes = target["boxes"]
    near = None
    if len(boxes) and _uniform(0, 1) < _WITH_FACE:
        near = boxes[int(torch.randint(len(boxes), ())), :].tolist()
    height, width = image.shape[-2:]
    left, right = _span(width, side, None if near is None else (near[0], near[2]))
    top, bottom = _span(height, side, None if near is None else (near[1], near[3]))
    frame = boxes.new_tensor([left, top, right, bottom])
    inside = torch.cat(
        [torch.maximum(boxes[:, :2], frame[:2]), torch.minimum(boxes[:, 2:], frame[2:])], dim=1
    )
    sides = (inside[:, 2:] - inside[:, :2]).clamp(min=0)
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    kept = (sides.prod(dim=1) >= _INSIDE * whole) & (sides > 0).all(dim=1)
    return image[:, top:bottom, left:right], {
        "boxes": inside[kept] - frame[:2].repeat(2),
        "labels": target["labels"][kept],
        "masks": target["masks"][kept][:, top:bottom, left:right],
    }


def _span(length: int, side: float, face: tuple[float, float] | None) -> tuple[int, int]:
    """Where a window begins and ends along one axis; the face's middle is in it."""
    size = min(length, max(1, math.ceil(side)))
    low, high = 0, length - size
    if face is not None:
        middle = int((face[0] + face[1]) / 2)
        low, high = max(low, middle - size + 1), min(high, middle)
    start = int(torch.randint(low, max(low, high) + 1, ()))
    return start, start + size


def _resize_masks(masks: Tensor, size: list[int]) -> Tensor:
    if not len(masks):
        return masks.new_zeros((0, *size))
    return F.interpolate(masks[:, None].float(), size)[:, 0].byte()


class MaskRcnnSmall(Network):
    """The network of the ``mask-rcnn-small`` baseline, with fresh weights."""

    def __init__(self, parameters: MaskRcnnSmallParameters) -> None:
        super().__init__()
        self.finder = _finder(parameters)
        self.finder.transform = LongSide(parameters.side, parameters.jitter, parameters.window)
        # Depthwise convolutions are a fifth faster on processors this way.
        self.finder.to(memory_format=torch.channels_last)
        self.forensic = ForensicHead(parameters.channels, parameters.crop)
        self.trained = parameters.trained

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """Mask R-CNN's five losses for faces, and the forensic head's two.

        The two share no weights; where ``trained`` names one of them, only its losses.
        """
        found: dict[str, Tensor] = {}
        if self.trained != "forensic":
            faces = [{**target, "labels": torch.ones_like(target["labels"])} for target in targets]
            found |= self.finder([image / 255 for image in images], faces)
        if self.trained != "finder":
            found |= self.forensic.losses(images, targets)
        return found

    @torch.inference_mode()
    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:  # noqa: ARG002 - a network needs no ids
        """One ``Instances`` per image; each is computed alone, whatever the batch."""
        training = self.training
        self.eval()
        try:
            return [self._predict(image) for image in images]
        finally:
            self.train(training)

    def _predict(self, image: Rgb) -> Instances:
        pixels = to_tensor(image).to(self.forensic.bank.device)
        found = self.finder([pixels / 255])[0]
        if not len(found["boxes"]):
            return Instances.empty(image.shape[:2], scored=True)
        logits, _ = self.forensic([pixels], [found["boxes"]])
        return _to_instances(image.shape[:2], found, torch.sigmoid(logits))


def _to_instances(size: tuple[int, int], found: dict[str, Tensor], fake: Tensor) -> Instances:
    """One row per face: its likelier label, scored by face and label together."""
    rows = zip(found["masks"], found["boxes"], strict=True)
    certainty = torch.maximum(fake, 1 - fake)
    scores = (found["scores"] * certainty).double().cpu().numpy()
    return Instances(
        size,
        found["boxes"].double().cpu().numpy(),
        np.where((fake >= 0.5).cpu().numpy(), FAKE, REAL).astype(np.int64),
        tuple(_paste(mask, box, size) for mask, box in rows),
        np.clip(scores, 0, 1),
    )


def _paste(mask: Tensor, box: Tensor, size: tuple[int, int]) -> Rle:
    """One (1, M, M) mask at its box in a picture; one picture-sized array at a time."""
    mask, box = mask.cpu()[0], box.cpu()
    padded = F.pad(mask, (1, 1, 1, 1))
    scale = padded.shape[-1] / mask.shape[-1]
    centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * scale
    grown = torch.cat([centre - half, centre + half]).to(torch.int64)
    pasted = paste_mask_in_image(padded, grown, *size)
    return encode((pasted >= 0.5).numpy())


def _finder(parameters: MaskRcnnSmallParameters) -> MaskRCNN:
    channels = parameters.channels
    anchors = AnchorGenerator(_ANCHORS, ((_ASPECT,),) * len(_ANCHORS))
    levels = [str(level) for level in range(len(_LEVELS))]
    return MaskRCNN(
        _trunk(channels),
        rpn_anchor_generator=anchors,
        rpn_head=_rpn_head(channels),
        rpn_pre_nms_top_n_train=_KEPT["train"],
        rpn_post_nms_top_n_train=_KEPT["train"],
        rpn_pre_nms_top_n_test=_KEPT["test"],
        rpn_post_nms_top_n_test=_KEPT["test"],
        rpn_fg_iou_thresh=0.6,
        box_roi_pool=MultiScaleRoIAlign(levels, 7, 2),
        box_head=TwoMLPHead(channels * 7 * 7, 2 * channels),
        box_predictor=FastRCNNPredictor(2 * channels, 2),
        box_score_thresh=parameters.min_score,
        box_detections_per_img=parameters.max_faces,
        box_batch_size_per_image=64,
        mask_roi_pool=MultiScaleRoIAlign(levels, 14, 2),
        mask_head=MaskRCNNHeads(channels, (channels, channels), 1, _group_norm),
        mask_predictor=MaskRCNNPredictor(channels, channels, 2),
    )


def _trunk(channels: int) -> BackboneWithFPN:
    features = mobilenet_v3_small(weights=None, norm_layer=_batch_norm).features[: max(_LEVELS) + 1]
    returned = {str(block): str(level) for level, block in enumerate(_LEVELS)}
    trunk = BackboneWithFPN(
        features, returned, list(_LEVELS.values()), channels, norm_layer=_group_norm
    )
    for block in trunk.fpn.layer_blocks:
        block[0] = _separable(channels)
    return trunk


def _rpn_head(channels: int) -> RPNHead:
    head = RPNHead(channels, len(_ANCHORS[0]))
    head.conv[0][0] = _separable(channels)
    return head


def _separable(channels: int) -> nn.Sequential:
    """A 3 x 3 convolution in two steps, within channels and across them.

    On the finest level of the pyramid, whole ones cost more than all of the trunk.
    """
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
        nn.Conv2d(channels, channels, 1),
    )


def _batch_norm(channels: int) -> nn.BatchNorm2d:
    # torchvision's momentum of 0.01 for this trunk would need hundreds of steps before
    # the running statistics mean anything.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


def _group_norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(8, channels)
