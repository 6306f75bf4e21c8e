"""What every trainable baseline is: a plain torch module with two verbs."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar, Final, Literal, TypedDict

import numpy as np
import torch
from torch import Tensor, nn

from ...annotations.instances import Instances
from ...annotations.masks import decode
from ...core.images import Rgb


class TrueFaces(TypedDict):
    """The true faces of one image as tensors."""

    boxes: Tensor  # (N, 4) float32, xyxy, pixels
    labels: Tensor  # (N,) int64, 0 real and 1 fake
    masks: Tensor  # (N, H, W) uint8


class Target(TrueFaces, total=False):
    """What is known of one image in training."""

    original: Tensor  # (3, H, W), as the image: the same photograph with nothing forged


# What a loss is about: real or fake, where a face is, its outline, or none of these.
LossKind = Literal["label", "box", "mask", "other"]

# Parts of a loss's name → its kind; the first that occurs decides. The names are
# torchvision's and Detectron2's, and those that other losses usually have.
_KINDS: Final[Mapping[str, LossKind]] = {
    "rpn": "box",
    "objectness": "box",
    "box": "box",
    "loc": "box",
    "mask": "mask",
    "seg": "mask",
    "label": "label",
    "cls": "label",
    "class": "label",
    "forgery": "label",
}


class Network(nn.Module):
    """A detector that can be trained; satisfies ``benchmark.detector.Detector``."""

    # The kinds of losses whose names do not say it, or say something else.
    loss_kinds: ClassVar[Mapping[str, LossKind]] = {}

    def loss_kind(self, name: str) -> LossKind:
        """What one of the losses is about; "other" where neither table nor name tells."""
        if name in self.loss_kinds:
            return self.loss_kinds[name]
        return next((kind for part, kind in _KINDS.items() if part in name), "other")

    def load_start(self) -> None:
        """Take the weights that the parameters name to start from; training calls it once.

        Raises:
            UsageError: the file is missing.
            DataError: it cannot be read or does not fit.
        """

    @abstractmethod
    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """The training losses by name, each a scalar; their sum is minimised.

        Args:
            images: (3, H, W) RGB each, any sizes, on the network's device: uint8, or float32
                in [0, 255] of any values. Both give the same losses for the same values, and
                the gradient reaches a float picture that requires it.
            targets: one per image, on the same device; an image may have no faces.
        """

    def attack_losses(
        self, images: Sequence[Tensor], targets: Sequence[Target]
    ) -> dict[str, Tensor]:
        """What an attack raises: ``losses``, unless one of them can rise while the answer is right.

        The same arguments; its names are among those of ``losses``.
        """
        return self.losses(images, targets)

    @abstractmethod
    def predict(self, images: Sequence[Rgb], image_ids: Sequence[int]) -> list[Instances]:
        """As ``Detector.predict``; leaves the network in the mode it was in."""

    def predict_in_training(
        self,
        images: Sequence[Rgb],
        image_ids: Sequence[int],
        truths: Sequence[Instances],  # noqa: ARG002 - for networks that do not find faces
    ) -> list[Instances]:
        """What validation scores: ``predict``, unless faces must come from elsewhere."""
        return self.predict(images, image_ids)


def to_tensor(image: Rgb) -> Tensor:
    """(H, W, 3) uint8 to a (3, H, W) uint8 tensor with its own memory."""
    return torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))


def zero_loss(module: nn.Module) -> Tensor:
    """A loss of zero whose gradient reaches every weight, for pictures without faces."""
    return torch.stack([value.sum() for value in module.parameters()]).sum() * 0


@contextmanager
def predicting(module: nn.Module) -> Iterator[None]:
    """Evaluation mode and no gradients; afterwards the module is in the mode it was in."""
    training = module.training
    module.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        module.train(training)


def to_target(truth: Instances) -> Target:
    """The truth of one image as tensors; boxes without area are left out."""
    height, width = truth.size
    sides = truth.boxes[:, 2:] - truth.boxes[:, :2]
    rows = np.flatnonzero((sides > 0).all(axis=1))
    masks = [decode(truth.masks[row]) for row in rows]
    stacked = np.stack(masks) if masks else np.zeros((0, height, width), bool)
    return {
        "boxes": torch.tensor(truth.boxes[rows], dtype=torch.float32),
        "labels": torch.tensor(truth.labels[rows]),
        "masks": torch.from_numpy(stacked.astype(np.uint8)),
    }


def to_device(target: Target, device: torch.device) -> Target:
    """A target moved to a device."""
    found: Target = {
        "boxes": moved(target["boxes"], device),
        "labels": moved(target["labels"], device),
        "masks": moved(target["masks"], device),
    }
    if "original" in target:
        found["original"] = moved(target["original"], device)
    return found


def moved(value: Tensor, device: torch.device) -> Tensor:
    """A tensor on a device; from page-locked memory to a GPU while that works on."""
    return value.to(device, non_blocking=device.type == "cuda")
