"""Each fault that ``verify`` knows, put into a sound dataset."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
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
from manyfaces.annotations.verify import CHECKS, Problem, examine, verify_dataset
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


def line(split, image, annotation, method=None, donor=None):
    photo = {"name": f"{split}{image}", "sha256": f"{split}{image}", "group": f"g{split}{image}"}
    return {
        "annotation_id": annotation,
        "image_id": image,
        "photo": photo,
        "donors": [donor] if donor else [],
        "method": method,
    }


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
            lines += [line(split, identity, first), line(split, identity, first + 1, "swap")]
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


def edit_image(split="test", **fields):
    return edit(f"annotations/{split}.json", lambda data: data["images"][0].update(fields))


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
    "image-row-unreadable": edit_image(height=0),
    "annotation-unreadable": edit_annotation(0, bbox=[1, 2, "3", 4]),
    "annotation-unknown-image": edit_annotation(0, image_id=77),
    "category-unknown": edit_annotation(0, category_id=2),
    "mask-size": edit_annotation(0, segmentation=rle(np.ones((8, 6), bool))),
    "no-manifest": remove("manifest.json"),
    "unreadable-manifest": write("manifest.json", b"[]"),
    "image-missing": remove("images/train/000001.jpg"),
    "image-unreadable": truncate,
    "image-size": resize,
    "image-altered": lambda root: (root / "images/train/000001.jpg").write_bytes(
        encode_jpeg(np.full((*SIZE, 3), 90, np.uint8), 90)
    ),
    "image-unlisted": write("images/train/stray.png", b"x"),
    "image-file-duplicate": edit_image("train", file_name="images/train/000002.jpg"),
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
    "num-keypoints-wrong": edit_annotation(0, num_keypoints=67),
    "manifest-missing-image": edit("manifest.json", lambda data: data["images"].pop()),
    "manifest-extra-image": edit(
        "manifest.json", lambda data: data["images"].append({**data["images"][0], "id": 9})
    ),
    "manifest-disagrees": edit(
        "manifest.json", lambda data: data["images"][0].update(split="test")
    ),
    "no-provenance": remove("provenance/test.jsonl"),
    "provenance-unreadable": write("provenance/test.jsonl", b"{\n"),
    "provenance-missing": edit_lines(lambda rows: rows[1:]),
    "provenance-unknown": edit_lines(lambda rows: [*rows, line("test", 3, 77)]),
    "provenance-duplicate": edit_lines(lambda rows: [*rows, rows[0]]),
    "provenance-disagrees": edit_lines(lambda rows: [{**rows[0], "method": "paint"}, rows[1]]),
    "split-shares-photo": patch_photo(sha256="train1"),
    "split-shares-donor": edit_lines(lambda rows: [{**row, "donors": [DONOR]} for row in rows]),
    "split-shares-group": patch_photo(group="gtrain1"),
    "split-near-duplicate": copy_across,
}


# What else each fault makes wrong; nothing but this may be reported with it.
AS_WELL = {
    "unreadable-annotations": {"image-unlisted", "manifest-extra-image", "provenance-unknown"},
    "image-row-unreadable": {"annotation-unknown-image", "image-unlisted", "manifest-extra-image"},
    "image-unreadable": {"image-altered"},
    "image-size": {"image-altered"},
    "image-file-duplicate": {"image-altered", "image-unlisted", "manifest-disagrees"},
    "image-id-duplicate": {"manifest-disagrees", "manifest-extra-image", "provenance-disagrees"}
    | {"image-altered"},
    "image-id-low": {"manifest-missing-image", "manifest-extra-image", "provenance-disagrees"},
    "annotation-id-duplicate": {"provenance-missing", "provenance-unknown"}
    | {"provenance-disagrees"},
    "annotation-id-low": {"provenance-missing", "provenance-unknown"},
    "box-outside": {"box-not-tight"},
    "mask-empty": {"box-not-tight"},
    "masks-overlap": {"box-not-tight"},
    "manipulation-missing": {"boundary-outside"},
    "keypoints-wrong": set(),
    "provenance-unreadable": {"provenance-missing"},
    "split-near-duplicate": {"image-altered"},
}


def test_a_sound_dataset_has_no_problems(sound):
    verdict = examine(sound)
    assert (verdict.images, verdict.faces, verdict.problems) == (3, 6, ())


def test_every_kind_of_fault_has_a_test():
    assert set(FAULTS) == set(CHECKS)


def test_the_data_format_names_every_kind():
    path = Path(__file__).parents[2] / "docs" / "data-format.md"
    section = path.read_text().split("## What verify checks")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z]+(?:-[a-z]+)+)`", section))
    assert named == set(CHECKS)


@pytest.mark.parametrize("code", CHECKS)
def test_a_fault_is_found_with_its_place_and_its_mend(sound, code):
    FAULTS[code](sound)
    problems = verify_dataset(sound)
    assert {code} <= {problem.code for problem in problems} <= {code} | AS_WELL.get(code, set())
    for problem in problems:
        assert problem.where
        assert problem.got
        assert problem.expected
        assert problem.mend


def test_all_faults_are_reported_at_once(sound):
    FAULTS["image-missing"](sound)
    FAULTS["provenance-missing"](sound)
    FAULTS["area-wrong"](sound)
    edit_annotation(1, bbox=[0, 0, 5, 5], num_keypoints=0)(sound)
    edit_annotation(2, category_id=2)(sound)
    edit_annotation(3, image_id=77)(sound)
    assert [problem.code for problem in verify_dataset(sound)] == [
        "category-unknown",
        "annotation-unknown-image",
        "area-wrong",
        "box-not-tight",
        "num-keypoints-wrong",
        "image-missing",
        "provenance-missing",
    ]


def test_the_place_names_the_row_and_the_field(sound):
    FAULTS["mask-size"](sound)
    [problem] = verify_dataset(sound)
    assert problem == Problem(
        "mask-size",
        "annotations/train.json, annotation 1, segmentation",
        "[8, 6]",
        "[60, 80]",
        CHECKS["mask-size"].mend,
    )
    assert problem.to_json()["code"] == "mask-size"


FILES = ["annotations/train.json", "manifest.json", "provenance/test.jsonl"]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_value_anywhere_ends_the_check(sound, damaged, data):
    path = sound / data.draw(st.sampled_from(FILES))
    before = path.read_bytes()
    lines = data.draw(damaged([json.loads(text) for text in before.splitlines()]))
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    try:
        assert all(problem.code in CHECKS for problem in verify_dataset(sound))
    finally:
        path.write_bytes(before)


def test_a_released_openforensics_folder_is_held_to_what_it_can_have(tmp_path):
    """Ids from 0, polygons, prefixed names, no manifest: none of it is a fault."""
    picture = encode_jpeg(np.full((*SIZE, 3), 90, np.uint8), 90)
    write_bytes(tmp_path / "Val" / "a.jpg", picture)
    row = {
        "id": 0,
        "image_id": 0,
        "category_id": 1,
        "bbox": [10, 10, 20, 20],
        "area": 380,
        "iscrowd": 0,
        "segmentation": [[10, 10, 30, 10, 30, 30, 10, 30]],
    }
    data = {
        "images": [{"id": 0, "file_name": "Images/Val/a.jpg", "width": 80, "height": 60}],
        "annotations": [row],
        "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
    }
    path = tmp_path / "Val_poly.json"
    path.write_text(json.dumps(data))
    assert verify_dataset(tmp_path) == []
    path.write_text(json.dumps({**data, "annotations": [{**row, "bbox": [70, 10, 20, 20]}]}))
    assert [problem.code for problem in verify_dataset(tmp_path)] == ["box-outside"]
    (tmp_path / "Val" / "a.jpg").unlink()
    assert "image-missing" in [problem.code for problem in verify_dataset(tmp_path)]


def test_a_folder_without_provenance_and_recipe_needs_none(sound):
    for path in (sound / "provenance").iterdir():
        path.unlink()
    (sound / "provenance").rmdir()
    assert verify_dataset(sound) == []
    (sound / "recipe.yaml").write_text("seed: 1\n")
    assert {problem.code for problem in verify_dataset(sound)} == {"no-provenance"}
