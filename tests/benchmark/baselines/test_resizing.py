import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.annotations.masks import decode
from manyfaces.benchmark.baselines.pasting import paste
from manyfaces.benchmark.baselines.resizing import resize_masks
from manyfaces.benchmark.frameworks import require_detectron2
from torchvision.models.detection.roi_heads import project_masks_on_boxes
from torchvision.models.detection.transform import resize_boxes

SIZE = [480, 640]


def faces(count=20, seed=0):
    """Ellipses like faces: masks (n, H, W) and boxes (n, 4)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    masks = []
    for _ in range(count):
        radius = rng.uniform(20, 60)
        x, y = rng.uniform(90, 550), rng.uniform(90, 390)
        masks.append(((columns - x) / radius) ** 2 + ((rows - y) / radius / 1.3) ** 2 <= 1)
    found = [np.argwhere(mask) for mask in masks]
    boxes = [[*at.min(0)[::-1], *(at.max(0)[::-1] + 1)] for at in found]
    return np.array(masks), torch.tensor(np.array(boxes), dtype=torch.float32)


def covered(targets, pasted):
    """The mean IoU of what masks are learned from, at the picture's size, with the masks."""
    return np.mean([(a & b).sum() / (a | b).sum() for a, b in zip(targets, pasted, strict=True)])


def small(masks, boxes, longest=192, *, centred):
    size = [round(side * longest / max(SIZE)) for side in SIZE]
    shrunken = resize_masks(torch.from_numpy(masks.astype(np.uint8)), size, centred=centred)
    return shrunken, resize_boxes(boxes, SIZE, size)


def test_what_torchvision_learns_from_lies_where_the_faces_are():
    masks, boxes = faces()
    shrunken, at = small(masks, boxes, centred=False)
    targets = project_masks_on_boxes(shrunken, at, torch.arange(len(at)), 28)
    pasted = [
        decode(paste(target[None], box, SIZE)) for target, box in zip(targets, boxes, strict=True)
    ]
    assert covered(masks, pasted) > 0.95


def test_what_detectron2_learns_from_lies_where_the_faces_are():
    pytest.importorskip("detectron2", reason="Detectron2 is not installed")
    require_detectron2()  # without the warning of its first import
    from detectron2.layers import paste_masks_in_image
    from detectron2.structures import BitMasks

    masks, boxes = faces()
    shrunken, at = small(masks, boxes, centred=True)
    targets = BitMasks(shrunken).crop_and_resize(at, 28).float()
    assert covered(masks, paste_masks_in_image(targets, boxes, tuple(SIZE)).numpy()) > 0.95


@pytest.mark.parametrize("centred", [False, True])
def test_no_masks_stay_none(centred):
    assert resize_masks(torch.zeros(0, 9, 9), [4, 5], centred=centred).shape == (0, 4, 5)
