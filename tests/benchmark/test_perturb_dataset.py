"""A track written out is the track that the harness shows."""

import json

import numpy as np
import pytest
from manyfaces.annotations.coco import (
    AnnotatedImage,
    AnnotationSet,
    ImageEntry,
    objects,
    write_coco,
)
from manyfaces.annotations.dataset import image_path, open_split
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.manifest import Manifest, ManifestEntry, read_manifest, write_manifest
from manyfaces.benchmark.perturb_dataset import perturb_split
from manyfaces.benchmark.track import replay
from manyfaces.benchmark.tracks import get_track
from manyfaces.cli.perturb import perturb
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import read_json_lines, sha256_of_file, write_bytes
from manyfaces.core.images import encode_jpeg, read_image

SIZE = (48, 64)


def picture(seed):
    return np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


def faces(first_id):
    masks = np.zeros((2, *SIZE), bool)
    masks[0, 10:30, 8:24] = True
    masks[1, 15:40, 35:55] = True
    keypoints = np.zeros((2, 204))
    keypoints[0] = np.tile([15, 20, 2], 68)
    extra = {
        "annotation_id": np.array([first_id, first_id + 1]),
        "keypoints": keypoints,
        "method": objects(["swap", None]),
    }
    return Instances.from_masks(SIZE, list(masks), [1, 0], extra)


def make_split(root, split, first):
    """Three pictures, one without faces, one in a folder of its own with a name used twice."""
    names = [f"images/{split}/a.jpg", f"images/{split}/b.jpg", f"images/{split}/more/a.jpg"]
    images, rows = [], []
    for number, name in enumerate(names):
        write_bytes(root / name, encode_jpeg(picture(first + number), 95))
        entry = ImageEntry(first + number, name, *SIZE, {"photo": f"p{number}"})
        found = faces(10 * (first + number)) if number != 1 else Instances.empty(SIZE)
        images.append(AnnotatedImage(entry, found))
        digest = sha256_of_file(root / name)
        rows.append(ManifestEntry(entry.id, name, *SIZE, digest, split))
    write_coco(root / f"annotations/{split}.json", AnnotationSet(tuple(images)))
    write_bytes(root / f"provenance/{split}.jsonl", b'{"image_id": 1}\n')
    return rows


@pytest.fixture
def dataset(tmp_path):
    root = tmp_path / "dataset"
    rows = [*make_split(root, "test", 1), *make_split(root, "val", 11)]
    write_manifest(root / "manifest.json", Manifest(tuple(rows)))
    return root


