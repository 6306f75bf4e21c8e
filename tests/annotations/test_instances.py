import pickle

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.instances import Instances
from manyfaces.core.errors import DataError

SIZE = (12, 16)


def disc(x):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return (columns - x) ** 2 + (rows - 5) ** 2 <= 9


def three(scored=True):
    found = [disc(x) for x in (3, 7, 12)]
    plain = Instances.from_masks(SIZE, found, [0, 1, 0], {"id": np.array([5, 6, 7])})
    scores = np.array([0.9, 0.5, 0.1]) if scored else None
    return Instances(SIZE, plain.boxes, plain.labels, plain.masks, scores, plain.extra)


def test_masks_give_boxes_and_areas():
    faces = three()
    assert faces.boxes[0].tolist() == [0, 2, 7, 9]
    assert faces.areas.tolist() == [int(disc(x).sum()) for x in (3, 7, 12)]


@pytest.mark.parametrize(
    ("index", "ids"),
    [
        (1, [6]),
        (-1, [7]),
        (slice(1, None), [6, 7]),
        ([2, 0], [7, 5]),
        (np.array([True, False, True]), [5, 7]),
        ([], []),
        (slice(0, 0), []),
    ],
)
def test_an_index_takes_every_column_along(index, ids):
    part = three()[index]
    assert part.extra["id"].tolist() == ids
    rows = [[5, 6, 7].index(one) for one in ids]
    whole = three()
    assert part.boxes.tolist() == whole.boxes[rows].tolist()
    assert part.labels.tolist() == whole.labels[rows].tolist()
    assert part.scores.tolist() == whole.scores[rows].tolist()
    assert part.masks == tuple(whole.masks[row] for row in rows)


def test_parts_join_to_the_whole():
    whole = three()
    joined = Instances.concat([whole[:1], whole[1:], whole[:0]])
    assert joined.boxes.tolist() == whole.boxes.tolist()
    assert joined.masks == whole.masks
    assert joined.extra["id"].tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    "other",
    [
        Instances.empty((3, 3), scored=True),
        Instances.empty(SIZE),
        Instances.empty(SIZE, scored=True),
    ],
    ids=["size", "scored", "extra columns"],
)
def test_parts_that_do_not_fit_are_refused(other):
    with pytest.raises(DataError, match="instances are inconsistent"):
        Instances.concat([three(), other])
    with pytest.raises(DataError, match="nothing to join"):
        Instances.concat([])


def test_no_faces_are_ordinary():
    none = Instances.empty(SIZE, scored=True)
    assert len(none) == 0
    assert none.boxes.shape == (0, 4)
    assert len(Instances.concat([none, none])) == 0
    assert len(Instances.from_masks(SIZE, [], [])) == 0


def test_arrays_cannot_be_changed_from_inside_or_outside():
    boxes = np.array([[0.0, 0.0, 2.0, 2.0]])
    faces = Instances(SIZE, boxes, np.array([1]), (masks.empty(SIZE),))
    boxes[:] = 7
    assert faces.boxes.tolist() == [[0, 0, 2, 2]]
    for column in (faces.boxes, faces.labels):
        with pytest.raises(ValueError, match="read-only"):
            column[:] = 0
    with pytest.raises(TypeError):
        faces.extra["new"] = np.zeros(1)


def test_pickling_keeps_everything():
    faces = three()
    again = pickle.loads(pickle.dumps(faces))
    assert again.size == faces.size
    assert again.masks == faces.masks
    assert again.scores.tolist() == faces.scores.tolist()
    assert again.extra["id"].tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("size", (0, 5), "size"),
        ("size", (5,), "size"),
        ("boxes", np.zeros((1, 5)), "boxes"),
        ("boxes", np.zeros((2, 4)), "boxes"),
        ("boxes", np.array([[0, 0, np.nan, 1]]), "NaN"),
        ("boxes", np.array([[3, 0, 2, 1]]), r"boxes\[0\]"),
        ("labels", np.array([2]), "labels"),
        ("labels", np.array([0.5]), "labels"),
        ("masks", (), "masks"),
        ("masks", (masks.empty((5, 5)),), r"masks\[0\]"),
        ("scores", np.array([1.5]), "scores"),
        ("scores", np.array([np.nan]), "scores"),
        ("scores", np.array([0.1, 0.2]), "scores"),
        ("extra", {"id": np.zeros(2)}, "id"),
    ],
)
def test_a_wrong_field_is_named(field, value, message):
    fields = {
        "size": SIZE,
        "boxes": np.array([[0.0, 0.0, 2.0, 2.0]]),
        "labels": np.array([1]),
        "masks": (masks.empty(SIZE),),
        "scores": np.array([0.5]),
        "extra": {},
    }
    with pytest.raises(DataError, match=message):
        Instances(**{**fields, field: value})
