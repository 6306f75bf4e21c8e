import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.report.curves import MOST, precision_recall
from manyfaces.benchmark.scoring.precision_recall import average_precision


def agnostic(cases, truth, found):
    return cases.compared(truth, found).matches["box"].agnostic


def test_a_curve_by_hand(cases):
    truth = [cases.squares([0, 50, 100, 150], [0, 0, 0, 0])]
    # A hit, a false alarm, a hit: precision 1, then 2/3; half of the faces.
    found = [cases.squares([0, 25, 50], [0, 0, 0], [0.9, 0.8, 0.7])]
    curve = precision_recall(agnostic(cases, truth, found), DEFAULT)
    assert curve.faces == 4
    assert curve.points == ((0, 1), (0.25, 1), (0.5, pytest.approx(2 / 3)))


def test_precision_never_rises(cases):
    truth = [cases.squares([0, 50, 100], [0, 0, 0])]
    found = [cases.squares([25, 0, 50, 100], [0, 0, 0, 0], [0.9, 0.8, 0.7, 0.6])]
    curve = precision_recall(agnostic(cases, truth, found), DEFAULT)
    assert [precision for _, precision in curve.points] == [0.75] * 4


def test_no_face_no_curve_and_no_hit_no_points(cases):
    nobody, nothing = Instances.empty(cases.SIZE), Instances.empty(cases.SIZE, scored=True)
    assert precision_recall(agnostic(cases, [nobody], [nothing]), DEFAULT) is None
    truth = cases.squares([0], [0])
    assert precision_recall(agnostic(cases, [truth], [nothing]), DEFAULT).points == ()


def test_many_points_are_thinned_and_the_area_stays(cases):
    rng = np.random.default_rng(1)
    truth, found = [], []
    for _ in range(400):
        truth.append(cases.squares([0, 50], [0, 1]))
        found.append(cases.squares([0, 100 if rng.random() < 0.4 else 50], [0, 1], rng.random(2)))
    matches = agnostic(cases, truth, found)
    curve = precision_recall(matches, DEFAULT)
    recall, precision = np.array(curve.points).T
    assert len(recall) == MOST
    assert (np.diff(recall) >= 0).all()
    assert (np.diff(precision) <= 0).all()
    area = float((np.diff(recall) * (precision[1:] + precision[:-1]) / 2).sum())
    assert area == pytest.approx(average_precision(matches, DEFAULT, 0)[0], abs=0.01)
