"""A small dataset as a build leaves it: donors, several licences, an empty split, a report."""

import json
from datetime import date

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.card import write_card
from manyfaces.annotations.coco import (
    AnnotatedImage,
    AnnotationSet,
    ImageEntry,
    objects,
    write_coco,
)
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.manifest import Manifest, ManifestEntry, write_manifest
from manyfaces.annotations.release.about import About
from manyfaces.annotations.release.make import release_dataset
from manyfaces.annotations.release.record import Terms
from manyfaces.core.files import sha256, write_bytes, write_json, write_json_lines, write_text
from manyfaces.core.images import encode_jpeg, encode_png

SIZE = (60, 80)
DAY = date(2026, 5, 17)
# Image id: split, photograph, method of its second face, photographs of that face's donors.
IMAGES = {
    1: ("train", "anna.jpg", None, ()),
    2: ("test", "emil.jpg", None, ()),
    3: ("train", "bert.jpg", "swap", ("anna.jpg",)),
    4: ("train", "cleo.jpg", "self-blend", ()),
    5: ("test", "fred.jpg", "swap", ("emil.jpg",)),
    6: ("train", "dora.jpg", "package:mix", ("cleo.jpg", "bert.jpg")),
}
LICENCES = {"anna.jpg": "CC-BY-4.0", "emil.jpg": "CC-BY-ND-2.0", "dora.jpg": "unknown"}


def digest(name):
    return sha256(name.encode())


def record(name):
    return {
        "name": name,
        "sha256": digest(name),
        "licence": LICENCES.get(name, "CC0-1.0"),
        "origin": f"https://example.org/{name[0]}",
        "group": f"group of {name}",
    }


def disc(x, y, radius):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def faces(first, method):
    ring = disc(55, 30, 9) & ~disc(55, 30, 3)  # a mask with a hole
    plain = Instances.from_masks(SIZE, [disc(20, 30, 9), ring], [0, int(method is not None)])
    inner = disc(55, 30, 6)
    forged = None if method is None else masks.encode(inner)
    band = None if method is None else masks.encode(masks.boundary(inner, 2))
    return Instances(
        SIZE, plain.boxes, plain.labels, plain.masks,
        extra={
            "annotation_id": np.array([first, first + 1]),
            "keypoints": np.tile([30.0, 30.5, 2.0], (2, 68)),
            "method": objects([None, method]),
            "manipulation": objects([None, forged]),
            "boundary": objects([None, band]),
        },
    )  # fmt: skip


def line(image, annotation, method=None, donors=()):
    split, photo, *_ = IMAGES[image]
    # Older datasets name one donor, newer ones a list.
    named = [{**record(name), "face": 0} for name in donors]
    lent = {"donors": named} if len(named) != 1 else {"donor": named[0]}
    return {
        "annotation_id": annotation, "image_id": image, "split": split, "face": 0,
        "label": "fake" if method else "real", "photo": record(photo), **lent,
        "method": method, "version": "1" if method else None, "seed": 5 if method else None,
    }  # fmt: skip


def picture(image):
    coarse = np.random.default_rng(image).integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return encode_jpeg(np.kron(coarse, np.ones((10, 10, 1), np.uint8)), 90)


def build(root):
    entries, lines = [], {"train": [], "val": [], "test": []}
    images = {split: [] for split in lines}
    for number, (split, _, method, donors) in IMAGES.items():
        name, data, first = f"images/{split}/{number:06d}.jpg", picture(number), 2 * number - 1
        write_bytes(root / name, data)
        images[split].append(AnnotatedImage(ImageEntry(number, name, *SIZE), faces(first, method)))
        entries.append(ManifestEntry(number, name, *SIZE, sha256(data), split))
        lines[split] += [line(number, first), line(number, first + 1, method, donors)]
    for split, rows in lines.items():
        write_coco(root / f"annotations/{split}.json", AnnotationSet(tuple(images[split])))
        write_json_lines(root / f"provenance/{split}.jsonl", rows)
    write_manifest(root / "manifest.json", Manifest(tuple(entries)))
    write_text(root / "recipe.yaml", "seed: 5\n")
    write_json(root / "report.json", report())
    write_card(root / "README.md", report())
    write_bytes(root / "contact_sheet.png", encode_png(np.zeros((4, 4, 3), np.uint8)))
    return root


def report():
    used = [
        {"name": photo, "sha256": digest(photo), "used": True,
         "image": f"images/{split}/{n:06d}.jpg", "faces": 2, "forged": int(method is not None)}
        for n, (split, photo, method, _) in IMAGES.items()
    ]  # fmt: skip
    copy = {"name": "copy.jpg", "sha256": digest("other bytes"), "used": False,
            "reason": "exact copy of anna.jpg"}  # fmt: skip
    splits = {"train": (4, 8, 5, 3), "val": (0, 0, 0, 0), "test": (2, 4, 3, 1)}
    keys = ("images", "faces", "real", "fake")
    return {
        "identity": {"manyfaces": "0.1.0", "methods": {"swap": "1", "self-blend": "1"},
                     "source": {"source": "photographs"}, "limit": None},
        "images": 6, "pristine_images": 2, "faces": 12,
        "forged": {"swap": 2, "package:mix": 1, "self-blend": 1},
        "splits": {split: dict(zip(keys, row, strict=True)) for split, row in splits.items()},
        "skipped": {"exact copy": 1}, "not_forgeable": {}, "hidden_faces": 0, "attempts": {},
        "licences": {"CC0-1.0": 3, "CC-BY-4.0": 1, "CC-BY-ND-2.0": 1, "unknown": 1},
        "photographs": [*used, copy],
    }  # fmt: skip


@pytest.fixture
def dataset(tmp_path):
    return build(tmp_path / "dataset")


@pytest.fixture
def terms():
    """Terms with some of them changed."""

    def make(purpose="public", hidden=(), **about):
        return Terms(About(**about), purpose, tuple(hidden), DAY)

    return make


@pytest.fixture
def release(dataset, terms, tmp_path):
    """Release the dataset; the folder."""

    def make(folder="release", /, **wanted):
        release_dataset(dataset, tmp_path / folder, terms(**wanted))
        return tmp_path / folder

    return make


@pytest.fixture
def day():
    return DAY


@pytest.fixture
def texts():
    """Everything that the files of a folder say, Parquet and compressed columns too."""

    def read(root):
        import pyarrow.parquet as pq

        found = {}
        for path in sorted(root.rglob("*")):
            if path.suffix == ".parquet":
                rows = pq.read_table(path).to_pylist()
                found[path] = json.dumps(rows, default=lambda value: value.decode("latin-1"))
            elif path.is_file():
                found[path] = path.read_bytes().decode("latin-1")
        return found

    return read
