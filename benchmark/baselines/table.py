"""The baselines by name. Importing this does not import torch; building a row does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from ...core.tables import table
from ..training_parameters import TrainingParameters
from .baseline import Baseline
from .parameters import MaskRcnnSmallParameters

if TYPE_CHECKING:
    from .network import Network


def _mask_rcnn_small(parameters: MaskRcnnSmallParameters) -> Network:
    from .mask_rcnn_small import MaskRcnnSmall

    return MaskRcnnSmall(parameters)


BASELINES: Final[Mapping[str, Baseline]] = table(
    (
        Baseline(
            "mask-rcnn-small",
            "1",
            "Mask R-CNN with a MobileNetV3-Small-FPN trunk at 384 px and a forensic head on "
            "full-resolution pixels; trains from scratch on a laptop",
            MaskRcnnSmallParameters,
            TrainingParameters(epochs=15, learning_rate=2e-3),
            _mask_rcnn_small,
        ),
    )
)
