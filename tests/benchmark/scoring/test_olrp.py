"""oLRP against the paper's formula written out with plain loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations import boxes, masks
from manyfaces.benchmark.protocol import Protocol
from manyfaces.benchmark.scoring import score
from manyfaces.benchmark.scoring.olrp import ROUNDING

NAMES = ("oLRP", "oLRP_loc", "oLRP_fp", "oLRP_fn", "oLRP_threshold")


def ranked(truth, predictions, label, task, tau):
    """(score, IoU or None) of each detection by falling score, and the number of faces."""
    found, faces = [], 0
    for everyone, answers in zip(truth, predictions, strict=True):
        true, predicted = everyone[everyone.labels == label], answers[answers.labels == label]
        faces += len(true)
        iou = (
            boxes.iou(predicted.boxes, true.boxes)
            if task == "box"
            else masks.iou(predicted.masks, true.masks)
        )
        free = list(range(len(true)))
        for row in np.argsort(-predicted.scores, kind="stable")[:100]:
            best = None
            for face in free:
                if iou[row, face] >= tau and (best is None or iou[row, face] >= iou[row, best]):
                    best = face
            if best is not None:
                free.remove(best)
            found.append((predicted.scores[row], None if best is None else iou[row, best]))
    return sorted(found, key=lambda pair: -pair[0]), faces


def literal(truth, predictions, label, task, tau, *, whole_ties=False):
    """The least LRP over the cuts; with ``whole_ties`` no cut falls between equal scores."""
    found, faces = ranked(truth, predictions, label, task, tau)
    if not faces:
        return (None,) * 5
    best = (1.0, None, None, 1.0, None)
    for cut in range(1, len(found) + 1):
        if whole_ties and cut < len(found) and found[cut][0] == found[cut - 1][0]:
            continue
        overlaps = [iou for _, iou in found[:cut] if iou is not None]
        true, false = len(overlaps), cut - len(overlaps)
        missed = faces - true
        loose = 0.0
        for iou in overlaps:
            loose += 1 - iou
        error = (loose / (1 - tau) + false + missed) / (true + false + missed)
        if error < best[0] and error <= 1 - ROUNDING:
            best = (error, loose / true, false / cut, missed / faces, found[cut - 1][0])
    return best


def ours(cases, rows, class_, task):
    return tuple(cases.value(rows, task=task, metric=name, class_=class_) for name in NAMES)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    extra=st.sampled_from([0, 3, 8]),
    decimals=st.sampled_from([1, 12]),
    task=st.sampled_from(["box", "mask"]),
    tau=st.sampled_from([0.5, 0.75]),
)
def test_olrp_and_its_parts_are_those_of_the_formula(cases, seed, extra, decimals, task, tau):
    truth, predictions = cases.random_case(seed, 6, 4, extra, decimals)
    rows = score(truth, predictions, Protocol(tau=tau))
    for label, name in enumerate(("real", "fake")):
        expected = literal(truth, predictions, label, task, tau)
        assert ours(cases, rows, name, task) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_without_equal_scores_the_cuts_are_the_papers_thresholds(cases, seed):
    truth, predictions = cases.random_case(seed, decimals=12)
    rows = score(truth, predictions)
    expected = literal(truth, predictions, 1, "mask", 0.5, whole_ties=True)
    assert ours(cases, rows, "fake", "mask") == pytest.approx(expected, abs=1e-9)


def test_localisation_is_not_divided_by_one_minus_tau(cases):
    mask, moved = np.zeros((2, *cases.SIZE), bool)
    mask[0:40, 0:40] = True
    moved[0:40, 8:48] = True
    from manyfaces.annotations.instances import Instances

    truth = [Instances.from_masks(cases.SIZE, [mask], [1])]
    found = [cases.scored(Instances.from_masks(cases.SIZE, [moved], [1]), [0.6])]
    rows = score(truth, found)
    iou = 32 / 48
    assert ours(cases, rows, "fake", "box") == pytest.approx((2 * (1 - iou), 1 - iou, 0, 0, 0.6))


def test_a_mean_threshold_of_two_classes_is_not_given(cases):
    rows = score(*cases.random_case(1))
    classes = {row.class_ for row in rows if row.metric == "oLRP_threshold"}
    assert classes == {"real", "fake", "any"}
