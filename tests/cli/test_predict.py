"""``manyfaces predict`` of pictures, in this process: the detector is no network."""

import json

import pytest
import videos
from bright_faces import BrightFaces
from manyfaces.annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.manifest import Manifest, ManifestEntry, write_manifest
from manyfaces.cli.predict import predict
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.images import encode_png

BRIGHT = "bright_faces:BrightFaces"
SIZE = videos.moving(1)[0].shape[:2]


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "in"
    place.mkdir()
    for name, frame in zip("abc", videos.moving(3), strict=True):
        (place / f"{name}.png").write_bytes(encode_png(frame))
    return place


@pytest.fixture
def listed(folder):
    ids = {3: "a.png", 5: "b.png"}
    rows = [ManifestEntry(key, name, 4, 4, "0", "val") for key, name in ids.items()]
    write_manifest(folder / "manifest.json", Manifest(tuple(rows)))
    return folder


@pytest.fixture
def dataset(folder):
    images = [
        AnnotatedImage(ImageEntry(key, f"{name}.png", *SIZE), Instances.empty(SIZE))
        for key, name in zip((11, 12, 13), "abc", strict=True)
    ]
    write_coco(folder / "annotations" / "test.json", AnnotationSet(tuple(images)))
    return folder


def rows_of(path):
    return json.loads(path.read_text())


def interrupted_at(monkeypatch, number):
    """The detector is interrupted at its picture of this number; returns the ids that it saw."""
    seen, plain = [], BrightFaces.predict

    def predicting(self, images, image_ids):
        if len(seen) == number:
            raise KeyboardInterrupt
        seen.extend(image_ids)
        return plain(self, images, image_ids)

    monkeypatch.setattr(BrightFaces, "predict", predicting)
    return seen


def test_an_interrupted_run_goes_on_where_it_was(folder, tmp_path, monkeypatch, capsys):
    predict([BRIGHT, str(folder)], tmp_path / "whole.json", annotated=tmp_path / "whole")
    with monkeypatch.context() as patch:
        interrupted_at(patch, 2)
        with pytest.raises(KeyboardInterrupt):
            predict([BRIGHT, str(folder)], tmp_path / "p.json")
    seen = interrupted_at(monkeypatch, None)
    predict([BRIGHT, str(folder)], tmp_path / "p.json", annotated=tmp_path / "seen")
    assert seen == [3], "what was answered is not predicted again"
    assert "Goes on after 2 answers" in capsys.readouterr().err
    assert (tmp_path / "p.json").read_bytes() == (tmp_path / "whole.json").read_bytes()
    drawn = [sorted((tmp_path / name).iterdir()) for name in ("seen", "whole")]
    assert [one.read_bytes() for one in drawn[0]] == [one.read_bytes() for one in drawn[1]]
    assert not list(tmp_path.glob("*.answers.jsonl"))


def test_a_damaged_picture_of_a_dataset_costs_no_other_and_is_no_success(dataset, tmp_path, capsys):
    whole = (dataset / "a.png").read_bytes()
    (dataset / "a.png").write_bytes(whole[:99])
    with pytest.raises(DataError, match=r"lack .*got 2 pictures, expected all 3"):
        predict([BRIGHT, str(dataset)], tmp_path / "p.json")
    assert "a.png" in capsys.readouterr().err.replace("\n", "")
    assert {row["image_id"] for row in rows_of(tmp_path / "p.json")} == {12, 13}
    # Mended, it is the only one that is looked at.
    (dataset / "a.png").write_bytes(whole)
    predict([BRIGHT, str(dataset)], tmp_path / "p.json")
    assert "Goes on after 2 answers" in capsys.readouterr().err
    assert {row["image_id"] for row in rows_of(tmp_path / "p.json")} == {11, 12, 13}
    assert not list(tmp_path.glob("*.answers.jsonl"))


def test_a_damaged_picture_of_a_manifest_is_no_success_either(listed, tmp_path):
    (listed / "b.png").write_bytes(b"none")
    with pytest.raises(DataError, match=r"lack .*got 1 picture, expected all 2"):
        predict([BRIGHT, str(listed)], tmp_path / "p.json")
    assert {row["image_id"] for row in rows_of(tmp_path / "p.json")} == {3}


def test_a_folder_of_which_nothing_can_be_read_is_no_success(folder, tmp_path):
    for picture in folder.iterdir():
        picture.write_bytes(b"none")
    with pytest.raises(DataError, match=r"no picture or video can be read.*3 skipped"):
        predict([BRIGHT, str(folder)], tmp_path / "p.json")
    assert not list(tmp_path.glob("p.*"))


def test_what_is_said_of_a_drawn_picture_is_what_it_shows(folder, tmp_path, capsys):
    picture = str(folder / "a.png")
    predict([BRIGHT, picture], tmp_path / "seen.png", as_json=True)
    summary = json.loads(capsys.readouterr().out)
    assert summary == {"images": 1, "faces": 2, "at_min_score": 2, "skipped": 0}
    predict([BRIGHT, picture], tmp_path / "seen.png", min_score=0.95)
    assert "2 detections in 1 picture, 0 of them at or above 0.95." in capsys.readouterr().err


def test_two_pictures_are_told_to_share_a_folder(folder, tmp_path):
    words = [str(folder / name) for name in ("a.png", "b.png")]
    with pytest.raises(UsageError, match=r"a\.png, a picture or a video.*one folder"):
        predict(words, tmp_path / "p.json")
