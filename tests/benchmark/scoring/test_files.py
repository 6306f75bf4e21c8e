"""Scoring through files, ours and OpenForensics'."""

import copy
import json

import numpy as np
import pytest
from manyfaces.annotations.predictions import write_predictions
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.results import read_result, write_result
from manyfaces.benchmark.scoring import score_files
from manyfaces.core.errors import DataError, SubmissionError
from manyfaces.core.files import sha256_of_file, write_json
from pycocotools import mask as coco_mask


def texts(dataset):
    """Masks as JSON holds them."""
    result = copy.deepcopy(dataset)
    for row in result["annotations"]:
        row["segmentation"]["counts"] = row["segmentation"]["counts"].decode()
    return result


def written(cases, folder, truth, predictions, first_id=1):
    files = folder / f"truth-{first_id}.json", folder / f"predictions-{first_id}.json"
    write_json(files[0], texts(cases.coco_dataset(truth, first_id)))
    write_predictions(files[1], dict(enumerate(predictions, first_id)))
    return files


@pytest.mark.parametrize("task", ["box", "mask"])
def test_files_give_the_twelve_numbers_of_pycocotools(cases, tmp_path, task):
    truth, predictions = cases.random_case(21, images=15, extra=8)
    true, predicted = written(cases, tmp_path, truth, predictions)
    rows = json.loads(predicted.read_text())
    for row in rows:  # with both fields pycocotools takes the box's area for masks too
        del row["bbox" if task == "mask" else "segmentation"]
    expected = cases.evaluate(json.loads(true.read_text()), rows, task)
    got = cases.twelve(score_files(predicted, true).scores, task)
    assert got == pytest.approx(expected, abs=1e-9, rel=0)
    assert expected["AP"] > 0.05


def openforensics(rng, images=12):
    """Truth in the released files' form: polygons, ids from 0, areas stated, prefixes."""
    rows = []
    for image in range(images):
        for _ in range(rng.integers(1, 5)):
            cx, cy, r = rng.uniform(40, 160), rng.uniform(40, 120), rng.uniform(6, 70)
            angles = np.sort(rng.uniform(0, 2 * np.pi, 20))
            points = np.stack([cx + r * np.cos(angles), cy + r * np.sin(angles)], axis=1)
            points = np.clip(points, 0, (199, 159)).round()
            low, high = points.min(axis=0), points.max(axis=0)
            rle = coco_mask.merge(coco_mask.frPyObjects([points.ravel().tolist()], 160, 200))
            rows.append(
                {
                    "id": len(rows), "image_id": image, "iscrowd": 0,
                    # The stated area decides the size, and need not be that of the pixels.
                    "area": int(coco_mask.area(rle) * rng.uniform(0.5, 2)),
                    "category_id": int(rng.integers(0, 2)),
                    "bbox": [int(v) for v in (*low, *(high - low))],
                    "segmentation": [[int(v) for v in points.ravel()]],
                }
            )  # fmt: skip
    return {
        "images": [
            {"id": i, "file_name": f"Images/Test-Dev/{i}.jpg", "height": 160, "width": 200}
            for i in range(images)
        ],
        "annotations": rows,
        "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
    }


def shifted_ids(dataset):
    result = copy.deepcopy(dataset)
    for row in result["images"] + result["annotations"]:
        row["id"] += 1
    for row in result["annotations"]:
        row["image_id"] += 1
    return result


def answers(dataset, rng):
    return [
        {
            "image_id": row["image_id"],
            "category_id": int(rng.integers(0, 2)),
            "score": float(rng.random()),
            "bbox": [row["bbox"][0] + 2, row["bbox"][1], *row["bbox"][2:]],
            "segmentation": row["segmentation"],
        }
        for row in dataset["annotations"]
        if rng.random() < 0.8
    ]


def test_openforensics_files_score_as_they_are_ids_from_zero_included(cases, tmp_path):
    rng = np.random.default_rng(8)
    from_zero = openforensics(rng)
    from_one = shifted_ids(from_zero)
    found = answers(from_zero, rng)
    found_one = [{**row, "image_id": row["image_id"] + 1} for row in found]
    results = []
    for name, true, predicted in (("0", from_zero, found), ("1", from_one, found_one)):
        write_json(tmp_path / f"t{name}.json", true)
        write_json(tmp_path / f"p{name}.json", predicted)
        results.append(score_files(tmp_path / f"p{name}.json", tmp_path / f"t{name}.json"))
    assert results[0].scores == results[1].scores
    # pycocotools takes annotation 0 for unmatched, so it is asked with ids from 1.
    boxes = [{k: v for k, v in row.items() if k != "segmentation"} for row in found_one]
    expected = cases.evaluate(from_one, boxes, "box")
    assert cases.twelve(results[0].scores, "box") == pytest.approx(expected, abs=1e-9, rel=0)


def test_the_truths_order_in_its_file_does_not_matter(cases, tmp_path):
    truth, predictions = cases.random_case(5, decimals=1)
    true, predicted = written(cases, tmp_path, truth, predictions)
    before = score_files(predicted, true)
    data = json.loads(true.read_text())
    data["images"].reverse()
    write_json(true, data)
    assert score_files(predicted, true).scores == before.scores


def test_the_result_names_what_was_scored_and_survives_its_file(cases, tmp_path):
    true, predicted = written(cases, tmp_path, *cases.random_case(6))
    result = score_files(predicted, true, track="blur-2")
    assert result.hashes == {
        "truth": sha256_of_file(true),
        "predictions": sha256_of_file(predicted),
        "protocol": DEFAULT.sha256,
    }
    assert result.protocol["version"] == DEFAULT.version
    assert {row.track for row in result.scores} == {"blur-2"}
    write_result(tmp_path / "result.json", result)
    assert read_result(tmp_path / "result.json").scores == result.scores


def test_bad_files_are_refused(cases, tmp_path):
    true, predicted = written(cases, tmp_path, *cases.random_case(6))
    with pytest.raises(DataError, match="cannot be read"):
        score_files(predicted, tmp_path / "none.json")
    write_json(tmp_path / "stranger.json", [{"image_id": 999, "category_id": 0, "score": 0.5}])
    with pytest.raises(SubmissionError, match="images that the data does not have"):
        score_files(tmp_path / "stranger.json", true)


def test_no_prediction_at_all_is_scored_as_finding_nothing(cases, tmp_path):
    true, _ = written(cases, tmp_path, *cases.random_case(6))
    write_json(tmp_path / "empty.json", [])
    rows = score_files(tmp_path / "empty.json", true).scores
    assert cases.value(rows, task="box", metric="AP", class_="all") == 0
