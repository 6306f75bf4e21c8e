"""``mesonet``: Meso-4 and MesoInception-4.

Afchar, Nozick, Yamagishi, Echizen, *MesoNet: a Compact Facial Video Forgery Detection
Network*, WIFS 2018. The layers, their order and the squared error are those of the paper
and of its authors' code; so is the way in which Keras draws weights.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .face_level import FaceLevelNetwork, Verdict
from .face_parameters import MesoNetParameters


class MesoNet(FaceLevelNetwork):
    """The network of the ``mesonet`` baseline, with fresh weights."""

    loss_names: ClassVar[tuple[str, ...]] = ("loss_label",)

    def __init__(self, parameters: MesoNetParameters) -> None:
        super().__init__(parameters.side, parameters.margin, balanced=parameters.balanced)
        first, second = _FIRST_TWO[parameters.variant]()
        self.features = nn.Sequential(
            *first, *_pooled(_width(first), 2),
            *second, *_pooled(_width(second), 2),
            *_convolution(_width(second), 16, 5), *_pooled(16, 2),
            *_convolution(16, 16, 5), *_pooled(16, 4),
        )  # fmt: skip
        self.top = nn.Sequential(
            nn.Flatten(),
            nn.Dropout(0.5),
            nn.Linear(16 * (parameters.side // 32) ** 2, 16),
            nn.LeakyReLU(0.1),
            nn.Dropout(0.5),
            nn.Linear(16, 1),
        )
        self.apply(_draw_as_keras)

    def forward(self, faces: Tensor) -> Tensor:
        """Probabilities (n,) that (n, 3, S, S) faces in [0, 255] are forged."""
        logits: Tensor = self.top(self.features(faces / 255))
        return torch.sigmoid(logits[:, 0].float())

    def face_losses(
        self,
        faces: Tensor,
        labels: Tensor,
        regions: Callable[[], Tensor],  # noqa: ARG002 - it does not segment
    ) -> dict[str, Tensor]:
        """The squared error of the probability."""
        return {"loss_label": F.mse_loss(self(faces), labels.float())}

    def judge(self, faces: Tensor) -> Verdict:
        """The probability alone."""
        return Verdict(self(faces))


class Inception(nn.Module):
    """Four branches side by side: 1 × 1 alone, and 3 × 3 with dilations 1, 2 and 3.

    Args:
        inside: channels in.
        branches: channels of each branch.
    """

    def __init__(self, inside: int, branches: tuple[int, int, int, int]) -> None:
        super().__init__()
        alone, *dilated = branches
        self.width = sum(branches)
        self.branches = nn.ModuleList([nn.Sequential(*_convolution(inside, alone, 1))])
        for dilation, outside in enumerate(dilated, 1):
            layers = _convolution(inside, outside, 1) + _convolution(outside, outside, 3, dilation)
            self.branches.append(nn.Sequential(*layers))

    def forward(self, values: Tensor) -> Tensor:
        """The branches' channels, one after the other."""
        return torch.cat([branch(values) for branch in self.branches], dim=1)


def _convolution(inside: int, outside: int, kernel: int, dilation: int = 1) -> list[nn.Module]:
    return [nn.Conv2d(inside, outside, kernel, padding="same", dilation=dilation), nn.ReLU()]


def _pooled(channels: int, by: int) -> list[nn.Module]:
    # The published momentum of 0.01 (Keras writes 0.99) would need hundreds of steps
    # before the running statistics mean anything.
    return [nn.BatchNorm2d(channels, eps=1e-3, momentum=0.1), nn.MaxPool2d(by)]


def _width(layers: list[nn.Module]) -> int:
    first = layers[0]
    assert isinstance(first, nn.Conv2d | Inception)
    return first.width if isinstance(first, Inception) else first.out_channels


# Variant → the layers of its first two stages; the other two are the same.
_FIRST_TWO: Final[Mapping[str, Callable[[], tuple[list[nn.Module], list[nn.Module]]]]] = {
    "meso4": lambda: (_convolution(3, 8, 3), _convolution(8, 8, 5)),
    "inception4": lambda: ([Inception(3, (1, 4, 4, 2))], [Inception(11, (2, 4, 4, 2))]),
}


def _draw_as_keras(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        assert module.bias is not None
        nn.init.zeros_(module.bias)
