import numpy as np
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.annotated import annotate
from manyfaces.benchmark.report.drawing import FAKE_COLOUR, REAL_COLOUR


def faces(*boxes, labels, scores):
    masks = []
    for left, top, right, bottom in boxes:
        mask = np.zeros((100, 200), bool)
        mask[top:bottom, left:right] = True
        masks.append(mask)
    found = Instances.from_masks((100, 200), masks, labels)
    return Instances(found.size, found.boxes, found.labels, found.masks, np.array(scores))


def test_captions_stand_above_their_faces_or_inside_at_the_upper_edge():
    picture = np.full((100, 200, 3), 128, np.uint8)
    found = faces((20, 40, 50, 80), (120, 0, 150, 40), labels=[0, 1], scores=[0.9, 0.8])
    shown = annotate(picture, found)
    assert (shown[38, 22] == REAL_COLOUR).all()
    assert (shown[2, 122] == FAKE_COLOUR).all()
    assert (picture == 128).all()


def test_faces_below_the_score_are_left_out():
    picture = np.full((100, 200, 3), 128, np.uint8)
    found = faces((20, 40, 50, 80), labels=[0], scores=[0.2])
    assert (annotate(picture, found, 0.3) == picture).all()


def test_a_caption_stays_within_the_picture():
    picture = np.full((100, 200, 3), 128, np.uint8)
    shown = annotate(picture, faces((190, 40, 200, 60), labels=[1], scores=[1.0]))
    assert shown.shape == picture.shape
    assert (shown[38, 199] == FAKE_COLOUR).all()
