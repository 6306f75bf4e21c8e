"""Errors explained: each kind by hand, and all of it against a plain loop over everything."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations import boxes as box_tools
from manyfaces.annotations import masks as mask_tools
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.scoring import score
from manyfaces.benchmark.scoring.errors import (
    CORRECT,
    KINDS,
    UNCOUNTED,
    error_values,
    explain,
)
from reference_pairs import compare, join

REAL, FAKE = 0, 1
SIZE = (200, 400)
SIDE = 20


def squares(places, labels, scores=None):
    """Squares of 20 pixels along the top; places are their left sides."""
    masks = np.zeros((len(places), *SIZE), bool)
    for row, left in enumerate(places):
        masks[row, :SIDE, left : left + SIDE] = True
    plain = Instances.from_masks(SIZE, list(masks), labels)
    return Instances(
        SIZE, plain.boxes, plain.labels, plain.masks,
        None if scores is None else np.array(scores, float),
    )  # fmt: skip


def explained(truth, found, protocol=DEFAULT, shape="box"):
    both = zip(truth, found, strict=True)
    pairs = join([compare(faces, some, shape, DEFAULT.near) for faces, some in both])
    errors = explain(pairs, protocol)
    return errors, error_values(pairs, errors, protocol)


def names(errors):
    return [{CORRECT: "correct", UNCOUNTED: "-"}.get(k, KINDS[k]) for k in errors.kind.tolist()]


# Shifted by s pixels, squares of 20 have an IoU of (20 - s) / (20 + s):
NEAR, HALF, FAR, APART = 2, 10, 18, 19  # 0.82, 1/3, 0.053, 0.026


@pytest.mark.parametrize(
    ("places", "labels", "expected"),
    [
        ([0], [REAL], ["correct"]),
        ([NEAR], [FAKE], ["label"]),
        ([HALF], [REAL], ["localisation"]),
        ([HALF], [FAKE], ["both"]),
        ([0, NEAR], [REAL, REAL], ["correct", "duplicate"]),
        ([FAR], [REAL], ["background"]),
        ([APART], [FAKE], ["background"]),
        ([200], [REAL], ["background"]),
    ],
)
def test_each_kind(places, labels, expected):
    scores = np.linspace(0.9, 0.5, len(places))
    errors, _ = explained([squares([0], [REAL])], [squares(places, labels, scores)])
    assert names(errors) == expected


def test_a_badly_placed_detection_of_one_face_on_another_is_localisation():
    # A fake answer upon the real face, and by a third over the fake one beside it.
    truth = squares([0, HALF], [REAL, FAKE])
    errors, _ = explained([truth], [squares([0], [FAKE], [0.9])])
    assert names(errors) == ["localisation"]
    assert errors.about.tolist() == [1]


def test_a_second_answer_with_the_other_label_is_a_wrong_label():
    errors, values = explained([squares([0], [REAL])], [squares([0, 0], [REAL, FAKE], [0.9, 0.8])])
    assert names(errors) == ["correct", "label"]
    # The face has its detection: mending removes this one.
    assert errors.mends.tolist() == [False, False]
    assert values["errors_label"] == (1, 2)


def test_a_face_is_missed_only_if_no_detection_could_be_mended_into_it():
    truth = squares([0, 50, 100, 150], [REAL, REAL, FAKE, FAKE])
    found = squares([0, 50, 100 + HALF], [REAL, FAKE, FAKE], [0.9, 0.8, 0.7])
    errors, values = explained([truth], [found])
    assert names(errors) == ["correct", "label", "localisation"]
    assert errors.missed.tolist() == [False, False, False, True]
    assert values["errors_missed"] == (1, 4)
    assert values["errors_false_negative"] == (3, 4)
    assert values["errors_false_positive"] == (2, 3)


def test_detections_beyond_the_limit_do_not_count():
    protocol = DEFAULT.model_copy(update={"max_detections": (1,)})
    found = squares([0, 100], [REAL, REAL], [0.9, 0.8])
    errors, values = explained([squares([0], [REAL])], [found], protocol)
    assert names(errors) == ["correct", "-"]
    assert values["errors_background"] == (0, 1)


def test_costs_by_hand():
    # Reals: found, found as fake; fakes: found. A false alarm of 0.95 stands before all.
    truth = squares([0, 50, 100], [REAL, REAL, FAKE])
    found = squares([0, 50, 100, 200], [REAL, FAKE, FAKE, REAL], [0.9, 0.8, 0.7, 0.95])
    _, values = explained([truth], [found])
    # Recall points: 51 of 101 lie at or below one half.
    real, fake = 51 / 101 * 0.5, 0.5
    cost = {name: value for name, (value, _) in values.items()}
    # The label mended: real's precision is 1/2, 2/3 (all points 2/3); fake's is 1.
    assert cost["dAP_label"] == pytest.approx((2 / 3 - real + 1 - fake) / 2)
    assert cost["dAP_background"] == pytest.approx((51 / 101 - real) / 2)
    assert cost["dAP_false_positive"] == pytest.approx((51 / 101 - real + 1 - fake) / 2)
    assert cost["dAP_false_negative"] == pytest.approx((0.5 - real) / 2)
    assert cost["dAP_localisation"] == cost["dAP_both"] == cost["dAP_duplicate"] == 0
    assert cost["dAP_missed"] == 0
    assert values["dAP_label"][1] == 3


def test_a_better_answer_of_two_is_mended_and_the_other_removed():
    truth = squares([0], [REAL])
    found = squares([0, HALF], [FAKE, REAL], [0.6, 0.9])
    errors, values = explained([truth], [found])
    assert names(errors) == ["label", "localisation"]
    assert errors.mends.tolist() == [False, True]
    assert values["dAP_label"][0] == 0
    assert values["dAP_localisation"][0] == 1


def test_without_detections_every_face_is_missed_and_the_cost_is_undefined():
    _, values = explained([squares([0, 50], [REAL, FAKE])], [Instances.empty(SIZE, scored=True)])
    assert values["errors_missed"] == (2, 2)
    assert values["dAP_missed"] == (None, 0)
    assert values["errors_background"] == (None, 0)
    assert values["dAP_background"] == (0, 2)


def test_without_faces_every_detection_is_background():
    errors, values = explained(
        [Instances.empty(SIZE)], [squares([0, 50], [REAL, FAKE], [0.5, 0.5])]
    )
    assert names(errors) == ["background", "background"]
    assert values["dAP_background"] == (None, 0)
    assert values["errors_missed"] == (None, 0)


def test_nothing_at_all():
    errors, values = explained([], [])
    assert len(errors.kind) == len(errors.missed) == 0
    assert {value for value, _ in values.values()} == {None}


def test_perfect_predictions_have_no_error():
    truth = squares([0, 50], [REAL, FAKE])
    _, values = explained([truth], [squares([0, 50], [REAL, FAKE], [0.9, 0.8])])
    assert {value for value, _ in values.values()} == {0}


@given(st.integers(0, 2**32 - 1), st.sampled_from(["box", "mask"]), st.sampled_from([1, 3]))
@settings(max_examples=40)
def test_all_of_it_is_the_plain_loops(cases, seed, shape, decimals):
    truth, found = cases.random_case(seed, images=6, decimals=decimals)
    _, values = explained(truth, found, shape=shape)
    expected = by_loops(truth, found, shape)
    assert {name: value for name, (value, _) in values.items()} == pytest.approx(expected)


def test_the_ap_that_costs_count_from_is_the_scores(cases):
    truth, found = cases.random_case(3)
    ap50 = cases.value(score(truth, found), task="box", metric="AP50", class_="all")
    assert by_loops(truth, found, "box", only_ap=True) == pytest.approx(ap50)


# The authors' procedure once more, one detection after the other.
def by_loops(truth, found, shape, only_ap=False):
    points, faces, missed, unmatched = [], [0, 0], [0, 0], [0, 0]
    counts = dict.fromkeys((*KINDS, "missed", "false_positive", "false_negative"), 0)
    for image, (true, some) in enumerate(zip(truth, found, strict=True)):
        iou = box_tools.iou(some.boxes, true.boxes) if shape == "box" else None
        iou = mask_tools.iou(some.masks, true.masks) if iou is None else iou
        rows, usable, used = image_errors(true, some, iou)
        for row in rows:
            counts[row["kind"]] = counts.get(row["kind"], 0) + 1
            points.append({**row, "image": image})
        for face in range(len(true)):
            label = int(true.labels[face])
            faces[label] += 1
            unmatched[label] += face not in used
            missed[label] += face not in used and face not in usable
    counts.pop("correct", None)
    counts["missed"], counts["false_negative"] = sum(missed), sum(unmatched)
    counts["false_positive"] = sum(counts[kind] for kind in KINDS)
    before = [ap(points, label, faces[label]) for label in (REAL, FAKE)]
    if only_ap:
        return np.mean([value for value in before if value is not None])
    after = {kind: (mended(points, kind), faces) for kind in KINDS}
    after["missed"] = points, [n - m for n, m in zip(faces, missed, strict=True)]
    after["false_positive"] = [p for p in points if p["kind"] == "correct"], faces
    after["false_negative"] = points, [n - m for n, m in zip(faces, unmatched, strict=True)]
    result = {f"dAP_{name}": rise(before, *some) for name, some in after.items()}
    looked_at = {name: sum(faces) for name in ("missed", "false_negative")}
    for name, count in counts.items():
        result[f"errors_{name}"] = count if looked_at.get(name, len(points)) else None
    return result


def image_errors(true, some, iou):
    order = sorted(range(len(some)), key=lambda row: (-some.scores[row], some.labels[row], row))
    used = {}
    for row in order:
        free = [
            (iou[row, face], face)
            for face in range(len(true))
            if true.labels[face] == some.labels[row] and face not in used and iou[row, face] >= 0.5
        ]
        if free:
            used[max(free)[1]] = row
    hits, rows, usable = set(used.values()), [], {}
    for row in order:
        kind, face = kind_of(row, true, some, iou, hits)
        if face is not None and face not in used:
            usable.setdefault(face, row)
        rows.append({"kind": kind, "face": face, "row": row, "score": some.scores[row]})
        rows[-1]["label"] = int(some.labels[row])
        rows[-1]["hit"] = kind == "correct"
    for row in rows:
        row["mends"] = usable.get(row["face"]) == row["row"]
        row["true"] = None if row["face"] is None else int(true.labels[row["face"]])
    return rows, usable, used


def kind_of(row, true, some, iou, hits):
    if row in hits:
        return "correct", None
    own = [(iou[row, k], k) for k in range(len(true)) if true.labels[k] == some.labels[row]]
    other = [(iou[row, k], k) for k in range(len(true)) if true.labels[k] != some.labels[row]]
    own, other = max(own, default=(0, -1)), max(other, default=(0, -1))
    if 0.1 <= own[0] < 0.5:
        return "localisation", own[1]
    if other[0] >= 0.5:
        return "label", other[1]
    if own[0] >= 0.5:
        return "duplicate", None
    return ("background" if max(own, other)[0] < 0.1 else "both"), None


def mended(points, kind):
    result = []
    for point in points:
        if point["kind"] != kind:
            result.append(point)
        elif point["mends"]:
            result.append({**point, "hit": True, "label": point["true"]})
    return result


def ap(points, label, faces):
    """Precision at 101 recalls, the highest at that recall or more."""
    if not faces:
        return None
    mine = [point for point in points if point["label"] == label]
    mine.sort(key=lambda point: (-point["score"], point["image"], point["row"]))
    hits, curve = 0, []
    for number, point in enumerate(mine, 1):
        hits += point["hit"]
        curve.append((hits / faces, hits / number))
    at = [max((p for r, p in curve if r >= k), default=0) for k in np.linspace(0, 1, 101)]
    return float(np.mean(at))


def rise(before, points, faces):
    if not any(faces):
        return None
    classes = [label for label in (REAL, FAKE) if before[label] is not None]
    rises = [
        ap(points, label, faces[label]) - before[label] if faces[label] else 0 for label in classes
    ]
    return max(0.0, float(np.mean(rises)))
