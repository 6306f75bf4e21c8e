import json

import numpy as np
import pytest
from commands import COMMANDS
from manyfaces.annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import write_predictions
from manyfaces.benchmark.results import read_result
from manyfaces.benchmark.scoring import score_files
from manyfaces.core.files import write_bytes
from manyfaces.core.images import encode_png

SIZE = (60, 80)


def run(*arguments):
    return COMMANDS.run("score", *arguments)


@pytest.fixture
def files(tmp_path):
    masks = np.zeros((2, *SIZE), bool)
    masks[0, 5:40, 5:40] = masks[1, 10:50, 45:75] = True
    plain = Instances.from_masks(SIZE, list(masks), [0, 1])
    truth = Instances(
        SIZE, plain.boxes, plain.labels, plain.masks, extra={"annotation_id": np.array([1, 2])}
    )
    image = AnnotatedImage(ImageEntry(1, "1.jpg", *SIZE), truth)
    write_coco(tmp_path / "truth.json", AnnotationSet((image,)))
    found = Instances(SIZE, plain.boxes, plain.labels, plain.masks, np.array([0.9, 0.8]))
    write_predictions(tmp_path / "found.json", {1: found})
    return tmp_path / "found.json", tmp_path / "truth.json"


def test_tables_for_people_and_a_result_file(files, tmp_path):
    done = run(files[0], "--truth", files[1], "--out", tmp_path / "result.json")
    assert done.returncode == 0, done.stderr
    assert "Boxes" in done.stdout
    assert "oLRP" in done.stdout
    assert "label_AUC" in done.stdout
    assert "dAP50" in done.stdout
    assert read_result(tmp_path / "result.json") == score_files(*files)


def test_json_for_machines_is_the_result(files):
    done = run(files[0], "--truth", files[1], "--json")
    expected = score_files(*files).model_dump(mode="json", by_alias=True)
    assert json.loads(done.stdout) == expected


def test_a_missing_file_is_one_sentence_and_exit_1(files, tmp_path):
    done = run(tmp_path / "none.json", "--truth", files[1])
    assert done.returncode == 1
    assert "none.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_page_and_tables_beside_it(files, tmp_path):
    write_bytes(tmp_path / "data" / "1.jpg", encode_png(np.zeros((*SIZE, 3), np.uint8)))
    done = run(
        *files[:1], "--truth", files[1], "--report", tmp_path / "page", "--images",
        tmp_path / "data", "--csv", tmp_path / "all.csv", "--markdown", tmp_path / "head.md",
        "--latex", tmp_path / "head.tex",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "<h1>found.json</h1>" in (tmp_path / "page" / "report.html").read_text()
    assert (tmp_path / "all.csv").read_text().startswith("track,task,metric,class")
    assert (tmp_path / "head.md").read_text().startswith("| track |")
    assert "toprule" in (tmp_path / "head.tex").read_text()
    assert done.stderr.count("Wrote") == 4


def test_images_without_a_page_are_wrong_usage(files, tmp_path):
    done = run(files[0], "--truth", files[1], "--images", tmp_path)
    assert done.returncode == 2
    assert "--report" in done.stderr


def test_a_missing_picture_is_one_sentence_and_exit_1(files, tmp_path):
    found = tmp_path / "wrong.json"
    rows = json.loads(files[0].read_text())
    found.write_text(json.dumps([{**row, "category_id": 1} for row in rows]))
    done = run(found, "--truth", files[1], "--report", tmp_path, "--images", tmp_path)
    assert done.returncode == 1
    assert "missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_folder_of_pictures_is_said_before_anything_is_scored(files, tmp_path):
    (tmp_path / "broken.json").write_text("no predictions")
    page = ("--report", tmp_path, "--images", tmp_path / "none")
    done = run(tmp_path / "broken.json", "--truth", files[1], *page)
    assert done.returncode == 1
    assert "--images is missing" in done.stderr


def test_a_dataset_given_as_the_truth_is_told_where_its_annotations_are(files, tmp_path):
    (tmp_path / "D" / "annotations").mkdir(parents=True)
    truth = files[1].rename(tmp_path / "D" / "annotations" / "val.json")
    done = run(files[0], "--truth", tmp_path / "D")
    assert done.returncode == 2
    assert f"expected {truth}" in done.stderr
    done = run(files[0], "--truth", tmp_path)
    assert done.returncode == 2
    assert "annotations/<split>.json" in done.stderr


@pytest.fixture
def wider(files, tmp_path):
    """The same predictions, among others for an image that the truth does not have."""
    rows = json.loads(files[0].read_text())
    path = tmp_path / "wider.json"
    path.write_text(json.dumps([{**rows[0], "image_id": 7}, *rows, {**rows[1], "image_id": 8}]))
    return path


def test_predictions_for_other_images_are_refused_with_the_way_out(wider, files):
    done = run(wider, "--truth", files[1])
    assert done.returncode == 1
    told = " ".join(done.stderr.split())
    assert "2 predictions are for images that the data does not have" in told
    assert "--only-known" in told


def test_only_known_images_are_scored_when_asked(wider, files):
    done = run(wider, "--truth", files[1], "--only-known", "--json")
    assert done.returncode == 0, done.stderr
    assert "Left out 2 predictions" in done.stderr
    assert (
        json.loads(done.stdout)["scores"]
        == json.loads(run(files[0], "--truth", files[1], "--json").stdout)["scores"]
    )
    assert "Left out" not in run(files[0], "--truth", files[1], "--only-known").stderr


def test_predictions_for_no_image_of_the_truth_are_refused_all_the_same(wider, files):
    rows = json.loads(wider.read_text())
    wider.write_text(json.dumps([rows[0], rows[-1]]))
    done = run(wider, "--truth", files[1], "--only-known")
    assert done.returncode == 1
    assert "images that the data does not have" in " ".join(done.stderr.split())


@pytest.mark.parametrize("fault", [{"score": 2}, {"image_id": "1"}, {"segmentation": None}])
def test_a_fault_among_the_known_is_told_with_its_row_in_the_file(wider, files, fault):
    rows = json.loads(wider.read_text())
    rows[2] |= fault
    if "segmentation" in fault:
        rows[2]["segmentation"] = {"size": list(SIZE), "counts": "000"}
    wider.write_text(json.dumps(rows))
    done = run(wider, "--truth", files[1], "--only-known")
    assert done.returncode == 1
    assert "image_id" in fault or "row 2" in " ".join(done.stderr.split()), done.stderr
