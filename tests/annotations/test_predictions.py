import json

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.predictions import read_predictions, write_predictions
from manyfaces.core.errors import SubmissionError

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
        ([{**ROW, "segmentation": {"size": [30, 20], "counts": "a"}}], "image's size"),
        ([{**ROW, "segmentation": {**RLE, "counts": RLE["counts"][:3]}}], "segmentation is wrong"),
        ([{"image_id": 1, "category_id": 1, "score": 0.5}], "neither bbox nor segmentation"),
    ],
)
def test_a_bad_row_is_named_with_what_was_expected(tmp_path, data, message):
    with pytest.raises(SubmissionError, match=message):
        read_predictions(saved(tmp_path, data), SIZES)


def test_an_empty_list_is_an_answer(tmp_path):
    assert [len(found) for found in read_predictions(saved(tmp_path, []), SIZES).values()] == [0, 0]
