"""``mask-rcnn-small``: torchvision's Mask R-CNN, small enough to train on a laptop.

Faces are found and segmented on the shrunken picture by a Mask R-CNN with one class; real
and fake are told by the forensic head, on the full-resolution pixels of each face found.
Batch normalisation is trained, not frozen: there are no weights to start from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

import torch
from torch import Tensor, nn
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead
from torchvision.models.mobilenetv3 import mobilenet_v3_small
from torchvision.ops import MultiScaleRoIAlign

from ...annotations.instances import Instances
from ...core.images import Rgb
from .forensic import ForensicHead
from .labelling import labelled
from .network import LossKind, Network, Target, predicting, to_tensor
from .parameters import MaskRcnnSmallParameters
from .pasting import to_instances
from .precise_boxes import PreciseAnchors, with_precise_boxes
from .resizing import LongSide
from .traces import TraceNetwork

# MobileNetV3-Small: block index → channels, at strides 4, 8, 16 and 32.
_LEVELS: Final = {1: 16, 3: 24, 8: 48, 11: 96}
# Sides of the anchors in pixels, level by level; the fifth level is the fourth, pooled.
_ANCHORS: Final = ((13, 18), (26, 37), (52, 74), (105, 148), (210, 297))
_ASPECT: Final = 1.25  # height over width of a face's box
_SURE: Final = 0.2  # score of a face worth the time that the network of traces takes
_KEPT: Final = {"train": 300, "test": 150}  # proposals before and after suppression


class MaskRcnnSmall(Network):
    """The network of the ``mask-rcnn-small`` baseline, with fresh weights."""

    # The finder has one class, so its classifier tells faces from background.
    loss_kinds: ClassVar[Mapping[str, LossKind]] = {"loss_classifier": "box"}

    def __init__(self, parameters: MaskRcnnSmallParameters) -> None:
        super().__init__()
        self.finder = _finder(parameters)
        self.finder.transform = LongSide(parameters.side, parameters.jitter, parameters.window)
        # Depthwise convolutions are a fifth faster on processors this way.
        self.finder.to(memory_format=torch.channels_last)
        self.forensic = ForensicHead(parameters.channels, parameters.crop)
        self.traces = TraceNetwork(parameters.traces) if parameters.traces else None
        self.trained = parameters.trained

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """Mask R-CNN's five losses for faces, the forensic head's two, and the traces' two.

        They share no weights; where ``trained`` names one of them, only its losses.
        """
        found: dict[str, Tensor] = {}
        if self.trained in {"all", "finder"}:
            found |= self._finder_losses(images, targets)
        if self.trained in {"all", "forensic"}:
            found |= self.forensic.losses(images, targets)
        if self.traces is not None and self.trained in {"all", "traces"}:
            found |= self.traces.losses(images, targets)
        return found

    def _finder_losses(
        self, images: Sequence[Tensor], targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        faces = [{**target, "labels": torch.ones_like(target["labels"])} for target in targets]
        found: dict[str, Tensor] = self.finder([image / 255 for image in images], faces)
        return found

    def attack_losses(
        self, images: Sequence[Tensor], targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        """``losses``, but of the traces only what the true faces' own pixels say."""
        found = self._finder_losses(images, targets) | self.forensic.losses(images, targets)
        if self.traces is not None:
            found["loss_trace_label"] = self.traces.label_loss(images, targets)
        return found

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:  # noqa: ARG002 - a network needs no ids
        """One ``Instances`` per image; each is computed alone, whatever the batch."""
        with predicting(self):
            return [self._predict(image) for image in images]

    def _predict(self, image: Rgb) -> Instances:
        pixels = to_tensor(image).to(self.forensic.bank.device)
        found = self.finder([pixels / 255])[0]
        if not len(found["boxes"]):
            return Instances.empty(image.shape[:2], scored=True)
        logits, _ = self.forensic([pixels], [found["boxes"]])
        if self.traces is not None:
            sure = found["scores"] >= _SURE
            logits[sure] += self.traces.judge(pixels, found["boxes"][sure])
        return _to_instances(image.shape[:2], found, torch.sigmoid(logits))


def _to_instances(size: tuple[int, int], found: dict[str, Tensor], fake: Tensor) -> Instances:
    """One row per face: its likelier label, scored by face and label together."""
    labels, scores = labelled(found["scores"], fake)
    return to_instances(size, found["boxes"], labels, scores, found["masks"])


def _finder(parameters: MaskRcnnSmallParameters) -> MaskRCNN:
    channels = parameters.channels
    anchors = PreciseAnchors(_ANCHORS, ((_ASPECT,),) * len(_ANCHORS))
    levels = [str(level) for level in range(len(_LEVELS))]
    finder = MaskRCNN(
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
    return with_precise_boxes(finder)


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
