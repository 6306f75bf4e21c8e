"""``multitask``: a Y-shaped autoencoder that classifies, segments and reconstructs.

Nguyen, Fang, Yamagishi, Echizen, *Multi-task Learning for Detecting and Segmenting
Manipulated Facial Images and Videos*, BTAS 2019. The code of a face has two halves, one
for each class; the half that is stronger gives the label and goes on, alone, to the
decoder, which segments the forged pixels and reconstructs the face.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import ClassVar, Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .face_crops import normalised
from .face_level import FaceLevelNetwork, Verdict
from .face_parameters import MultitaskParameters

_CLASSES: Final = 2


class Multitask(FaceLevelNetwork):
    """The network of the ``multitask`` baseline, with fresh weights."""

    loss_names: ClassVar[tuple[str, ...]] = (
        "loss_label",
        "loss_segmentation",
        "loss_reconstruction",
    )

    def __init__(self, parameters: MultitaskParameters) -> None:
        super().__init__(parameters.side, parameters.margin, balanced=parameters.balanced)
        width = parameters.channels
        self.encoder = encoder(width)
        self.shared = _decoder_half([16 * width, 8 * width, 8 * width, 4 * width, 4 * width])
        # The last layer of each branch gives logits and an image; what the paper puts
        # behind it, a softmax and a tanh, has no weights.
        self.segmenter = _branch(width, _CLASSES)
        self.reconstructor = _branch(width, 3)
        self.apply(_draw)

    def encode(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """Codes (n, 2, C, s, s) of normalised faces, and how active each half is (n, 2)."""
        codes: Tensor = self.encoder(faces).unflatten(1, (_CLASSES, -1))
        return codes, codes.float().abs().mean(dim=(2, 3, 4))

    def decode(self, codes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """From the labels' halves: logits (n, 2, S, S) of the pixels, and faces (n, 3, S, S)."""
        chosen = F.one_hot(labels, _CLASSES).to(codes.dtype)[:, :, None, None, None]
        latent = self.shared((codes * chosen).flatten(1, 2))
        return self.segmenter(latent).float(), torch.tanh(self.reconstructor(latent)).float()

    def face_losses(
        self, faces: Tensor, labels: Tensor, regions: Callable[[], Tensor]
    ) -> dict[str, Tensor]:
        """Of the activations, of the forged pixels, of the reconstruction; all weigh the same.

        A forged face's pixels are its own; a real one has no forged pixel.
        """
        return self._losses(faces, labels, regions, _distance)

    def face_attack_losses(
        self, faces: Tensor, labels: Tensor, regions: Callable[[], Tensor]
    ) -> dict[str, Tensor]:
        """As ``face_losses``, but for the label the cross-entropy of what ``judge`` answers.

        The training loss rises too where the right half is active beyond 1, and that makes
        the answer only surer: an attack on it would go the wrong way.
        """
        return self._losses(faces, labels, regions, F.cross_entropy)

    def _losses(
        self,
        faces: Tensor,
        labels: Tensor,
        regions: Callable[[], Tensor],
        of_label: Callable[[Tensor, Tensor], Tensor],
    ) -> dict[str, Tensor]:
        given = normalised(faces)
        codes, active = self.encode(given)
        logits, reconstructed = self.decode(codes, labels)
        forged = (regions() >= 0.5) & (labels == 1)[:, None, None]
        return {
            "loss_label": of_label(active, labels),
            "loss_segmentation": F.cross_entropy(logits, forged.long()),
            "loss_reconstruction": F.mse_loss(reconstructed, given),
        }

    def judge(self, faces: Tensor) -> Verdict:
        """The softmax of the two activations, and the segmentation that the label calls for."""
        codes, active = self.encode(normalised(faces))
        fake = active.softmax(dim=1)[:, 1]
        logits, _ = self.decode(codes, (fake >= 0.5).long())
        return Verdict(fake, logits.softmax(dim=1)[:, 1])


def _distance(active: Tensor, labels: Tensor) -> Tensor:
    """How far the two activations are from 1 for the label's half and 0 for the other."""
    wanted = F.one_hot(labels, _CLASSES).to(active.dtype)
    return (active - wanted).abs().sum(dim=1).mean()


def encoder(width: int) -> nn.Sequential:
    """Faces (n, 3, S, S) to codes (n, 16 · width, S / 16, S / 16)."""
    layers: list[nn.Module] = []
    inside = 3
    for outside in (width, 2 * width, 4 * width, 8 * width):
        layers += _block(nn.Conv2d(inside, outside, 3, padding=1))
        layers += _block(nn.Conv2d(outside, outside, 3, stride=2, padding=1))
        inside = outside
    return nn.Sequential(*layers, *_block(nn.Conv2d(inside, 2 * inside, 3, padding=1)))


def _branch(width: int, outside: int) -> nn.Sequential:
    half = _decoder_half([4 * width, 2 * width, 2 * width, width, width])
    return nn.Sequential(*half, nn.ConvTranspose2d(width, outside, 3, padding=1))


def _decoder_half(widths: list[int]) -> nn.Sequential:
    """Four transposed convolutions; every second one doubles the size."""
    layers: list[nn.Module] = []
    for place, (inside, outside) in enumerate(pairwise(widths)):
        layers += _block(_transposed(inside, outside, doubles=place % 2 == 1))
    return nn.Sequential(*layers)


def _transposed(inside: int, outside: int, *, doubles: bool) -> nn.ConvTranspose2d:
    stride, extra = (2, 1) if doubles else (1, 0)
    return nn.ConvTranspose2d(inside, outside, 3, stride, padding=1, output_padding=extra)


def _block(convolution: nn.Conv2d | nn.ConvTranspose2d) -> list[nn.Module]:
    return [convolution, nn.BatchNorm2d(convolution.out_channels), nn.ReLU()]


def _draw(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 0.5, 0.02)
