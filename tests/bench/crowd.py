"""A dataset's worth of truth and detections, drawn from a seed: what the benchmarks score.

Faces are wavy ovals of 12 to 300 pixels in images of 683 × 1024; detections are shifted,
scaled, doubled, mislabelled and invented copies. About 2.9 faces and 5.8 detections an
image, as in OpenForensics.
"""

from __future__ import annotations

import numpy as np
import orjson
from pycocotools import mask as coco_mask

SIZE = (683, 1024)


def outline(rng, centre, side):
    """A wavy oval, (64, 2) points."""
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    radius = 1 + sum(rng.normal(0, 0.03) * np.cos(k * turn + rng.uniform(0, 6)) for k in (2, 3, 5))
    shape = np.column_stack([0.5 * np.cos(turn), 0.65 * np.sin(turn)]) * radius[:, None]
    return centre + side * shape


def encode(points):
    """A filled outline as RLE, cut at the image's border, and its box."""
    inside = np.clip(points, 0, SIZE[::-1])
    rle = coco_mask.frPyObjects([inside.ravel().tolist()], *SIZE)[0]
    box = coco_mask.toBbox(rle).tolist()
    return {"size": list(SIZE), "counts": rle["counts"].decode()}, box


def answers(rng, points, label):
    """What a detector says of one face: mostly one answer, sometimes none, two or a wrong one."""
    count = int(rng.choice([0, 1, 2, 3], p=[0.08, 0.62, 0.22, 0.08]))
    for _ in range(count):
        middle = points.mean(axis=0)
        side = np.ptp(points[:, 0])
        moved = (points - middle) * rng.uniform(0.88, 1.12) + middle + rng.normal(0, 0.05, 2) * side
        said = label if rng.random() < 0.8 else 1 - label
        yield moved, said, round(float(rng.beta(4, 2)), 6)


def draw(images, seed=0):
    """Truth and detections of so many images, as COCO's dictionaries."""
    rng = np.random.default_rng(seed)
    truth, found, entries = [], [], []
    for image in range(1, images + 1):
        entries.append({"id": image, "file_name": f"{image:06}.jpg", "height": 683, "width": 1024})
        for _ in range(int(rng.poisson(2.9))):
            points = outline(rng, rng.uniform((0, 0), (1024, 683)), np.exp(rng.uniform(2.5, 5.7)))
            _add(truth, found, rng, image, points)
        for _ in range(int(rng.poisson(2.4))):
            points = outline(rng, rng.uniform((0, 0), (1024, 683)), np.exp(rng.uniform(2.5, 5.7)))
            _detect(found, image, points, int(rng.integers(2)), round(float(rng.beta(2, 4)), 6))
    categories = [{"id": 0, "name": "real"}, {"id": 1, "name": "fake"}]
    return {"images": entries, "annotations": truth, "categories": categories}, found


def _add(truth, found, rng, image, points):
    rle, box = encode(points)
    if not box[2] or not box[3]:
        return
    label = int(rng.integers(2))
    area = int(coco_mask.area({**rle, "counts": rle["counts"].encode()}))
    truth.append(
        {
            "id": len(truth) + 1, "image_id": image, "category_id": label, "iscrowd": 0,
            "bbox": box, "area": area, "segmentation": rle,
        }
    )  # fmt: skip
    for moved, said, score in answers(rng, points, label):
        _detect(found, image, moved, said, score)


def _detect(found, image, points, label, score):
    rle, box = encode(points)
    if box[2] and box[3]:
        found.append(
            {
                "image_id": image, "category_id": label, "bbox": box, "score": score,
                "segmentation": rle,
            }
        )  # fmt: skip


def write(folder, images, seed=0):
    """Write truth.json and predictions.json; returns their paths."""
    truth, found = draw(images, seed)
    paths = folder / f"truth-{images}.json", folder / f"predictions-{images}.json"
    for path, data in zip(paths, (truth, found), strict=True):
        path.write_bytes(orjson.dumps(data))
    return paths
