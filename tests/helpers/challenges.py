"""A small challenge: two tracks, two splits, and predictions as good as wanted."""

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import yaml
from manyfaces.annotations import masks
from manyfaces.annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.manifest import Manifest, ManifestEntry, write_manifest
from manyfaces.core.files import sha256, write_bytes, write_json_lines
from manyfaces.core.images import encode_png
from manyfaces.leaderboard.challenge.method import Method
from manyfaces.leaderboard.scoring.worker import Worker
from manyfaces.leaderboard.submissions.accounts import account_of, create_account

SIZE = (48, 64)  # height, width
SPLITS = {"val": range(1, 7), "test": range(7, 13)}
TRACKS = ("clean", "dark")


def faces(image_id):
    """Two faces of a picture: x, y, width, height and label, by its id alone."""
    rng = np.random.default_rng(image_id)
    left, top = rng.integers(0, 6, 2)
    wide, high = rng.integers(14, 22, 2)
    return [
        ((int(left), int(top), int(wide), int(high)), int(image_id % 2)),
        ((int(left) + 34, int(top) + 18, int(wide), int(high)), int(image_id % 3 == 0)),
    ]


def rle(box, size=SIZE):
    left, top, wide, high = box
    mask = np.zeros(size, bool)
    mask[top : top + high, left : left + wide] = True
    return masks.encode(mask)


def dataset(root, track, splits=SPLITS):
    """A dataset folder with flat pictures: the truth is all that is scored."""
    rows = []
    for split, ids in splits.items():
        images = []
        for image_id in ids:
            name = f"images/{split}/{image_id:06d}.png"
            level = 40 if track == "dark" else 160
            data = encode_png(np.full((*SIZE, 3), level + image_id, np.uint8))
            write_bytes(root / name, data)
            rows.append(ManifestEntry(image_id, name, *SIZE, sha256(data), split))
            found = faces(image_id)
            instances = Instances(
                size=SIZE,
                boxes=np.array([[x, y, x + w, y + h] for (x, y, w, h), _ in found], float),
                labels=np.array([label for _, label in found]),
                masks=tuple(rle(box) for box, _ in found),
                extra={"annotation_id": np.arange(2) + 2 * image_id},
            )
            images.append(AnnotatedImage(ImageEntry(image_id, name, *SIZE), instances))
        write_coco(root / "annotations" / f"{split}.json", AnnotationSet(tuple(images)))
    write_manifest(root / "manifest.json", Manifest(tuple(rows)))
    return root


def photograph(image_id):
    """The SHA-256 of the photograph that a picture was made from."""
    return sha256(f"photograph {image_id}".encode())


def provenance(root, splits=SPLITS):
    """What ``manyfaces build`` notes of each face: here a photograph a picture, no donors."""
    for split, ids in splits.items():
        lines = [
            {
                "image_id": image_id,
                "annotation_id": 2 * image_id + face,
                "photo": {"name": f"{image_id}.jpg", "sha256": photograph(image_id)},
                "method": None,
                "label": "real",
            }
            for image_id in ids
            for face in range(2)
        ]
        write_json_lines(root / "provenance" / f"{split}.jsonl", lines)


def manifest(splits):
    """The manifest of pictures that are nowhere."""
    return Manifest(
        tuple(
            ManifestEntry(image_id, f"images/{split}/{image_id:06d}.png", *SIZE, "0", split)
            for split, ids in splits.items()
            for image_id in ids
        )
    )


def rules(folder, **fields):
    """``challenge.yaml`` beside its datasets; fields replace those of the example."""
    for track in TRACKS:
        if not (folder / "data" / track).exists():
            dataset(folder / "data" / track, track)
    now = datetime.now(timezone.utc)
    values = {
        "title": "A challenge & more",
        "opens": now - timedelta(days=1),
        "closes": now + timedelta(days=30),
        "tracks": [{"name": track, "data": f"data/{track}"} for track in TRACKS],
        "splits": {"public": "val", "hidden": "test"},
        "limits": {"per_day": 3, "total": 5, "at_once": 2, "file_size": "1 MB"},
        "required": ["authors"],
        **fields,
    }
    path = folder / "challenge.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


def predictions(seed=0, off=3, splits=SPLITS, wrong=0.2):
    """Detections that miss the truth by up to ``off`` pixels, with a share of wrong labels."""
    rng = np.random.default_rng(seed)
    rows = []
    for image_id in (image for ids in splits.values() for image in ids):
        for (left, top, wide, high), label in faces(image_id):
            x, y = (int(value) for value in rng.integers(-off, off + 1, 2)) if off else (0, 0)
            box = (max(0, left + x), max(0, top + y), wide, high)
            guess = label if rng.random() >= wrong else 1 - label
            rows.append(
                {
                    "image_id": image_id,
                    "category_id": guess,
                    "score": round(float(rng.uniform(0.3, 1)), 6),
                    "bbox": list(box),
                    "segmentation": masks.to_coco(rle(box)),
                }
            )
    return rows


def write(path, rows):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows))
    return path


def files(folder, seed=0, tracks=TRACKS, **options):
    """A predictions file for each track; the tracks' files differ."""
    return {
        track: write(folder / f"{track}-{seed}.json", predictions(seed * 7 + number, **options))
        for number, track in enumerate(tracks)
    }


def member(board, name="Ann", **options):
    return account_of(board.database, create_account(board.database, name, **options))


def hand_in(board, who, seed=0, name=None, baseline=False, **options):
    """Hand a submission in through the desk; returns its id."""
    place = board.folder.incoming / f"in-{who.id}-{seed}-{name}"
    handed = files(place, seed, **options)
    method = Method(name=name or f"{who.name}'s {seed}", authors="A")
    return board.desk.submit(who, method, handed, baseline=baseline)[0]


def work(board):
    return Worker(board.folder, board.database).run(until_empty=True)
