import json
import subprocess
import sys

import numpy as np
import pytest
from manyfaces.annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import write_predictions

COMMAND = [sys.executable, "-c", "from manyfaces.cli.app import main; main()", "compare"]
SIZE = (40, 60)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    masks = np.zeros((2, *SIZE), bool)
    masks[0, 5:25, 5:25] = masks[1, 10:35, 30:55] = True
    images, good, bad = [], {}, {}
    for image in range(1, 9):
        plain = Instances.from_masks(SIZE, list(masks), [0, 1])
        ids = {"annotation_id": np.array([2 * image, 2 * image + 1])}
        truth = Instances(SIZE, plain.boxes, plain.labels, plain.masks, extra=ids)
        images.append(AnnotatedImage(ImageEntry(image, f"{image}.jpg", *SIZE), truth))
        scores = np.array([0.9, 0.6 + image / 30])
        good[image] = Instances(SIZE, plain.boxes, plain.labels, plain.masks, scores)
        bad[image] = good[image][[0]]
    write_coco(folder / "truth.json", AnnotationSet(tuple(images)))
    write_predictions(folder / "good.json", good)
    write_predictions(folder / "bad.json", bad)
    return folder


def run(folder, *arguments):
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=folder
    )
    return done.returncode, done.stdout, done.stderr


def test_the_table_says_who_is_better(files):
    code, out, err = run(files, "good.json", "bad.json", "--truth", "truth.json", "--draws", "100")
    assert code == 0, err
    row = next(line for line in out.splitlines() if line.startswith("mask AP, all"))
    assert row.split()[3:6] == ["1.000", "0.500", "+0.500"]
    assert row.endswith("100.0%")
    assert "not told apart" in err


def test_json_has_every_number(files):
    code, out, err = run(files, "good.json", "good.json", "--truth", "truth.json", "--json")
    assert code == 0, err
    rows = json.loads(out)
    assert len(rows) > 40
    assert {row["difference"] for row in rows} == {0}
    assert set(rows[0]) == {
        "task", "metric", "class", "first", "second", "difference", "low", "high", "probability",
    }  # fmt: skip


def test_a_missing_file_is_one_sentence(files):
    code, _, err = run(files, "good.json", "none.json", "--truth", "truth.json")
    assert code == 1
    assert "none.json" in err
    assert "Traceback" not in err


def test_a_folder_for_the_truth_is_called_one(files):
    code, _, err = run(files, "good.json", "good.json", "--truth", ".")
    assert code == 2
    assert "--truth is a folder" in err
