"""Whole builds of drawn people, and of folders with everything wrong in them."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from itertools import chain

import numpy as np
import pytest
import yaml
from manyfaces.annotations import masks
from manyfaces.annotations.dataset import open_split
from manyfaces.annotations.verify import verify_dataset
from manyfaces.core.errors import DataError, MissingDependencyError, UsageError
from manyfaces.core.files import read_json, read_json_lines
from manyfaces.core.images import decode_image, encode_jpeg, encode_png, read_image
from manyfaces.generators.analysis_cache import shared_analyses
from manyfaces.generators.build import Options, build_dataset
from manyfaces.generators.people.source import DrawnPeople
from manyfaces.generators.photo_folder import PhotoFolder
from manyfaces.generators.recipe import Recipe, read_recipe, write_recipe

SOURCE = DrawnPeople(8, 3, (240, 320))
RECIPE = Recipe(
    seed=5, pristine=0.3, forged=0.8, min_face=24, splits={"train": 0.5, "val": 0.25, "test": 0.25}
)
SPLITS = tuple(RECIPE.splits)
COMPARED = ("images", "annotations", "provenance", "manifest.json", "README.md", "report.json")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Eight drawn scenes, built in this process."""
    root = tmp_path_factory.mktemp("drawn") / "dataset"
    build_dataset(SOURCE, root, RECIPE, options=Options(workers=1))
    return root


def digests(root):
    files = chain.from_iterable(
        [root / name] if (root / name).is_file() else sorted((root / name).rglob("*"))
        for name in COMPARED
    )
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.is_file()
    }


def annotated(root):
    return {split: open_split(root, split).images for split in SPLITS}


def lines(root):
    return [row for split in SPLITS for row in read_json_lines(root / f"provenance/{split}.jsonl")]


def test_the_dataset_has_every_part_and_nothing_else(drawn):
    assert sorted(path.name for path in drawn.iterdir()) == [
        "README.md", "annotations", "contact_sheet.png", "images", "manifest.json", "provenance",
        "recipe.yaml", "report.json", "statistics",
    ]  # fmt: skip
    assert not [path for path in drawn.rglob("*") if path.name.startswith(".")]


def test_verify_finds_nothing(drawn):
    assert verify_dataset(drawn) == []


def test_it_holds_real_and_forged_faces_and_pristine_images(drawn):
    labels = [image.instances.labels for images in annotated(drawn).values() for image in images]
    assert {0, 1} <= set(np.concatenate(labels))
    assert any(not rows.any() for rows in labels)
    assert any(rows.any() and not rows.all() for rows in labels)


def test_ids_count_from_one_without_a_gap(drawn):
    images = [image for images in annotated(drawn).values() for image in images]
    assert sorted(image.id for image in images) == list(range(1, 9))
    ids = np.concatenate([image.instances.extra["annotation_id"] for image in images])
    assert sorted(ids) == list(range(1, len(ids) + 1))


def test_masks_and_landmarks_are_the_drawn_truth(drawn):
    by_name = {photo.name: photo for photo in SOURCE.photos()}
    image_of = {row["image_id"]: row["photo"]["name"] for row in lines(drawn)}
    for images in annotated(drawn).values():
        for image in images:
            faces = SOURCE.open(by_name[image_of[image.id]], RECIPE.max_side).faces
            visible = [face for face in faces if masks.area(face.region)]
            visible.sort(key=lambda face: masks.box(face.region)[0])  # from left to right
            assert tuple(face.region for face in visible) == image.instances.masks
            for row, face in enumerate(visible):
                points = image.instances.extra["keypoints"][row].reshape(68, 3)
                inside = points[:, 2] > 0
                assert np.abs(points[inside, :2] - face.landmarks[inside]).max() <= 0.005


def test_each_pixel_belongs_to_at_most_one_face(drawn):
    for images in annotated(drawn).values():
        for image in images:
            count = np.zeros(image.size, int)
            for rle in image.instances.masks:
                count += masks.decode(rle)
            assert count.max(initial=0) <= 1


