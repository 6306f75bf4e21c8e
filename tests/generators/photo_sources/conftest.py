"""Tiny layouts of drawn people, one for each source; faces are known from the drawing."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from manyfaces.annotations import masks
from manyfaces.core.images import encode_png
from manyfaces.generators.people.source import DrawnPeople

DRAWN = DrawnPeople(3, 3, (120, 160))


@dataclass
class Layout:
    """A folder and what a source should make of it: name → boxes, in pixels."""

    place: Path
    boxes: dict[str, list[tuple[float, float, float, float]]]


@pytest.fixture(scope="session")
def scenes():
    """Encoded pictures with their faces' boxes as whole numbers."""
    found = []
    for photo in DRAWN.photos():
        scene = DRAWN.open(photo, 160)
        boxes = [tuple(map(float, masks.box(face.region))) for face in scene.faces]
        found.append((encode_png(scene.image), boxes[:2]))
    assert all(boxes for _, boxes in found)
    return found


@pytest.fixture
def layouts(tmp_path, scenes):
    """Every layout by its source's name."""
    makers = {
        "folder": folder, "coco": coco, "openforensics": openforensics,
        "wider-face": wider_face, "open-images": open_images, "huggingface": huggingface,
    }  # fmt: skip
    return {name: make(tmp_path / name, scenes) for name, make in makers.items()}


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def xywh(box):
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]


def folder(root, scenes):
    for number, (data, _) in enumerate(scenes):
        put(root / f"{number}.png", data)
    return Layout(root, {f"{number}.png": [] for number in range(len(scenes))})


def coco_object(scenes, name, **row):
    rows = [(image, box) for image, (_, boxes) in enumerate(scenes) for box in boxes]
    return {
        "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
        "images": [
            {"id": n, "file_name": name(n), "width": 160, "height": 120, **row}
            for n in range(len(scenes))
        ],
        "annotations": [
            {"id": n, "image_id": image, "category_id": 0, "bbox": xywh(box), "iscrowd": 0}
            for n, (image, box) in enumerate(rows)
        ],
    }


def coco(root, scenes):
    for number, (data, _) in enumerate(scenes):
        put(root / "images" / f"{number}.png", data)
    data = coco_object(scenes, lambda n: f"{n}.png", license=4, flickr_url="http://flickr/7")
    data["licenses"] = [{"id": 4, "name": "CC BY 2.0", "url": "http://cc/by"}]
    put(root / "faces.json", json.dumps(data).encode())
    boxes = {f"images/{n}.png": known for n, (_, known) in enumerate(scenes)}
    return Layout(root / "faces.json", boxes)


def openforensics(root, scenes):
    """The last picture holds a forged face, and is none to build from."""
    for number, (data, _) in enumerate(scenes):
        put(root / "Val" / f"{number}.jpg", data)
    data = coco_object(scenes, lambda n: f"Images/Val/{n}.jpg")
    data["annotations"][-1]["category_id"] = 1
    put(root / "Val_poly.json", json.dumps(data).encode())
    return Layout(root, {f"Val/{n}.jpg": known for n, (_, known) in enumerate(scenes[:-1])})


def wider_face(root, scenes):
    lines, boxes = [], {}
    for number, (data, known) in enumerate(scenes):
        name = f"0--Parade/0_Parade_marchingband_1_{number}.jpg"
        put(root / "WIDER_val" / "images" / name, data)
        rows = [" ".join(f"{v:.0f}" for v in xywh(box)) + " 0 0 0 0 0 0 " for box in known]
        lines += [name, str(len(rows)), *rows]
        boxes[f"WIDER_val/images/{name}"] = known
    put(root / "wider_face_split/wider_face_val_bbx_gt.txt", "\n".join(lines).encode())
    return Layout(root, boxes)


def open_images(root, scenes):
    boxes = ["ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,"
             "IsGroupOf,IsDepiction,IsInside"]  # fmt: skip
    images = ["ImageID,Subset,OriginalURL,OriginalLandingURL,License,AuthorProfileURL,Author,Title"]
    for number, (data, known) in enumerate(scenes):
        key = f"{number:016x}"
        put(root / "train" / f"{key}.jpg", data)
        images.append(
            f"{key},train,http://u/{number}.jpg,http://page/{number},"
            'http://cc/by/2.0,http://a,"Doe, Jane","A ""title"""'
        )
        for x1, y1, x2, y2 in known:
            shares = f"{x1 / 160:.9f},{x2 / 160:.9f},{y1 / 120:.9f},{y2 / 120:.9f}"
            boxes.append(f"{key},xclick,/m/0dzct,1,{shares},0,0,0,0,0")
            boxes.append(f"{key},xclick,/m/01g317,1,{shares},0,0,0,0,0")  # a person, no face
    put(root / "oidv6-train-annotations-bbox.csv", "\n".join(boxes).encode())
    put(root / "train-images-boxable-with-rotation.csv", "\n".join(images).encode())
    return Layout(root, {f"train/{n:016x}.jpg": known for n, (_, known) in enumerate(scenes)})


def huggingface(root, scenes):
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {
            "caption": datasets.Value("string"),
            "photo": datasets.Image(),
            "license": datasets.Value("string"),
            "faces": {"bbox": datasets.Sequence(datasets.Sequence(datasets.Value("float32")))},
        }
    )
    rows = [
        {
            "caption": "people", "photo": {"bytes": data, "path": None}, "license": "CC0-1.0",
            "faces": {"bbox": [xywh(box) for box in known]},
        }
        for data, known in scenes
    ]  # fmt: skip
    datasets.disable_progress_bars()
    datasets.DatasetDict(
        {"train": datasets.Dataset.from_list(rows, features=features)}
    ).save_to_disk(str(root))
    return Layout(root, {f"train/{n:07d}": known for n, (_, known) in enumerate(scenes)})
