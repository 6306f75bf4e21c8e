"""``capsule``: Capsule-Forensics.

Nguyen, Yamagishi, Echizen, *Capsule-Forensics: Using Capsule Networks to Detect Forged
Images and Videos*, ICASSP 2019, and, with ten primary capsules on larger faces, *Use of a
Capsule Network to Detect Fake Images and Videos*, arXiv 1910.12467. The features are those
of VGG-19 up to its third pooling; where weights for ImageNet are given, they stay as they
are, as in the papers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.vgg import make_layers

from .face_crops import normalised
from .face_level import FaceLevelNetwork, Verdict
from .face_parameters import CapsuleParameters
from .frozen import Noise
from .starting_weights import load_part

_LENGTH: Final = 8  # of a primary capsule's vector
_LENGTH_OUT: Final = 4  # of an output capsule's
_CLASSES: Final = 2
_ROUNDS: Final = 2  # of routing
_NOISE: Final = 0.01  # standard deviation, added to the routing weights in training
_TINY: Final = 1e-8  # keeps the gradient of a vector's length finite at zero


class CapsuleForensics(FaceLevelNetwork):
    """The network of the ``capsule`` baseline, with fresh weights."""

    loss_names: ClassVar[tuple[str, ...]] = ("loss_label",)

    def __init__(self, parameters: CapsuleParameters) -> None:
        super().__init__(parameters.side, parameters.margin, balanced=parameters.balanced)
        self.parameters_of_row = parameters
        width = parameters.channels
        self.vgg = vgg19_features(width)
        self.vgg.requires_grad_(parameters.weights is None)
        self.primary = nn.ModuleList(
            [primary_capsule(4 * width) for _ in range(parameters.capsules)]
        )
        self.primary.apply(_draw)
        self.routing = Routing(parameters.capsules, parameters.dropout)

    def load_start(self) -> None:
        """Take VGG-19's features from a file for ImageNet."""
        given = self.parameters_of_row
        if given.weights is not None:
            load_part(self.vgg, given.weights, "features.", given.sha256)

    def forward(self, faces: Tensor) -> Tensor:
        """The output capsules (n, 2, 4) of (n, 3, S, S) faces in [0, 255]: real, fake."""
        features = self.vgg(normalised(faces))
        capsules: Tensor = torch.stack([capsule(features) for capsule in self.primary], dim=1)
        outputs: Tensor = self.routing(squashed(capsules.float()))
        return outputs

    def face_losses(
        self,
        faces: Tensor,
        labels: Tensor,
        regions: Callable[[], Tensor],  # noqa: ARG002 - it does not segment
    ) -> dict[str, Tensor]:
        """The cross-entropy over the classes, summed over the output capsules' dimensions."""
        outputs = self(faces)
        wanted = labels[:, None].expand(-1, _LENGTH_OUT)
        return {"loss_label": _LENGTH_OUT * F.cross_entropy(outputs, wanted)}

    def judge(self, faces: Tensor) -> Verdict:
        """The softmax over the classes, averaged over the output capsules' dimensions."""
        return Verdict(self(faces).softmax(dim=1)[:, 1].mean(dim=1))


def vgg19_features(width: int) -> nn.Sequential:
    """VGG-19 up to its third pooling (Simonyan, Zisserman, ICLR 2015); ``width`` 64 is its own."""
    blocks = [(width, 2), (2 * width, 2), (4 * width, 4)]
    plan: list[str | int] = []
    for channels, count in blocks:
        plan += [*[channels] * count, "M"]
    features: nn.Sequential = make_layers(plan).apply(_draw_as_vgg)
    return features


def primary_capsule(inside: int) -> nn.Sequential:
    """Features (n, C, h, w) to a vector (n, 8), whatever their size, by their statistics."""
    return nn.Sequential(
        nn.Conv2d(inside, 64, 3, padding=1),
        nn.BatchNorm2d(64),
        nn.ReLU(),
        nn.Conv2d(64, 16, 3, padding=1),
        nn.BatchNorm2d(16),
        nn.ReLU(),
        Statistics(),
        nn.Conv1d(2, 8, 5, stride=2, padding=2),
        nn.BatchNorm1d(8),
        nn.Conv1d(8, 1, 3, padding=1),
        nn.BatchNorm1d(1),
        nn.Flatten(),
    )


class Statistics(nn.Module):
    """Mean and standard deviation (n, 2, C) over the places of (n, C, h, w) features."""

    def forward(self, features: Tensor) -> Tensor:
        """The two rows."""
        flat = features.float().flatten(2)
        variance = flat.var(dim=2, unbiased=flat.shape[2] > 1)
        return torch.stack([flat.mean(dim=2), (variance + _TINY).sqrt()], dim=1)


def squashed(vectors: Tensor) -> Tensor:
    """Vectors in the last dimension, as long as v² / (1 + v²) of their length v, below 1."""
    square = (vectors**2).sum(dim=-1, keepdim=True)
    return vectors * square / ((1 + square) * (square + _TINY).sqrt())


class RoutingNoise(Noise):
    """Gaussian noise on the routing weights, in training."""

    def forward(self, weight: Tensor) -> Tensor:
        """The weights, of any shape, in training with noise."""
        return weight + _NOISE * torch.randn_like(weight) if self.training else weight


class Routing(nn.Module):
    """Dynamic routing of primary capsules to one output capsule for each class.

    Args:
        capsules: primary ones.
        dropout: share of what they send that is dropped in training.
    """

    def __init__(self, capsules: int, dropout: float) -> None:
        super().__init__()
        self.noise = RoutingNoise()
        self.dropout = nn.Dropout(dropout)
        self.weight = nn.Parameter(torch.randn(_CLASSES, capsules, _LENGTH_OUT, _LENGTH))

    def forward(self, capsules: Tensor) -> Tensor:
        """(n, K, 8) primary capsules to (n, 2, 4) output capsules."""
        weight: Tensor = self.noise(self.weight)
        sent: Tensor = self.dropout(torch.einsum("ckoi,nki->ncko", weight, capsules))
        logits = torch.zeros_like(sent)
        for _ in range(_ROUNDS - 1):
            logits = logits + sent * _gathered(sent, logits)[:, :, None]
        return _gathered(sent, logits)


def _gathered(sent: Tensor, logits: Tensor) -> Tensor:
    """What arrives at each output capsule (n, 2, 4), each primary one weighed."""
    return squashed((logits.softmax(dim=2) * sent).sum(dim=2))


def _draw_as_vgg(module: nn.Module) -> None:
    """As torchvision draws the weights of a VGG."""
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        assert module.bias is not None
        nn.init.zeros_(module.bias)


def _draw(module: nn.Module) -> None:
    if isinstance(module, nn.Conv1d | nn.Conv2d):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)
