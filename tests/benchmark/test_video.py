import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import box_mask
from manyfaces.benchmark.video import Follower, associate, follow, judged

SIZE = (100, 200)


def found(*rows):
    """Detections of (left, top, right, bottom), label, score."""
    boxes = np.array([box for box, _, _ in rows], float).reshape(-1, 4)
    masks = tuple(box_mask((x, y, r - x, b - y), SIZE) for x, y, r, b in boxes.tolist())
    labels = np.array([label for _, label, _ in rows], np.int64)
    return Instances(SIZE, boxes, labels, masks, np.array([score for _, _, score in rows], float))


class Told:
    """Gives each frame's detections as they were told."""

    def __init__(self, frames):
        self.frames, self.asked = frames, []

    def predict(self, images, image_ids):  # noqa: ARG002
        self.asked += list(image_ids)
        return [self.frames[number] for number in image_ids]


def followed(frames, every=1, **options):
    follower, detector = Follower(**options), Told(frames)
    pictures = [np.zeros((*SIZE, 3), np.uint8)] * len(frames)
    seen = list(follow(pictures, detector, follower, every=every))
    return follower.faces(), seen, detector.asked


def test_a_face_found_as_both_is_one_face_that_is_half_forged():
    # f = 0.9 and r = 0.5 of one face: (1 + 0.9 - 0.5) / 2; the other is alone: (1 - 0.8) / 2.
    faces = judged(
        found(((100, 0, 140, 40), 0, 0.8), ((0, 0, 40, 40), 0, 0.5), ((2, 0, 42, 40), 1, 0.9))
    )
    assert faces.extra["forged"] == pytest.approx([0.7, 0.1])
    assert faces.boxes.tolist() == [[2, 0, 42, 40], [100, 0, 140, 40]]
    assert faces.scores.tolist() == [0.9, 0.8]


def test_faint_detections_and_boxes_without_an_area_are_left_out():
    faces = judged(found(((0, 0, 40, 40), 1, 0.2), ((50, 50, 50, 90), 1, 0.9)), 0.3)
    assert len(faces) == 0


def test_the_larger_overlap_goes_first_and_each_box_is_used_once():
    # Overlaps of the 10 wide boxes: shifted by 2, 8 / 12; shifted by 4, 6 / 14.
    before = np.array([[0, 0, 10, 10], [6, 0, 16, 10]], float)
    now = np.array([[2, 0, 12, 10], [50, 50, 60, 60]], float)
    assert associate(before, now).tolist() == [0, -1]
    now = np.array([[2, 0, 12, 10], [4, 0, 14, 10]], float)
    assert associate(before, now).tolist() == [0, 1]
    assert associate(before, now, least=0.7).tolist() == [-1, -1]
    assert associate(np.zeros((0, 4)), now).tolist() == [-1, -1]


def test_two_faces_are_followed_and_averaged():
    frames = [
        found(((0, 0, 40, 40), 1, 0.8), ((100, 0, 140, 40), 0, 0.6)),
        found(((104, 0, 144, 40), 0, 0.8), ((4, 0, 44, 40), 1, 0.4)),
        found(((8, 0, 48, 40), 0, 0.6)),
    ]
    faces, seen, _ = followed(frames)
    # Forged: 0.9, 0.7, 0.2 of the left one; 0.2, 0.1 of the right one.
    assert [face.id for face in faces] == [1, 2]
    assert [face.forged for face in faces] == pytest.approx([1.8 / 3, 0.15])
    spans = [(face.first_frame, face.last_frame, face.frames) for face in faces]
    assert spans == [(0, 2, 3), (0, 1, 2)]
    assert seen[1].faces.extra["id"].tolist() == [1, 2]
    assert seen[1].faces.extra["mean"] == pytest.approx([0.8, 0.15])


def test_a_face_that_is_away_too_long_comes_back_as_another():
    here, away = found(((0, 0, 40, 40), 1, 0.8)), found()
    faces, _, _ = followed([here, away, away, here], patience=2)
    assert [(face.first_frame, face.last_frame, face.frames) for face in faces] == [(0, 3, 2)]
    faces, _, _ = followed([here, away, away, away, here], patience=2)
    assert [(face.first_frame, face.frames) for face in faces] == [(0, 1), (4, 1)]


def test_frames_between_looks_keep_the_faces_and_count_nothing():
    frames = [found(((0, 0, 40, 40), 1, 0.8))] * 5
    faces, seen, asked = followed(frames, every=2)
    assert asked == [0, 2, 4]
    assert [frame.looked for frame in seen] == [True, False, True, False, True]
    assert len(seen[3].faces) == 1
    assert faces[0].frames == 3


places = st.tuples(st.integers(0, 12), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4))
detections = st.tuples(places, st.integers(0, 1), st.sampled_from([0.3, 0.5, 0.9]))
frames_of_faces = st.lists(st.lists(detections, max_size=5), min_size=1, max_size=5)


def at(detection):
    (left, top, wide, high), label, score = detection
    return ((10 * left, 10 * top, 10 * (left + wide), 10 * (top + high)), label, score)


@given(frames_of_faces, st.randoms(use_true_random=False))
def test_the_order_of_faces_within_a_frame_is_no_matter(frames, random):
    def as_told(mixed):
        return [
            found(*map(at, random.sample(rows, len(rows)) if mixed else rows)) for rows in frames
        ]

    first, seen, _ = followed(as_told(False))
    second, seen_mixed, _ = followed(as_told(True))
    assert first == second
    for one, other in zip(seen, seen_mixed, strict=True):
        assert one.faces.boxes.tolist() == other.faces.boxes.tolist()
        assert one.faces.extra["id"].tolist() == other.faces.extra["id"].tolist()


@given(frames_of_faces)
def test_every_face_of_a_frame_has_its_own_id_and_every_count_adds_up(frames):
    faces, seen, _ = followed([found(*map(at, rows)) for rows in frames])
    ids = [frame.faces.extra["id"].tolist() for frame in seen]
    assert all(len(set(row)) == len(row) for row in ids)
    assert sum(face.frames for face in faces) == sum(map(len, ids))
    assert all(0 <= face.forged <= 1 for face in faces)
