"""Pictures and their faces at the size that a network works at, on tensors."""

from __future__ import annotations

import math
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.models.detection.transform import GeneralizedRCNNTransform, resize_boxes

_WITH_FACE: Final = 0.9  # share of training windows that are drawn around a face
_INSIDE: Final = 0.35  # share of a face's box that must lie in a window for it to count


class LongSide(GeneralizedRCNNTransform):
    """Resizes by the longer side and leaves predicted masks small.

    torchvision's own pastes every mask to the picture's size at once.

    Args:
        side: pixels, of the longer side.
        jitter: training scales ``side`` by 1 ± so much.
        window: pixels; training sees a random square of so many of the resized picture,
            most often one with a face; the whole picture where it is None.
    """

    def __init__(self, side: int, jitter: float, window: int | None = None) -> None:
        super().__init__(side, side, [0.5] * 3, [0.25] * 3)
        self.jitter, self.window = jitter, window

    def resize(self, image: Tensor, target: Any = None) -> tuple[Tensor, Any]:  # noqa: ANN401 - torchvision's signature
        """Resize a (3, H, W) image and its target; in training to a jittered scale."""
        scale = self.max_size / max(image.shape[-2:])
        if self.training:
            scale *= 1 + self.jitter * _uniform(-1, 1)
        if self.training and self.window is not None and target is not None:
            image, target = _random_window(image, target, self.window / scale)
        height, width = image.shape[-2:]
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


def _uniform(low: float, high: float) -> float:
    return float(torch.empty(1).uniform_(low, high))


def _random_window(
    image: Tensor, target: dict[str, Tensor], side: float
) -> tuple[Tensor, dict[str, Tensor]]:
    """A square of at most ``side`` pixels with the faces of which enough is inside."""
    boxes = target["boxes"]
    near = None
    if len(boxes) and _uniform(0, 1) < _WITH_FACE:
        near = boxes[int(torch.randint(len(boxes), ())), :].tolist()
    height, width = image.shape[-2:]
    left, right = _span(width, side, None if near is None else (near[0], near[2]))
    top, bottom = _span(height, side, None if near is None else (near[1], near[3]))
    frame = boxes.new_tensor([left, top, right, bottom])
    inside = torch.cat(
        [torch.maximum(boxes[:, :2], frame[:2]), torch.minimum(boxes[:, 2:], frame[2:])], dim=1
    )
    sides = (inside[:, 2:] - inside[:, :2]).clamp(min=0)
    whole = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)
    kept = (sides.prod(dim=1) >= _INSIDE * whole) & (sides > 0).all(dim=1)
    return image[:, top:bottom, left:right], {
        "boxes": inside[kept] - frame[:2].repeat(2),
        "labels": target["labels"][kept],
        "masks": target["masks"][kept][:, top:bottom, left:right],
    }


def _span(length: int, side: float, face: tuple[float, float] | None) -> tuple[int, int]:
    """Where a window begins and ends along one axis; the face's middle is in it."""
    size = min(length, max(1, math.ceil(side)))
    low, high = 0, length - size
    if face is not None:
        middle = int((face[0] + face[1]) / 2)
        low, high = max(low, middle - size + 1), min(high, middle)
    start = int(torch.randint(low, max(low, high) + 1, ()))
    return start, start + size


def resize_image(image: Tensor, size: list[int]) -> Tensor:
    """A (C, H, W) float image at another (height, width); the gradient passes."""
    return F.interpolate(image[None], size, mode="bilinear", antialias=True)[0]


def resize_masks(masks: Tensor, size: list[int], *, centred: bool = False) -> Tensor:
    """(N, H, W) masks as uint8 at another (height, width), by the nearest pixel.

    Args:
        centred: take the pixel at the centre of each new one, as Pillow and Detectron2 do;
            else that at its corner, as torchvision does. Each has a RoIAlign that fits its
            own: with the other, masks are learned half a pixel of the small picture off.
    """
    if not len(masks):
        return masks.new_zeros((0, *size))
    mode = "nearest-exact" if centred else "nearest"
    return F.interpolate(masks[:, None].float(), size, mode=mode)[:, 0].byte()
