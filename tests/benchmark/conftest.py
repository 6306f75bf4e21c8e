"""A tiny dataset with faces that a network can learn in seconds."""

from pathlib import Path

import numpy as np
import pytest
from manyfaces.annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from manyfaces.annotations.instances import Instances
from manyfaces.core.files import write_bytes
from manyfaces.core.images import encode_png

SIZES = ((96, 128), (128, 96), (96, 96), (80, 128), (96, 128))


@pytest.fixture(scope="session")
def tiny_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five training and three test pictures; the last of each has no face.

    A face is a bright ellipse on a dark ground; a fake one is smooth, a real one grainy.
    """
    root = tmp_path_factory.mktemp("tiny")
    for split, count, first in (("train", 5, 1), ("test", 3, 101)):
        images = []
        for number in range(count):
            picture, faces = _picture(
                first + number, SIZES[number], 0 if number == count - 1 else 3
            )
            entry = ImageEntry(
                first + number, f"images/{split}/{first + number:06d}.png", *faces.size
            )
            write_bytes(root / entry.file_name, encode_png(picture))
            images.append(AnnotatedImage(entry, faces))
        write_coco(root / "annotations" / f"{split}.json", AnnotationSet(tuple(images)))
    return root


def _picture(seed, size, count):
    rng = np.random.default_rng(seed)
    picture = rng.normal(50, 12, (*size, 3))
    rows, columns = np.mgrid[: size[0], : size[1]]
    masks, labels = [], []
    for place in range(count):
        radius = rng.uniform(9, 13)
        # One face a third of the width, so that none hides another.
        x, y = size[1] * (place + 0.5) / count, rng.uniform(18, size[0] - 18)
        mask = ((columns - x) / radius) ** 2 + ((rows - y) / (1.25 * radius)) ** 2 <= 1
        label = (place + seed) % 2
        grain = rng.normal(0, 1 if label else 25, (*size, 3))
        picture = np.where(mask[..., None], np.array([210, 170, 150]) + grain, picture)
        masks.append(mask)
        labels.append(label)
    extra = {"annotation_id": np.arange(count) + 100 * seed + 1}
    return np.clip(picture, 0, 255).astype(np.uint8), Instances.from_masks(
        size, masks, labels, extra
    )


@pytest.fixture(scope="session")
def eight_pictures() -> list[tuple[np.ndarray, Instances]]:
    """Eight pictures as in ``tiny_dataset`` with their faces; the last has none."""
    return [
        _picture(200 + number, SIZES[number % len(SIZES)], 0 if number == 7 else 3)
        for number in range(8)
    ]
