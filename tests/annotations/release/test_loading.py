"""A release in the hands of those who load it: ``datasets``, pycocotools, ``mlcroissant``."""

import contextlib
import io
import json
import logging
import subprocess
import sys

import numpy as np
import pytest
from manyfaces.annotations.coco import read_annotations
from manyfaces.annotations.release.statements import PROPERTIES
from manyfaces.core.images import read_image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

SPLITS = {"train": "train", "test": "test"}  # val is empty

# A process of its own: `datasets` reads its settings when it is imported, and must not
# reach for the network or the user's cache.
LOAD = """
import json, sys, warnings
import datasets, numpy as np
where, options = sys.argv[1], json.loads(sys.argv[2])
found = datasets.load_dataset(where, **options)
rows = {split: [] for split in found}
for split, part in found.items():
    labels = part.features["objects"]["categories"]
    for row in part:
        picture = np.asarray(row.pop("image").convert("RGB"))
        row["sum"], row["shape"] = int(picture.sum()), list(picture.shape)
        rows[split].append(row)
    rows[split + " labels"] = str(labels)
print(json.dumps(rows))
"""


@pytest.fixture
def load(tmp_path):
    pytest.importorskip("datasets")

    def run(where, **options):
        options["cache_dir"] = str(tmp_path / "cache")
        environment = {
            "HF_DATASETS_OFFLINE": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hf"),
            "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "PATH": "/usr/bin:/bin",
        }  # fmt: skip
        command = [sys.executable, "-c", LOAD, str(where), json.dumps(options)]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        return json.loads(done.stdout)

    return run


def assert_same_as(rows, dataset):
    for split, name in SPLITS.items():
        images = read_annotations(dataset / f"annotations/{split}.json").images
        found = {row["image_id"]: row for row in rows[name]}
        assert found.keys() == {image.id for image in images}
        for image in images:
            assert_same_image(found[image.id], image, dataset)


def assert_same_image(row, image, dataset):
    faces, objects = image.instances, row["objects"]
    assert row["shape"] == [row["height"], row["width"], 3]
    assert row["sum"] == int(read_image(dataset / image.entry.file_name).sum())
    assert objects["categories"] == faces.labels.tolist()
    assert objects["id"] == faces.extra["annotation_id"].tolist()
    corners = [[x, y, x + w, y + h] for x, y, w, h in objects["bbox"]]
    np.testing.assert_array_equal(corners, faces.boxes)
    np.testing.assert_array_equal(objects["keypoints"], faces.extra["keypoints"])
    assert objects["method"] == [method or "" for method in faces.extra["method"]]
    for column, truth in (("segmentation", faces.masks), *((n, faces.extra[n]) for n in
                          ("manipulation", "boundary"))):  # fmt: skip
        for mask, wanted in zip(objects[column], truth, strict=True):
            pixels = np.zeros(image.size, np.uint8) if wanted is None else coco_mask.decode(wanted)
            np.testing.assert_array_equal(coco_mask.decode(mask), pixels)


def test_pictures_and_masks_load_as_an_image_folder(release, dataset, load):
    assert_same_as(load("imagefolder", data_dir=str(release())), dataset)


def test_the_folder_of_pictures_alone_loads_as_well(release, dataset, load):
    where = release(hidden=["test"]) / "images"
    rows = load("imagefolder", data_dir=str(where))
    assert {name for name in rows if "labels" not in name} == {"train"}


def test_the_release_loads_by_its_folder_as_parquet_with_named_labels(release, dataset, load):
    rows = load(release())
    assert_same_as(rows, dataset)
    assert "ClassLabel" in rows["train labels"]
    assert "'real', 'fake'" in rows["train labels"]


def test_coco_files_load_and_are_those_of_the_dataset(release, dataset):
    folder = release()
    for split in ("train", "val", "test"):
        name = f"annotations/{split}.json"
        assert (folder / name).read_bytes() == (dataset / name).read_bytes()
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(folder / "annotations/train.json")
    for row in truth.loadAnns(truth.getAnnIds()):
        assert row["iscrowd"] == 0
        assert row["area"] == truth.annToMask(row).sum()


@pytest.fixture
def croissant():
    pytest.importorskip("mlcroissant")

    def read(folder):
        import mlcroissant

        return mlcroissant.Dataset(jsonld=str(folder / "croissant.json"))

    return read


# rdflib's parser uses its own deprecated class.
parsing = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")


@parsing
@pytest.mark.parametrize("hidden", [(), ("test",)])
def test_the_croissant_file_validates_without_a_warning(release, croissant, caplog, hidden):
    with caplog.at_level(logging.WARNING):
        metadata = croissant(release(hidden=hidden)).metadata
    assert not metadata.ctx.issues.errors
    assert not metadata.ctx.issues.warnings
    assert not caplog.messages
    assert metadata.conforms_to == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]


@parsing
def test_the_croissant_file_says_everything_that_the_responsible_ai_vocabulary_asks(
    release, croissant
):
    metadata = croissant(release(collected=("2020-01-01", "2021-02-03"))).metadata
    said = metadata.to_json()
    for name in (*PROPERTIES, "dataCollectionTimeframe"):
        assert said[f"rai:{name}"], name
    assert "https://spdx.org/licenses/CC-BY-4.0.html" in metadata.license
    assert "unknown" in metadata.license


@parsing
@pytest.mark.filterwarnings("ignore:The inplace keyword")  # the library's own, with pandas 3
def test_the_croissant_file_is_enough_to_read_pictures_and_masks(release, dataset, croissant):
    read = croissant(release())
    images = {
        image.id: (split, image)
        for split in SPLITS
        for image in read_annotations(dataset / f"annotations/{split}.json").images
    }
    rows = list(read.records("images"))
    assert len(rows) == len(images)
    for row in rows:
        split, image = images[row["images/image_id"]]
        assert row["images/split"].decode() == SPLITS[split]
        assert row["images/image"].size == image.size[::-1]
        objects = row["images/objects"]
        for text, wanted in zip(
            objects["images/objects/segmentation"], image.instances.masks, strict=True
        ):
            counts = text if isinstance(text, bytes) else text.encode()
            found = coco_mask.decode({"size": list(image.size), "counts": counts})
            np.testing.assert_array_equal(found, coco_mask.decode(wanted))
