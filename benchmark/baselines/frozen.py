"""What training does otherwise than prediction, beside computing losses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.dropout import _DropoutNd
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import StochasticDepth


class Noise(nn.Module):
    """Base of what makes a network's layers noisy in training mode alone."""


class Drawing(nn.Module):
    """Base of what draws scales, boxes or faces at random in training mode alone."""


# Statistics of the batch, units left out, noise.
NOISY: Final = (_NormBase, _DropoutNd, StochasticDepth, Noise)
# And what decides which picture the layers see.
DRAWN: Final = (GeneralizedRCNNTransform, Drawing)


@contextmanager
def losing(network: nn.Module, frozen: tuple[type[nn.Module], ...]) -> Iterator[None]:
    """Training mode, in which networks give losses, but for some modules; then as it was.

    Args:
        frozen: kinds of modules that behave as in prediction.
    """
    modes = [(module, module.training) for module in network.modules()]
    try:
        for module, _ in modes:
            module.training = not isinstance(module, frozen)
        yield
    finally:
        for module, mode in modes:
            module.training = mode
