import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations import masks
from manyfaces.annotations.predictions import (
    box_mask,
    parse_predictions,
    read_predictions,
    write_predictions,
)
from manyfaces.core.errors import DataError, SubmissionError
from pycocotools.coco import COCO

SIZES = {1: (20, 30), 2: (20, 30)}
MASK = np.zeros((20, 30), bool)
MASK[4:10, 5:12] = True
RLE = masks.to_coco(masks.encode(MASK))
ROW = {"image_id": 1, "category_id": 1, "bbox": [5, 4, 7, 6], "score": 0.5, "segmentation": RLE}


def saved(tmp_path, data):
    path = tmp_path / "p.json"
    path.write_text(json.dumps(data))
    return path


def test_predictions_survive_a_round_trip_and_silent_images_are_empty(tmp_path):
    read = read_predictions(saved(tmp_path, [ROW]), SIZES)
    assert len(read[1]) == 1
    assert len(read[2]) == 0
    write_predictions(tmp_path / "q.json", read)
    again = read_predictions(tmp_path / "q.json", SIZES)[1]
    assert again.boxes.tolist() == [[5, 4, 12, 10]]
    assert again.masks == read[1].masks


def test_boxes_and_masks_stand_in_for_each_other(tmp_path):
    boxless = {key: value for key, value in ROW.items() if key != "bbox"}
    maskless = {key: value for key, value in ROW.items() if key != "segmentation"}
    read = read_predictions(saved(tmp_path, [boxless, maskless]), SIZES)[1]
    assert read.boxes.tolist() == [[5, 4, 12, 10]] * 2
    assert np.array_equal(masks.decode(read.masks[1]), MASK)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"predictions": []}, "not a list"),
        ([{**ROW, "image_id": 9}], "'9'"),
        ([{**ROW, "image_id": "1"}], "images that the data does not have"),
        ([5], "row 0"),
        ([ROW, {**ROW, "score": 1.5}], "row 1"),
        ([{**ROW, "score": "0.5"}], "score is wrong"),
        ([{**ROW, "score": True}], "score is wrong"),
        ([{**ROW, "category_id": 2}], "category_id is wrong"),
        ([{**ROW, "bbox": [1, 2, 3]}], "bbox is wrong"),
        ([{**ROW, "bbox": [1, 2, -3, 4]}], "bbox is wrong"),
        ([{**ROW, "bbox": [1, 2, 1e308, 4]}], "bbox is wrong"),
        ([{**ROW, "bbox": "1 2 3 4"}], "bbox is wrong"),
        ([{**ROW, "score": None}], "score is wrong"),
        ([{**ROW, "score": [0.5]}], "score is wrong"),
        ([{**ROW, "category_id": [1]}], "category_id is wrong"),
        ([{**ROW, "category_id": "Fake"}], "category_id is wrong"),
        ([{**ROW, "image_id": [1]}], "images that the data does not have"),
        ([{**ROW, "image_id": 1.0}], "images that the data does not have"),
        ([{**ROW, "image_id": i} for i in (7, 8, 9)], "3 predictions.*'7', '8', '9'"),
        ([{**ROW, "segmentation": "mask"}], "segmentation is wrong"),
        ([{**ROW, "segmentation": [[1, 2, 3]]}], "segmentation is wrong"),
        ([{**ROW, "segmentation": [["a"] * 6]}], "segmentation is wrong"),
        ([{**ROW, "segmentation": {"size": [30, 20], "counts": "a"}}], "image's size"),
        ([{**ROW, "segmentation": {**RLE, "counts": RLE["counts"][:3]}}], "segmentation is wrong"),
        ([{"image_id": 1, "category_id": 1, "score": 0.5}], "neither bbox nor segmentation"),
    ],
)
def test_a_bad_row_is_named_with_what_was_expected(tmp_path, data, message):
    with pytest.raises(SubmissionError, match=message):
        read_predictions(saved(tmp_path, data), SIZES)


@pytest.mark.parametrize("score", ["NaN", "Infinity", "1e999"])
def test_a_score_that_is_not_finite_is_refused(tmp_path, score):
    path = tmp_path / "p.json"
    path.write_text(json.dumps([ROW]).replace("0.5", score))
    with pytest.raises(DataError):
        read_predictions(path, SIZES)


@given(*[st.floats(-10, 40)] * 4)
def test_a_box_covers_the_pixels_whose_centres_it_holds(x, y, width, height):
    width, height = abs(width), abs(height)
    rows, columns = np.mgrid[:20, :30] + 0.5
    inside = (columns >= x) & (columns < x + width) & (rows >= y) & (rows < y + height)
    assert np.array_equal(masks.decode(box_mask([x, y, width, height], (20, 30))), inside)


def test_pycocotools_takes_what_is_written(tmp_path):
    read = read_predictions(saved(tmp_path, [ROW, {**ROW, "image_id": 2}]), SIZES)
    write_predictions(tmp_path / "q.json", read)
    truth = COCO()
    truth.dataset = {
        "info": {},
        "images": [{"id": i, "height": 20, "width": 30} for i in SIZES],
        "annotations": [],
        "categories": [{"id": 1, "name": "Fake"}],
    }
    truth.createIndex()
    found = truth.loadRes(str(tmp_path / "q.json"))
    assert [row["score"] for row in found.dataset["annotations"]] == [0.5, 0.5]
    assert np.array_equal(found.annToMask(found.dataset["annotations"][0]), MASK)


def test_many_rows_are_read_in_seconds():
    """50,000 rows take 1 to 3 s on one core; the bound leaves room for a slow machine."""
    start = time.perf_counter()
    parse_predictions([ROW] * 10_000, SIZES, where="test")
    assert time.perf_counter() - start < 6


def test_an_empty_list_is_an_answer(tmp_path):
    assert [len(found) for found in read_predictions(saved(tmp_path, []), SIZES).values()] == [0, 0]


@settings(max_examples=300)
@given(st.data())
def test_no_value_anywhere_is_more_than_a_submission_error(damaged, data):
    rows = [ROW, {**ROW, "segmentation": [[1, 1, 9, 1, 9, 9]]}]
    try:
        found = parse_predictions(data.draw(damaged(rows)), SIZES, where="test")
    except SubmissionError:
        pass
    else:
        assert sum(map(len, found.values())) == 2