def tree(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("name", ["clean", "elastic-4", "corruption-5", "external-2"])
def test_the_written_split_is_what_the_track_shows(dataset, tmp_path, name):
    out, track = tmp_path / "out", get_track(name)
    perturb_split(dataset, "test", track, out)
    for before, after in zip(
        open_split(dataset, "test").images, open_split(out, "test").images, strict=True
    ):
        source = read_image(image_path(dataset, before.entry))
        shown = track.apply(source, before.id, before.instances)
        assert after.id == before.id
        assert after.entry.extra == before.entry.extra
        assert np.array_equal(read_image(image_path(out, after.entry)), shown.image)
        assert after.instances.masks == shown.instances.masks
        assert np.array_equal(after.instances.boxes, shown.instances.boxes)
        assert np.array_equal(after.instances.labels, before.instances.labels)
        for column in ("annotation_id", "keypoints"):
            if column in shown.instances.extra:
                assert np.array_equal(after.instances.extra[column], shown.instances.extra[column])


def test_the_harness_sees_the_same_pixels_on_the_fly_and_written(dataset, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("pytorch_lightning")
    from manyfaces.benchmark.harness import TrackData

    out, track = tmp_path / "out", get_track("block-3")
    perturb_split(dataset, "test", track, out)
    flying = TrackData(dataset, open_split(dataset, "test").images, track)
    written = TrackData(out, open_split(out, "test").images, get_track("clean"))
    assert len(flying) == len(written) == 3
    for row in range(3):
        assert flying[row].image_id == written[row].image_id
        assert np.array_equal(flying[row].image, written[row].image)
        assert flying[row].truth.masks == written[row].truth.masks


def test_records_make_the_pictures_again(dataset, tmp_path):
    out = tmp_path / "out"
    perturb_split(dataset, "test", get_track("color-5"), out)
    rows = read_json_lines(out / "perturbation/test.jsonl")
    assert len(rows) == 3
    for row in rows:
        again = replay(row, read_image(dataset / row["source"]))
        assert np.array_equal(again.image, read_image(out / row["file_name"]))


def test_the_manifest_holds_what_was_written(dataset, tmp_path):
    out = tmp_path / "out"
    perturb_split(dataset, "test", get_track("jpeg-3"), out)
    manifest = read_manifest(out / "manifest.json")
    assert [row.id for row in manifest.images] == [1, 2, 3]
    for row in manifest.images:
        assert sha256_of_file(out / row.file_name) == row.sha256
    names = [row.file_name for row in manifest.images]
    assert names == ["images/test/a-1.png", "images/test/b.png", "images/test/a-3.png"]
    assert (out / "provenance/test.jsonl").read_bytes() == b'{"image_id": 1}\n'


def test_an_interrupted_run_continues_to_the_same_bytes(dataset, tmp_path):
    track = get_track("corruption-2")

    def interrupt(items, *, total, what):
        for number, item in enumerate(items):
            if number == 2:
                raise KeyboardInterrupt
            yield item

    whole, broken = tmp_path / "whole", tmp_path / "broken"
    perturb_split(dataset, "test", track, whole)
    with pytest.raises(KeyboardInterrupt):
        perturb_split(dataset, "test", track, broken, interrupt)
    kept = broken / "images/test/b.png"
    time = kept.stat().st_mtime_ns
    assert not (broken / "manifest.json").exists()
    (broken / "images/test/.a-3.png.xyz.part").write_bytes(b"half")
    perturb_split(dataset, "test", track, broken)
    assert tree(whole) == tree(broken)
    assert kept.stat().st_mtime_ns == time


def test_another_split_joins_and_another_track_or_source_is_refused(dataset, tmp_path):
    out = tmp_path / "out"
    perturb_split(dataset, "test", get_track("fog-2"), out)
    manifest = perturb_split(dataset, "val", get_track("fog-2"), out)
    assert [row.split for row in manifest.images] == ["test"] * 3 + ["val"] * 3
    before = tree(out)
    with pytest.raises(UsageError, match="something else"):
        perturb_split(dataset, "test", get_track("fog-3"), out)
    make_split(dataset, "test", 21)
    with pytest.raises(UsageError, match="something else"):
        perturb_split(dataset, "test", get_track("fog-2"), out)
    assert tree(out) == before


def test_folders_with_other_things_and_unknown_splits_are_refused(dataset, tmp_path):
    with pytest.raises(UsageError, match="'dev'"):
        perturb_split(dataset, "dev", get_track("clean"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match="something else"):
        perturb_split(dataset, "test", get_track("clean"), dataset)


def test_a_picture_of_another_size_is_reported(dataset, tmp_path):
    path = dataset / "images/test/b.jpg"
    write_bytes(path, encode_jpeg(picture(1)[:20], 90))
    with pytest.raises(DataError, match="image 2"):
        perturb_split(dataset, "test", get_track("fog-1"), tmp_path / "out")


def test_the_verb_writes_and_says_where(dataset, tmp_path, capsys):
    out = tmp_path / "out"
    perturb(dataset, "snow-5", out, "test")
    told = capsys.readouterr()
    assert told.out == ""
    assert "3 pictures of test as snow-5" in " ".join(told.err.split())
    assert json.loads((out / "perturbation/track.json").read_text())["track"] == "snow-5"
