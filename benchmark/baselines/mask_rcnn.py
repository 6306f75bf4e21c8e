"""``mask-rcnn``: torchvision's Mask R-CNN with a ResNet-FPN, for real and fake faces.

He, Gkioxari, Dollár, Girshick, ICCV 2017. With weights to start from, the statistics of the
batch normalisation, the stem and the first stage stay as they are. Without, group
normalisation takes its place in the trunk, the pyramid and the mask head, and everything is
trained (He, Girshick, Dollár, *Rethinking ImageNet Pre-training*, ICCV 2019): with frozen
statistics that were never measured a training diverges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from torch import Tensor, nn
from torchvision.models import resnet
from torchvision.models.detection import MaskRCNN as TorchvisionMaskRCNN
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.rpn import RPNHead
from torchvision.ops import FrozenBatchNorm2d, MultiScaleRoIAlign

from ...annotations.categories import NAMES
from ...annotations.instances import Instances
from ...core.images import Rgb
from .face_crops import IMAGENET_MEAN, IMAGENET_STD
from .mask_rcnn_parameters import MaskRcnnParameters
from .network import Network, Target, predicting, to_tensor
from .pasting import to_instances
from .precise_boxes import PreciseAnchors, with_precise_boxes
from .resizing import LongSide
from .torchvision_weights import load_torchvision

Norm = Callable[[int], nn.Module]

LEVELS: Final = 5
_STAGES: Final = {f"layer{stage}": str(stage - 1) for stage in (1, 2, 3, 4)}
_RATIOS: Final = ((0.5, 1.0, 2.0),) * LEVELS


class MaskRcnn(Network):
    """The network of the ``mask-rcnn`` baseline, with fresh weights."""

    def __init__(self, parameters: MaskRcnnParameters) -> None:
        super().__init__()
        self.parameters_of_row = parameters
        self.model = _model(parameters)
        self.model.transform = LongSide(parameters.side, parameters.jitter)
        # What the released weights were trained with.
        self.model.transform.image_mean = list(IMAGENET_MEAN)
        self.model.transform.image_std = list(IMAGENET_STD)
        if parameters.norm_used == "frozen":
            _freeze(self.model.backbone.body)

    def load_start(self) -> None:
        """Take the weights of a ResNet for ImageNet, or of a Mask R-CNN for COCO."""
        given = self.parameters_of_row
        if given.weights is not None:
            load_torchvision(self.model, given.weights, given.sha256)

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """Mask R-CNN's five losses."""
        shifted = [{**target, "labels": target["labels"] + 1} for target in targets]
        found: dict[str, Tensor] = self.model([image / 255 for image in images], shifted)
        return found

    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:  # noqa: ARG002 - a network needs no ids
        """One ``Instances`` per image; each is computed alone, whatever the batch."""
        with predicting(self):
            return [self._predict(image) for image in images]

    def _predict(self, image: Rgb) -> Instances:
        pixels = to_tensor(image).to(next(self.parameters()).device)
        found = self.model([pixels / 255])[0]
        return to_instances(
            image.shape[:2], found["boxes"], found["labels"] - 1, found["scores"], found["masks"]
        )


def _model(parameters: MaskRcnnParameters) -> TorchvisionMaskRCNN:
    channels, classes = parameters.channels, len(NAMES) + 1
    sizes = tuple((parameters.anchor * 2**level,) for level in range(LEVELS))
    anchors = PreciseAnchors(sizes, _RATIOS)
    heads = group_norm if parameters.norm_used == "group" else None
    model = TorchvisionMaskRCNN(
        _trunk(parameters),
        rpn_anchor_generator=anchors,
        rpn_head=RPNHead(channels, anchors.num_anchors_per_location()[0]),
        rpn_pre_nms_top_n_train=2 * parameters.proposals,
        rpn_pre_nms_top_n_test=parameters.proposals,
        rpn_post_nms_top_n_train=parameters.proposals,
        rpn_post_nms_top_n_test=parameters.proposals,
        box_head=TwoMLPHead(channels * 7 * 7, 4 * channels),
        box_predictor=FastRCNNPredictor(4 * channels, classes),
        box_score_thresh=parameters.min_score,
        box_detections_per_img=parameters.max_faces,
        box_batch_size_per_image=parameters.samples,
        mask_roi_pool=MultiScaleRoIAlign(list(_STAGES.values()), 14, 2),
        mask_head=MaskRCNNHeads(channels, (channels,) * 4, 1, heads),
        mask_predictor=MaskRCNNPredictor(channels, channels, classes),
    )
    return with_precise_boxes(model)


def _trunk(parameters: MaskRcnnParameters) -> BackboneWithFPN:
    norm: Norm = _NORMS[parameters.norm_used]
    block, blocks = _DEPTHS[parameters.depth]
    body = _ResNet(block, blocks, norm, parameters.width)
    pyramid = None if parameters.norm_used == "frozen" else norm
    return BackboneWithFPN(body, _STAGES, body.widths, parameters.channels, norm_layer=pyramid)


class _ResNet(resnet.ResNet):
    """torchvision's, with stages narrower than published where ``width`` is below 1."""

    def __init__(self, block: Any, blocks: list[int], norm: Norm, width: float) -> None:  # noqa: ANN401 - torchvision's classes
        self.width = width
        self.widths: list[int] = []  # channels that come out of each stage
        super().__init__(block, blocks, norm_layer=norm)
        del self.fc

    def _make_layer(self, block: Any, planes: int, *given: Any, **named: Any) -> nn.Sequential:  # noqa: ANN401 - torchvision's signature
        narrow = round(planes * self.width)
        stage: nn.Sequential = super()._make_layer(block, narrow, *given, **named)
        self.widths.append(narrow * block.expansion)
        return stage


# Depth → the block and how many of it each stage has (He et al., CVPR 2016).
_DEPTHS: Final[dict[int, tuple[Any, list[int]]]] = {
    18: (resnet.BasicBlock, [2, 2, 2, 2]),
    34: (resnet.BasicBlock, [3, 4, 6, 3]),
    50: (resnet.Bottleneck, [3, 4, 6, 3]),
    101: (resnet.Bottleneck, [3, 4, 23, 3]),
    152: (resnet.Bottleneck, [3, 8, 36, 3]),
}


def _freeze(body: nn.Module) -> None:
    """The stem and the first stage keep their weights."""
    for name, value in body.named_parameters():
        if name.startswith(("conv1", "layer1")):
            value.requires_grad_(False)


def group_norm(channels: int) -> nn.GroupNorm:
    """32 groups, as Wu and He have it (ECCV 2018); fewer where layers are narrow or odd."""
    wanted = min(32, channels // 2)
    groups = next(count for count in range(wanted, 0, -1) if channels % count == 0)
    return nn.GroupNorm(groups, channels)


_NORMS: Final[dict[str, Norm]] = {
    "frozen": FrozenBatchNorm2d,
    "batch": nn.BatchNorm2d,
    "group": group_norm,
}