def test_outside_the_manipulations_an_image_is_its_pristine_one(drawn):
    """JPEG works on blocks of 8 × 8: blocks without a changed pixel come out the same."""
    by_name = {photo.name: photo for photo in SOURCE.photos()}
    image_of = {row["image_id"]: row["photo"]["name"] for row in lines(drawn)}
    forged_images = 0
    for images in annotated(drawn).values():
        for image in images:
            scene = SOURCE.open(by_name[image_of[image.id]], RECIPE.max_side)
            pristine = decode_image(encode_jpeg(scene.image, RECIPE.jpeg_quality), where="memory")
            published = read_image(drawn / image.entry.file_name)
            changed = np.zeros(image.size, bool)
            for rle in image.instances.extra["manipulation"]:
                changed |= masks.decode(rle) if rle is not None else False
            blocks = changed.reshape(image.size[0] // 8, 8, image.size[1] // 8, 8).any((1, 3))
            touched = np.kron(blocks, np.ones((8, 8), bool))
            assert np.array_equal(published[~touched], pristine[~touched])
            assert changed.any() == (published != pristine).any()
            forged_images += changed.any()
    assert forged_images >= 2


def test_manipulations_are_disjoint_and_boundaries_lie_in_them(drawn):
    for images in annotated(drawn).values():
        for image in images:
            count = np.zeros(image.size, int)
            extra = image.instances.extra
            for label, changed, band in zip(
                image.instances.labels, extra["manipulation"], extra["boundary"], strict=True
            ):
                assert (changed is not None) == (band is not None) == bool(label)
                if changed is not None:
                    whole, edge = masks.decode(changed), masks.decode(band)
                    assert edge.any()
                    assert not (edge & ~whole).any()
                    count += whole
            assert count.max(initial=0) <= 1


def test_the_manifest_gives_no_label_away(drawn):
    text = (drawn / "manifest.json").read_text()
    assert not any(word in text for word in ("real", "fake", "swap", "blend", "label"))
    for row in read_json(drawn / "manifest.json")["images"]:
        data = (drawn / row["file_name"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == row["sha256"]


def test_the_report_accounts_for_every_photograph_and_face(drawn):
    report = read_json(drawn / "report.json")
    assert [row["name"] for row in report["photographs"]] == [p.name for p in SOURCE.photos()]
    assert report["faces"] == len(lines(drawn))
    forged = [row for row in lines(drawn) if row["label"] == "fake"]
    assert sum(report["forged"].values()) == len(forged)
    for method, row in report["attempts"].items():
        assert row["attempts"] >= row["forged"] == report["forged"].get(method, 0)
    stayed = sum(row["stayed_real"] for row in report["attempts"].values())
    assert stayed == sum(report["stayed_real"].values())


def test_two_workers_give_the_same_bytes(drawn, tmp_path):
    build_dataset(SOURCE, tmp_path / "two", RECIPE, options=Options(workers=2))
    assert digests(tmp_path / "two") == digests(drawn)


def test_a_build_that_was_killed_continues_to_the_same_bytes(drawn, tmp_path):
    out, recipe = tmp_path / "killed", tmp_path / "recipe.yaml"
    write_recipe(recipe, RECIPE)
    code = (
        "import sys; from pathlib import Path\n"
        "from manyfaces.generators.build import Options, build_dataset\n"
        "from manyfaces.generators.people.source import DrawnPeople\n"
        "from manyfaces.generators.recipe import read_recipe\n"
        "build_dataset(DrawnPeople(8, 3, (240, 320)), Path(sys.argv[1]),"
        " read_recipe(Path(sys.argv[2])), options=Options(workers=1))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(out), str(recipe)])
    try:
        wait_for(lambda: len(list((out / ".build/parts").rglob("*.json"))) >= 2, process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not (out / "report.json").exists()
    kept = {path: path.stat().st_mtime_ns for path in (out / ".build/analysis").rglob("*.jsonl")}
    assert len(kept) == 8
    build_dataset(SOURCE, out, RECIPE, options=Options(workers=1))
    assert digests(out) == digests(drawn)


def wait_for(condition, process, seconds=300):  # on a busy machine
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, "the build ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.002)


def test_what_is_finished_is_not_done_again(drawn, tmp_path, monkeypatch):
    opened = []
    original = DrawnPeople.open

    def counting(self, photo, max_side):
        opened.append(photo.name)
        if len(opened) == 4:
            raise KeyboardInterrupt
        return original(self, photo, max_side)

    monkeypatch.setattr(DrawnPeople, "open", counting)
    with pytest.raises(KeyboardInterrupt):
        build_dataset(SOURCE, tmp_path / "out", RECIPE, options=Options(workers=1))
    build_dataset(SOURCE, tmp_path / "out", RECIPE, options=Options(workers=1))
    # The photograph at which it was interrupted is opened twice, no other one.
    assert len(opened) == 9
    assert digests(tmp_path / "out") == digests(drawn)


def test_a_finished_build_is_reported_and_not_touched(drawn):
    before = {path: path.stat().st_mtime_ns for path in drawn.rglob("*")}
    report = build_dataset(SOURCE, drawn, RECIPE)
    assert report == read_json(drawn / "report.json")
    assert {path: path.stat().st_mtime_ns for path in drawn.rglob("*")} == before


@pytest.mark.parametrize(
    ("source", "recipe", "limit", "named"),
    [
        (SOURCE, RECIPE.model_copy(update={"seed": 6}), None, r"recipe\.seed 5"),
        (DrawnPeople(8, 4, (240, 320)), RECIPE, None, r"source\.seed 3"),
        (SOURCE, RECIPE, 5, "limit None"),
    ],
    ids=["seed", "source", "limit"],
)
def test_another_build_is_never_mixed_in(drawn, source, recipe, limit, named):
    before = digests(drawn)
    with pytest.raises(UsageError, match=f"another build.*{named}"):
        build_dataset(source, drawn, recipe, limit=limit)
    assert digests(drawn) == before


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(UsageError, match="holds something else"):
        build_dataset(SOURCE, tmp_path, RECIPE)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_run_that_ended_at_once_leaves_nothing_in_the_way(tmp_path):
    (tmp_path / "out/.build").mkdir(parents=True)
    (tmp_path / "out/.build/.identity.json.x.part").write_text("{")
    report = build_dataset(SOURCE, tmp_path / "out", RECIPE, limit=1, options=Options(workers=1))
    assert report["images"] == 1


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(tmp_path, limit):
    with pytest.raises(UsageError, match="limit"):
        build_dataset(SOURCE, tmp_path / "out", RECIPE, limit=limit)


def test_workers_below_one_are_refused(tmp_path):
    with pytest.raises(UsageError, match="workers"):
        build_dataset(SOURCE, tmp_path / "out", RECIPE, options=Options(workers=0))
    assert not (tmp_path / "out").exists()


def test_dask_is_asked_for_by_name_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr("manyfaces.generators.parallel.find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        build_dataset(SOURCE, tmp_path / "out", RECIPE, options=Options(dask="tcp://nowhere:1"))
    assert not (tmp_path / "out").exists()


def test_the_recipe_beside_the_dataset_builds_it_again(drawn):
    assert read_recipe(drawn / "recipe.yaml") == RECIPE
    assert yaml.safe_load((drawn / "recipe.yaml").read_text())["seed"] == 5


def test_the_card_names_licence_and_command(drawn):
    text = (drawn / "README.md").read_text()
    assert "CC0-1.0" in text
    assert "manyfaces build --drawn 8 --recipe recipe.yaml" in text
    assert f"{read_json(drawn / 'report.json')['faces']} annotated faces" in text


def test_all_forged_faces_come_onto_numbered_sheets(tmp_path):
    recipe = RECIPE.model_copy(update={"sheet_faces": 1})
    out = tmp_path / "out"
    report = build_dataset(SOURCE, out, recipe, options=Options(workers=1, sheet="all"))
    sheets = sorted(out.glob("contact_sheet*.png"))
    assert len(sheets) == sum(report["forged"].values()) >= 2
    assert (out / "contact_sheet-2.png").exists()


def test_measured_faces_serve_further_builds(tmp_path, monkeypatch):
    """The second build draws other forgeries on the same photographs and measures nothing."""
    from manyfaces.generators import analysis_cache

    keep = Options(workers=1, analyses=tmp_path / "faces")
    build_dataset(SOURCE, tmp_path / "first", RECIPE, options=keep)
    other = RECIPE.model_copy(update={"seed": 6})
    build_dataset(SOURCE, tmp_path / "alone", other, options=Options(workers=1))
    monkeypatch.setattr(analysis_cache, "analyse_scene", None)
    build_dataset(SOURCE, tmp_path / "second", other, options=keep)
    assert digests(tmp_path / "second") == digests(tmp_path / "alone")


def test_measured_faces_of_other_sizes_or_boxes_are_not_taken(tmp_path):
    first = shared_analyses(tmp_path, SOURCE, RECIPE)
    assert shared_analyses(tmp_path, SOURCE, RECIPE.model_copy(update={"seed": 9})) == first
    for change in ({"max_side": 200}, {"min_face": 25}, {"min_side": 10}):
        assert shared_analyses(tmp_path, SOURCE, RECIPE.model_copy(update=change)) != first


class Finder:
    """Finds the drawn faces of the pictures that were saved from drawn scenes."""

    def __init__(self, known):
        self.known = known

    def analyse(self, image):
        return self.known.get(hashlib.sha256(image.tobytes()).hexdigest(), ())


def test_every_bad_photograph_is_reported_with_its_reason(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    scene = SOURCE.open(SOURCE.photos()[0], 320)
    good = encode_png(scene.image)
    gray = encode_png(np.full((200, 200, 3), 128, np.uint8))
    contents = {
        "a-good.png": good,
        "b-copy.png": good,
        "c-empty.jpg": b"",
        "d-text.jpg": b"hello",
        "e-cut.png": good[: len(good) // 2],
        "f-faceless.png": gray,
        "g-tiny.png": encode_png(np.zeros((20, 20, 3), np.uint8)),
    }
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    (folder / "manifest.csv").write_text("file\nh-lost.jpg\ni-lost.jpg\n")
    known = {hashlib.sha256(scene.image.tobytes()).hexdigest(): scene.faces}
    source = PhotoFolder(folder, lambda: Finder(known))
    report = build_dataset(source, tmp_path / "out", RECIPE, options=Options(workers=1))
    reasons = {row["name"]: row.get("reason", "used") for row in report["photographs"]}
    assert list(reasons) == [*contents, "h-lost.jpg", "i-lost.jpg"]
    assert reasons["a-good.png"] == "used"
    assert reasons["b-copy.png"] == "exact copy of a-good.png"
    assert reasons["c-empty.jpg"].startswith("unreadable: the picture file is empty")
    assert reasons["d-text.jpg"].startswith("unreadable: the file is not a picture")
    assert reasons["e-cut.png"].startswith("unreadable: the picture cannot be decoded")
    assert reasons["f-faceless.png"] == "no face found"
    assert reasons["g-tiny.png"].startswith("too small")
    assert reasons["h-lost.jpg"] == "listed but not in the folder"
    assert [row["name"] for row in report["photographs"] if row["sha256"] is None] == [
        "h-lost.jpg", "i-lost.jpg",
    ]  # fmt: skip
    assert report["skipped"] == {
        "unreadable": 3, "listed but not in the folder": 2, "exact copy": 1, "no face found": 1,
        "too small": 1,
    }  # fmt: skip


def test_photographs_that_need_no_shrinking_are_not_copied(tmp_path, monkeypatch):
    folder = tmp_path / "photos"
    folder.mkdir()
    scene = SOURCE.open(SOURCE.photos()[0], 320)
    (folder / "a.png").write_bytes(encode_png(scene.image))
    known = {hashlib.sha256(scene.image.tobytes()).hexdigest(): scene.faces}
    kept = []
    monkeypatch.setattr(
        "manyfaces.generators.build.publish",
        lambda workspace: kept.extend((workspace.folder / "pictures").rglob("*")),
    )
    source = PhotoFolder(folder, lambda: Finder(known))
    build_dataset(source, tmp_path / "out", RECIPE, options=Options(workers=1))
    assert [path.resolve() for path in kept if path.is_symlink()] == [folder / "a.png"]


def test_photographs_of_which_none_can_be_used_say_why_and_leave_the_folder_free(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "a.png").write_bytes(encode_png(np.full((200, 200, 3), 128, np.uint8)))
    (folder / "b.png").write_bytes(b"no")
    source = PhotoFolder(folder, lambda: Finder({}))
    out = tmp_path / "out"
    with pytest.raises(DataError, match=r"no photograph can be used.*1 × no face found"):
        build_dataset(source, out, RECIPE, options=Options(workers=1))
    assert list(out.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into any folder")
def test_an_output_that_cannot_be_written_says_so(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(DataError, match="cannot be written"):
        build_dataset(SOURCE, tmp_path / "locked/out", RECIPE)


def test_a_full_disk_is_one_sentence_and_what_is_finished_stays(tmp_path, monkeypatch):
    from manyfaces.core import files

    real, written = files.os.fdopen, []

    def fdopen(*arguments):
        written.append(1)
        if len(written) > 4:
            os.close(arguments[0])
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(files.os, "fdopen", fdopen)
    with pytest.raises(DataError, match="No space left on device"):
        build_dataset(SOURCE, tmp_path / "out", RECIPE, limit=2, options=Options(workers=1))
    monkeypatch.undo()
    assert not list((tmp_path / "out").rglob("*.part"))
    report = build_dataset(SOURCE, tmp_path / "out", RECIPE, limit=2, options=Options(workers=1))
    assert report["images"] == 2


def test_the_report_is_json_that_anyone_reads(drawn):
    assert json.loads((drawn / "report.json").read_text())["identity"]["recipe"]["seed"] == 5
