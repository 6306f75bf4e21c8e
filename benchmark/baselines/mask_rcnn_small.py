"""``mask-rcnn-small``: torchvision's Mask R-CNN, small enough to train on a laptop.

Faces are found and segmented on the shrunken picture by a Mask R-CNN with one class; real
and fake are told by the forensic head, on the full-resolution pixels of each face found.
Batch normalisation is trained, not frozen: there are no weights to start from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

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
from .network import LossKind, Network, Target, to_tensor
from .parameters import MaskRcnnSmallParameters

# MobileNetV3-Small: block index → channels, at strides 4, 8, 16 and 32.
_LEVELS: Final = {1: 16, 3: 24, 8: 48, 11: 96}
# Sides of the anchors in pixels, level by level; the fifth level is the fourth, pooled.
_ANCHORS: Final = ((13, 18), (26, 37), (52, 74), (105, 148), (210, 297))
_ASPECT: Final = 1.25  # height over width of a face's box
_KEPT: Final = {"train": 300, "test": 150}  # proposals before and after suppression


class LongSide(GeneralizedRCNNTransform):
    """Resizes by the longer side and leaves predicted masks small.

    torchvision's own pastes every mask to the picture's size at once.
    """

    def __init__(self, side: int, jitter: float) -> None:
        super().__init__(side, side, [0.5] * 3, [0.25] * 3)
        self.jitter = jitter

    def resize(self, image: Tensor, target: Any = None) -> tuple[Tensor, Any]:  # noqa: ANN401 - torchvision's signature
        """Resize a (3, H, W) image and its target; in training to a jittered scale."""
        height, width = image.shape[-2:]
        scale = self.max_size / max(height, width)
        if self.training:
            scale *= 1 + self.jitter * float(torch.empty(1).uniform_(-1, 1))
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


def _resize_masks(masks: Tensor, size: list[int]) -> Tensor:
    if not len(masks):
        return masks.new_zeros((0, *size))
    return F.interpolate(masks[:, None].float(), size)[:, 0].byte()


class MaskRcnnSmall(Network):
    """The network of the ``mask-rcnn-small`` baseline, with fresh weights."""

    # The finder has one class, so its classifier tells faces from background.
    loss_kinds: ClassVar[Mapping[str, LossKind]] = {"loss_classifier": "box"}

    def __init__(self, parameters: MaskRcnnSmallParameters) -> None:
        super().__init__()
        self.finder = _finder(parameters)
        self.finder.transform = LongSide(parameters.side, parameters.jitter)
        # Depthwise convolutions are a fifth faster on processors this way.
        self.finder.to(memory_format=torch.channels_last)
        self.forensic = ForensicHead(parameters.channels, parameters.crop)

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """Mask R-CNN's five losses for faces, and the forensic head's two."""
        faces = [{**target, "labels": torch.ones_like(target["labels"])} for target in targets]
        found: dict[str, Tensor] = self.finder([image / 255 for image in images], faces)
        return {**found, **self.forensic.losses(images, targets)}

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
        rpn_head=RPNHead(channels, len(_ANCHORS[0])),
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
    return BackboneWithFPN(
        features, returned, list(_LEVELS.values()), channels, norm_layer=_group_norm
    )


def _batch_norm(channels: int) -> nn.BatchNorm2d:
    # torchvision's momentum of 0.01 for this trunk would need hundreds of steps before
    # the running statistics mean anything.
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1)


def _group_norm(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(8, channels)
