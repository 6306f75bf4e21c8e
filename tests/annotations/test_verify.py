"""Each fault that ``verify`` knows, put into a sound dataset."""

import json

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.coco import (
    AnnotatedImage,
    AnnotationSet,
    ImageEntry,
    objects,
    write_coco,
)
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.manifest import Manifest, ManifestEntry, write_manifest
from manyfaces.annotations.verify import CHECKS, verify_dataset
from manyfaces.core.files import sha256, write_bytes, write_json_lines
from manyfaces.core.images import encode_jpeg

SIZE = (60, 80)


def disc(x, y, radius=9):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def faces(first):
    real, fake, inner = disc(20, 30), disc(55, 30), disc(55, 30, 6)
    plain = Instances.from_masks(SIZE, [real, fake], [0, 1])
    points = np.tile([30.0, 30.0, 2.0], (2, 68))
    return Instances(
        SIZE,
        plain.boxes,
        plain.labels,
        plain.masks,
        extra={
            "annotation_id": np.array([first, first + 1]),
            "keypoints": points,
            "method": objects([None, "swap"]),
            "manipulation": objects([None, masks.encode(inner)]),
            "boundary": objects([None, masks.encode(masks.boundary(inner, 2))]),
        },
    )


def line(split, image, annotation, donor=None):
    photo = {"name": f"{split}{image}", "sha256": f"{split}{image}", "group": f"g{split}{image}"}
    return {"annotation_id": annotation, "image_id": image, "photo": photo, "donor": donor}


@pytest.fixture
def sound(tmp_path):
    rng = np.random.default_rng(0)
    entries, first = [], 1
    for split, ids in (("train", (1, 2)), ("test", (3,))):
        images, lines = [], []
        for identity in ids:
            name = f"images/{split}/{identity:06d}.jpg"
            coarse = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
            data = encode_jpeg(np.kron(coarse, np.ones((10, 10, 1), np.uint8)), 90)
            write_bytes(tmp_path / name, data)
            images.append(AnnotatedImage(ImageEntry(identity, name, *SIZE), faces(first)))
            entries.append(ManifestEntry(identity, name, *SIZE, sha256(data), split))
            lines += [line(split, identity, first), line(split, identity, first + 1)]
            first += 2
        write_coco(tmp_path / "annotations" / f"{split}.json", AnnotationSet(tuple(images)))
        write_json_lines(tmp_path / "provenance" / f"{split}.jsonl", lines)
    write_manifest(tmp_path / "manifest.json", Manifest(tuple(entries)))
    return tmp_path


def edit(name, change):
    """A fault: one JSON file changed in place."""

    def fault(root):
        path = root / name
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))

    return fault


def edit_annotation(row, **fields):
    def change(data):
        for name, value in fields.items():
            if value is None:
                data["annotations"][row].pop(name, None)
            else:
                data["annotations"][row][name] = value

    return edit("annotations/train.json", change)


def edit_lines(change):
    def fault(root):
        path = root / "provenance" / "test.jsonl"
        rows = [json.loads(text) for text in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(row) + "\n" for row in change(rows)))

    return fault


def rle(mask):
    return masks.to_coco(masks.encode(mask))


def patch_photo(**fields):
    return edit_lines(lambda rows: [{**row, "photo": {**row["photo"], **fields}} for row in rows])


def remove(name):
    return lambda root: (root / name).unlink()


def write(name, data):
    return lambda root: (root / name).write_bytes(data)


def truncate(root):
    path = root / "images/train/000001.jpg"
    path.write_bytes(path.read_bytes()[:-200])


def resize(root):
    path = root / "images/train/000001.jpg"
    path.write_bytes(encode_jpeg(np.zeros((30, 40, 3), np.uint8), 90))


def copy_across(root):
    data = (root / "images/train/000001.jpg").read_bytes()
    (root / "images/test/000003.jpg").write_bytes(data)


def rename_annotations(root):
    (root / "annotations").rename(root / "elsewhere")


HALF = disc(20, 30)
DONOR = {"sha256": "train1", "name": "train1", "face": 0}
FAULTS = {
    "no-annotations": rename_annotations,
    "unreadable-annotations": write("annotations/train.json", b"{"),
    "no-manifest": remove("manifest.json"),
    "unreadable-manifest": write("manifest.json", b"[]"),
    "image-missing": remove("images/train/000001.jpg"),
    "image-unreadable": truncate,
    "image-size": resize,
    "image-altered": lambda root: (root / "images/train/000001.jpg").write_bytes(
        encode_jpeg(np.full((*SIZE, 3), 90, np.uint8), 90)
    ),
    "image-unlisted": write("images/train/stray.png", b"x"),
    "image-id-duplicate": edit(
        "annotations/test.json",
        lambda data: (
            data["images"][0].update(id=1),
            [row.update(image_id=1) for row in data["annotations"]],
        ),
    ),
    "image-id-low": edit(
        "annotations/test.json",
        lambda data: (
            data["images"][0].update(id=0),
            [row.update(image_id=0) for row in data["annotations"]],
        ),
    ),
    "annotation-id-duplicate": edit_annotation(0, id=2),
    "annotation-id-low": edit_annotation(0, id=0),
    "box-outside": edit_annotation(0, bbox=[70, 50, 20, 20]),
    "box-not-tight": edit_annotation(0, bbox=[8, 18, 25, 25]),
    "mask-empty": edit_annotation(0, segmentation=rle(np.zeros(SIZE, bool)), area=0),
    "area-wrong": edit_annotation(0, area=361),
    "masks-overlap": edit_annotation(0, segmentation=rle(disc(50, 30))),
    "manipulation-missing": edit_annotation(1, manipulation=None),
    "manipulation-on-real": edit_annotation(0, manipulation=rle(HALF)),
    "boundary-missing": edit_annotation(1, boundary=None),
    "boundary-outside": edit_annotation(1, boundary=rle(HALF)),
    "keypoints-wrong": edit_annotation(0, keypoints=[99.0, 30.0, 2.0] * 68),
    "manifest-missing-image": edit("manifest.json", lambda data: data["images"].pop()),
    "manifest-extra-image": edit(
        "manifest.json", lambda data: data["images"].append({**data["images"][0], "id": 9})
    ),
    "manifest-disagrees": edit(
        "manifest.json", lambda data: data["images"][0].update(split="test")
    ),
    "provenance-unreadable": write("provenance/test.jsonl", b"{\n"),
    "provenance-missing": edit_lines(lambda rows: rows[1:]),
    "provenance-unknown": edit_lines(lambda rows: [*rows, line("test", 3, 77)]),
    "split-shares-photo": patch_photo(sha256="train1"),
    "split-shares-donor": edit_lines(lambda rows: [{**row, "donor": DONOR} for row in rows]),
    "split-shares-group": patch_photo(group="gtrain1"),
    "split-near-duplicate": copy_across,
}


def test_a_sound_dataset_has_no_problems(sound):
    assert verify_dataset(sound) == []


def test_every_kind_of_fault_has_a_test():
    assert set(FAULTS) == set(CHECKS)


@pytest.mark.parametrize("code", CHECKS)
def test_a_fault_is_found_with_its_place_and_its_mend(sound, code):
    FAULTS[code](sound)
    found = {problem.code: problem for problem in verify_dataset(sound)}
    assert code in found
    assert found[code].where
    assert found[code].mend


def test_all_faults_are_reported_at_once(sound):
    for code in ("image-missing", "area-wrong", "provenance-missing"):
        FAULTS[code](sound)
    codes = {problem.code for problem in verify_dataset(sound)}
    assert {"image-missing", "area-wrong", "provenance-missing"} <= codes
