import json

import cv2
import numpy as np
import pandas as pd
import pytest
from manyfaces.annotations.coco import (
    AnnotatedImage,
    AnnotationSet,
    ImageEntry,
    objects,
    write_coco,
)
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.plots import overview_png
from manyfaces.annotations.statistics import (
    FaceRow,
    ImageRow,
    Tables,
    read_tables,
    summarise,
    write_statistics,
)

SIZE = (40, 50)


def image(identity, sides, labels):
    """Square faces of the given sides, beside each other."""
    found = np.zeros((len(sides), *SIZE), bool)
    left = 0
    for mask, side in zip(found, sides, strict=True):
        mask[:side, left : left + side] = True
        left += side
    extra = {
        "annotation_id": identity * 10 + np.arange(len(sides)),
        "method": objects(["swap" if label else None for label in labels]),
    }
    faces = Instances.from_masks(SIZE, list(found), labels, extra)
    return AnnotatedImage(ImageEntry(identity, f"{identity}.jpg", *SIZE), faces)


@pytest.fixture
def dataset(tmp_path):
    parts = {
        "test": [image(3, [10], [0])],
        "train": [image(1, [10, 20], [0, 1]), image(2, [], [])],
    }
    for split, images in parts.items():
        write_coco(tmp_path / "annotations" / f"{split}.json", AnnotationSet(tuple(images)))
    return tmp_path


def test_a_row_a_face_and_a_row_an_image(dataset):
    faces, images = read_tables(dataset)
    assert faces.to_dict("records")[1] == {
        "split": "train",
        "image_id": 1,
        "label": "fake",
        "method": "swap",
        "side": 20.0,
        "share": 400 / 2000,
    }
    assert images.to_numpy().tolist() == [["train", 1, 2, 1], ["train", 2, 0, 0], ["test", 3, 1, 0]]


def test_the_counts_by_hand(dataset):
    assert summarise(read_tables(dataset)) == {
        "images": 3,
        "images_with_a_fake_face": 1,
        "faces": 3,
        "by_split": {
            "train": {"images": 2, "faces": 2, "fake": 1},
            "test": {"images": 1, "faces": 1, "fake": 0},
        },
        "by_label": {"real": 2, "fake": 1},
        "by_method": {"swap": 1},
        "faces_per_image": {"0": 1, "1": 1, "2": 1},
        "fake_per_image": {"0": 2, "1": 1},
        "face_side_quartiles": [10.0, 10.0, 10.0, 15.0, 20.0],
        "face_share_quartiles": [0.05, 0.05, 0.05, 0.125, 0.2],
    }


def test_quartiles_of_nothing_are_null():
    none = Tables(
        pd.DataFrame([], columns=FaceRow._fields), pd.DataFrame([], columns=ImageRow._fields)
    )
    summary = summarise(none)
    assert summary["faces"] == 0
    assert summary["face_side_quartiles"] is None
    assert overview_png(none).startswith(b"\x89PNG")


def test_the_files_are_written_and_stay_the_same(dataset, tmp_path):
    summary = write_statistics(dataset, tmp_path / "one")
    write_statistics(dataset, tmp_path / "two")
    assert json.loads((tmp_path / "one" / "statistics.json").read_text()) == summary
    for name in ("statistics.json", "overview.png"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_figure_shows_the_data(dataset):
    """The bars of fake faces are drawn in their colour, and more fakes take more of it."""
    faces, images = read_tables(dataset)

    def orange(tables):
        picture = cv2.imdecode(np.frombuffer(overview_png(tables), np.uint8), cv2.IMREAD_COLOR)
        return int((np.abs(picture[..., ::-1].astype(int) - [231, 111, 81]).max(axis=2) < 5).sum())

    real_only = Tables(faces.assign(label="real", method=None), images.assign(fake=0))
    assert orange(Tables(faces, images)) > 2 * orange(real_only)
