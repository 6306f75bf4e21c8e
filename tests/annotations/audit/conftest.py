"""Small drawn datasets in which one channel, chosen by name, tells the forgeries."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.release.marks import mark, packet
from manyfaces.core.files import write_bytes, write_json, write_json_lines
from manyfaces.core.images import decode_image, encode_jpeg

SIDE = 96
COMMENT = b"\xff\xfe\x00\x08edited"


def build(root, channel=None, images=80, splits=("train",), seed=0):
    """Write a dataset whose forgeries only ``channel`` tells; half of the images hold one."""
    rng = np.random.default_rng(seed)
    first = 1
    for split in splits:
        plans = [plan(rng, channel, bool(number % 2)) for number in range(images)]
        rng.shuffle(plans)
        if channel == "place-in-file":
            plans.sort(key=lambda one: one.forged)
        names = iter(rng.permutation(5 * images).tolist())
        rows = []
        for identity, one in enumerate(plans, first):
            number = 2 * next(names) + (one.forged if channel == "file-name" else 0)
            name = f"images/{split}/{number:06d}.jpg"
            write_bytes(root / name, data_of(one, channel, rng))
            rows.append({"id": identity, "file_name": name, "height": one.size[0],
                         "width": one.size[1]})  # fmt: skip
        write_split(root, split, rows, plans, channel, rng)
        first += images
    return root


def plan(rng, channel, forged):
    size = (SIDE, SIDE + 8 * (forged and channel == "image-size"))
    count = 1 if channel == "face-count" and not forged else 2
    labels = rng.permutation([1, 0]) if forged else [0] * count
    faces = [face(rng, channel, int(label), side) for side, label in enumerate(labels)]
    if channel == "order":
        faces.sort(key=lambda one: -one.label)
    return SimpleNamespace(forged=forged, size=size, faces=faces)


def face(rng, channel, label, side):
    x, y = 24 + 48 * side + rng.integers(-3, 4), rng.integers(24, 73)
    wide, tall = rng.integers(10, 15), rng.integers(10, 15)
    if channel == "position":
        y = rng.integers(20, 40) if label else rng.integers(50, 76)
    if channel == "face-size":
        wide, tall = rng.integers(7, 9, 2) if label else rng.integers(10, 15, 2)
    if channel == "box-aspect":
        wide, tall = (10, rng.integers(13, 16)) if label else (13, rng.integers(11, 14))
    return SimpleNamespace(x=int(x), y=int(y), wide=int(wide), tall=int(tall), label=label)


def data_of(one, channel, rng):
    coarse = rng.integers(40, 200, (6, 6, 3)).astype(np.float64).repeat(20, 0).repeat(20, 1)
    picture = cv2.GaussianBlur(coarse, (0, 0), 4)[: one.size[0], : one.size[1]]
    picture = picture + rng.normal(0, 6, picture.shape)
    told = one.forged and channel
    if told == "background-colour":
        picture = picture + 50
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if told == "double-compression":
        picture = decode_image(encode_jpeg(picture, 40), where="first")
    data = encode_jpeg(picture, 75 if told == "jpeg-tables" else 92)
    if told == "metadata":
        data = data[:2] + COMMENT + data[2:]
    if channel == "source-type":
        term = "compositeCapture" if one.forged else "digitalCapture"
        data = mark(data, packet(term, "", ""), "a picture")
    return data + bytes(3000) if told == "file-size" else data


def write_split(root, split, rows, plans, channel, rng):
    pairs = [(row, one) for row, image in zip(rows, plans, strict=True) for one in image.faces]
    ids = rng.permutation(10 * len(pairs))[: len(pairs)].tolist()
    annotations = []
    for (row, one), number in zip(pairs, ids, strict=True):
        identity = 2 * number + 1 + (one.label if channel == "annotation-id" else 0)
        annotations.append(annotation(row, one, identity, channel))
    write_json(
        root / "annotations" / f"{split}.json",
        {
            "images": rows,
            "annotations": annotations,
            "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
        },
    )


def annotation(row, one, identity, channel):
    mask = np.zeros((row["height"], row["width"]), np.uint8)
    centre, axes = (one.x, one.y), (one.wide, one.tall)
    if channel == "mask-shape" and one.label:
        left, top = one.x - one.wide, one.y - one.tall
        cv2.rectangle(mask, (left, top), (one.x + one.wide, one.y + one.tall), 1, -1)
    else:
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 1, -1)
    rle = masks.encode(mask.astype(bool))
    left, top, right, bottom = masks.box(rle).tolist()
    result = {
        "id": identity, "image_id": row["id"], "category_id": one.label,
        "bbox": [left, top, right - left, bottom - top], "area": masks.area(rle),
        "segmentation": masks.to_coco(rle), "iscrowd": 0,
        "keypoints": [one.x, one.y, 2.0] * 68, "num_keypoints": 68,
        "method": "swap" if one.label else None,
    }  # fmt: skip
    if one.label:
        result["manipulation"] = result["boundary"] = result["segmentation"]
        if channel == "row-fields":
            result["blend"] = 0.5
        if channel == "landmarks":
            result["keypoints"] = [one.x, one.y, 2.0] * 60 + [0.0] * 24
            result["num_keypoints"] = 60
    return result


@pytest.fixture
def dataset(tmp_path):
    """Build a dataset in a new folder."""
    return lambda *arguments, **options: build(tmp_path / "dataset", *arguments, **options)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
    """Build a dataset for several tests."""
    return lambda **options: build(tmp_path_factory.mktemp("drawn"), **options)


@pytest.fixture
def annotate():
    """Change the annotation file of a split."""

    def change(root, split, function):
        path = root / "annotations" / f"{split}.json"
        data = json.loads(path.read_text())
        function(data)
        write_json(path, data)

    return change


@pytest.fixture
def trace():
    """Write provenance lines for a split: photograph and donor of each image's first face."""

    def write(root, split, photo, donor):
        data = json.loads((root / "annotations" / f"{split}.json").read_text())
        lines = [
            {"annotation_id": row["id"], "image_id": row["image_id"], "photo": photo(row),
             "donors": [one for one in [donor(row)] if one and row["category_id"]]}
            for row in data["annotations"]
        ]  # fmt: skip
        write_json_lines(root / "provenance" / f"{split}.jsonl", lines)

    return write
