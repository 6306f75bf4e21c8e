"""The baselines by name. Importing this does not import torch; building a row does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ...core.tables import table
from ..training_parameters import TrainingParameters
from .baseline import Baseline
from .face_parameters import CapsuleParameters, MesoNetParameters, MultitaskParameters
from .mask_rcnn_parameters import Detectron2Parameters, MaskRcnnParameters
from .parameters import MaskRcnnSmallParameters

if TYPE_CHECKING:
    from .network import Network


def _mask_rcnn_small(parameters: MaskRcnnSmallParameters) -> Network:
    from .mask_rcnn_small import MaskRcnnSmall

    return MaskRcnnSmall(parameters)


def _mask_rcnn(parameters: MaskRcnnParameters) -> Network:
    from .mask_rcnn import MaskRcnn

    return MaskRcnn(parameters)


def _mask_rcnn_detectron2(parameters: Detectron2Parameters) -> Network:
    from ..frameworks import require_detectron2

    require_detectron2()
    from .mask_rcnn_detectron2 import MaskRcnnDetectron2

    return MaskRcnnDetectron2(parameters)


def _mesonet(parameters: MesoNetParameters) -> Network:
    from .mesonet import MesoNet

    return MesoNet(parameters)


def _capsule(parameters: CapsuleParameters) -> Network:
    from .capsule import CapsuleForensics

    return CapsuleForensics(parameters)


def _multitask(parameters: MultitaskParameters) -> Network:
    from .multitask import Multitask

    return Multitask(parameters)


BASELINES: Final[Mapping[str, Baseline]] = table(
    (
        Baseline(
            "mask-rcnn-small",
            "2",
            "Mask R-CNN with a MobileNetV3-Small-FPN trunk at 384 px and a forensic head on "
            "full-resolution pixels; trains from scratch on a laptop, and comes trained",
            MaskRcnnSmallParameters,
            TrainingParameters(epochs=15, learning_rate=2e-3),
            _mask_rcnn_small,
        ),
        Baseline(
            "mask-rcnn",
            "1",
            "torchvision's Mask R-CNN, ResNet-50-FPN, real and fake as classes; from scratch, or "
            "from ImageNet's or COCO's weights in a file",
            MaskRcnnParameters,
            TrainingParameters(epochs=24, learning_rate=2e-4, weight_decay=0.05, warmup=200),
            _mask_rcnn,
        ),
        Baseline(
            "mask-rcnn-detectron2",
            "1",
            "Detectron2's Mask R-CNN, ResNet-50-FPN, or any instance segmenter of its model zoo, "
            "with overrides; needs Detectron2",
            Detectron2Parameters,
            TrainingParameters(epochs=24, learning_rate=2e-4, weight_decay=0.05, warmup=200),
            _mask_rcnn_detectron2,
        ),
        Baseline(
            "mesonet",
            "1",
            "Meso-4 or MesoInception-4 (WIFS 2018): 28,000 parameters, on faces that another "
            "detector finds",
            MesoNetParameters,
            TrainingParameters(epochs=30, batch_size=8, learning_rate=1e-3, weight_decay=0),
            _mesonet,
            face_level=True,
        ),
        Baseline(
            "capsule",
            "1",
            "Capsule-Forensics (ICASSP 2019): VGG-19 features, primary capsules, dynamic routing, "
            "on faces that another detector finds",
            CapsuleParameters,
            TrainingParameters(epochs=25, batch_size=8, learning_rate=5e-4, weight_decay=0),
            _capsule,
            face_level=True,
        ),
        Baseline(
            "multitask",
            "1",
            "Y-shaped autoencoder (BTAS 2019) that classifies, segments and reconstructs faces "
            "that another detector finds",
            MultitaskParameters,
            TrainingParameters(epochs=30, batch_size=8, learning_rate=1e-3, weight_decay=5e-4),
            _multitask,
            face_level=True,
        ),
    )
)
