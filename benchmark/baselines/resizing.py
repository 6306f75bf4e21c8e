"""Pictures and their faces at the size that a network works at, on tensors."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.models.detection.transform import GeneralizedRCNNTransform, resize_boxes


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
        image = resize_image(image, size)
        if target is not None:
            target["boxes"] = resize_boxes(target["boxes"], [height, width], size)
            target["masks"] = resize_masks(target["masks"], size)
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


def resize_image(image: Tensor, size: list[int]) -> Tensor:
    """A (C, H, W) float image at another (height, width); the gradient passes."""
    return F.interpolate(image[None], size, mode="bilinear", antialias=True)[0]


def resize_masks(masks: Tensor, size: list[int]) -> Tensor:
    """(N, H, W) masks as uint8 at another (height, width), by the nearest pixel."""
    if not len(masks):
        return masks.new_zeros((0, *size))
    return F.interpolate(masks[:, None].float(), size)[:, 0].byte()
