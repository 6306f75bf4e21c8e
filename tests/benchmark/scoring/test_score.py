import contextlib
import io

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.annotations.boxes import to_xywh
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.scoring import score
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

STATS = (
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large",
    "AR_1", "AR_10", "AR_100", "AR_small", "AR_medium", "AR_large",
)  # fmt: skip
SIZE = (160, 200)


def ellipse(rng, low=4, high=120):
    side = rng.uniform(low, high)
    cx, cy = rng.uniform(0, SIZE[1]), rng.uniform(0, SIZE[0])
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    return ((x - cx) / side) ** 2 + ((y - cy) / (side * 1.2)) ** 2 <= 0.25


def shift(mask, rng):
    moved = np.roll(mask, rng.integers(-6, 7, 2), axis=(0, 1))
    return moved if moved.any() else mask


def random_case(seed, images=12, faces=5, extra=4):
    rng = np.random.default_rng(seed)
    truth, predictions = [], []
    for _ in range(images):
        drawn = [m for m in (ellipse(rng) for _ in range(rng.integers(0, faces))) if m.any()]
        true = Instances.from_masks(SIZE, drawn, rng.integers(0, 2, len(drawn)))
        guesses = [shift(m, rng) for m in drawn if rng.random() < 0.8]
        guesses += [m for m in (ellipse(rng) for _ in range(rng.integers(0, extra))) if m.any()]
        plain = Instances.from_masks(SIZE, guesses, rng.integers(0, 2, len(guesses)))
        # One decimal makes ties, which are where evaluators disagree.
        scores = np.round(rng.random(len(guesses)), 1)
        truth.append(true)
        predictions.append(Instances(SIZE, plain.boxes, plain.labels, plain.masks, scores))
    return truth, predictions


def coco_truth(truth):
    rows = []
    for image, faces in enumerate(truth, 1):
        for k in range(len(faces)):
            rows.append(
                {
                    "id": len(rows) + 1,
                    "image_id": image,
                    "category_id": int(faces.labels[k]),
                    "bbox": to_xywh(faces.boxes)[k].tolist(),
                    "area": int(faces.areas[k]),
                    "iscrowd": 0,
                    "segmentation": dict(faces.masks[k]),
                }
            )
    images = [{"id": i + 1, "height": SIZE[0], "width": SIZE[1]} for i in range(len(truth))]
    coco = COCO()
    coco.dataset = {
        "images": images,
        "annotations": rows,
        "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
        "info": {},
    }
    coco.createIndex()
    return coco


def coco_results(predictions, task):
    rows = []
    for image, faces in enumerate(predictions, 1):
        for k in range(len(faces)):
            row = {
                "image_id": image,
                "category_id": int(faces.labels[k]),
                "score": float(faces.scores[k]),
            }
            # With both fields pycocotools would take the box's area for masks too.
            if task == "box":
                row["bbox"] = to_xywh(faces.boxes)[k].tolist()
            else:
                row["segmentation"] = dict(faces.masks[k])
            rows.append(row)
    return rows


def reference(truth, predictions, task, agnostic=False):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_truth(truth)
        results = coco.loadRes(coco_results(predictions, task))
        evaluation = COCOeval(coco, results, "bbox" if task == "box" else "segm")
        evaluation.params.useCats = int(not agnostic)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(STATS, evaluation.stats, strict=True))


def value(rows, **key):
    found = [row for row in rows if all(getattr(row, k) == v for k, v in key.items())]
    assert len(found) == 1, found
    return found[0].value


@pytest.mark.parametrize("task", ["box", "mask"])
@pytest.mark.parametrize("seed", range(6))
def test_the_twelve_numbers_are_those_of_pycocotools(seed, task):
    truth, predictions = random_case(seed)
    rows = score(truth, predictions)
    for name, expected in reference(truth, predictions, task).items():
        got = value(rows, task=task, metric=name, class_="all", stratum="all")
        assert (-1 if got is None else got) == pytest.approx(expected, abs=1e-9), name


def test_class_agnostic_numbers_are_those_of_pycocotools_without_categories():
    truth, predictions = random_case(11)
    rows = score(truth, predictions)
    # Without categories pycocotools lists an image's detections class by class; equal
    # scores then come in another order than ours, so scores are made distinct.
    rng = np.random.default_rng(0)
    distinct = [
        Instances(p.size, p.boxes, p.labels, p.masks, rng.random(len(p))) for p in predictions
    ]
    rows = score(truth, distinct)
    for name, expected in reference(truth, distinct, "mask", agnostic=True).items():
        got = value(rows, task="mask", metric=name, class_="any", stratum="all")
        assert (-1 if got is None else got) == pytest.approx(expected, abs=1e-9), name


def test_more_than_a_hundred_predictions_of_a_class_are_cut_as_coco_cuts_them():
    truth, predictions = random_case(3, images=2, faces=4, extra=240)
    rows = score(truth, predictions)
    expected = reference(truth, predictions, "box")
    assert value(rows, task="box", metric="AR_100", class_="all") == pytest.approx(
        expected["AR_100"], abs=1e-9
    )
    assert value(rows, task="box", metric="AP", class_="all") == pytest.approx(
        expected["AP"], abs=1e-9
    )


def perfect(truth):
    return [Instances(t.size, t.boxes, t.labels, t.masks, np.ones(len(t))) for t in truth]


def test_perfect_predictions_have_no_error():
    truth, _ = random_case(1)
    rows = score(truth, perfect(truth))
    for task in ("box", "mask"):
        assert value(rows, task=task, metric="AP", class_="all") == pytest.approx(1)
        assert value(rows, task=task, metric="oLRP", class_="all") == pytest.approx(0)
        assert value(rows, task=task, metric="label_AUC", class_="any", stratum="all") == 1
        assert value(rows, task=task, metric="label_accuracy", class_="any", stratum="all") == 1


def test_without_predictions_the_numbers_are_zero_and_without_truth_undefined():
    truth, predictions = random_case(2)
    nothing = [Instances.empty(SIZE, scored=True) for _ in truth]
    rows = score(truth, nothing)
    assert value(rows, task="box", metric="AP", class_="all") == 0
    assert value(rows, task="box", metric="oLRP", class_="all") == 1
    assert value(rows, task="box", metric="oLRP_loc", class_="all") is None
    assert value(rows, task="mask", metric="label_AUC", class_="any", stratum="all") is None
    empty = score([Instances.empty(SIZE) for _ in truth], predictions)
    undefined = [row for row in empty if row.value is None]
    assert len(undefined) == len(empty)
    assert all(row.n == 0 for row in undefined)


def literal_olrp(truth, predictions, label, tau):
    """The paper's formula, threshold by threshold, with plain loops."""
    scores = sorted({float(s) for p in predictions for s in p.scores[p.labels == label]})
    best = (1.0, None)
    for threshold in scores:
        true = false = missed = 0
        loose = 0.0
        for faces, predicted in zip(truth, predictions, strict=True):
            kept = predicted[(predicted.labels == label) & (predicted.scores >= threshold)]
            kept = kept[np.argsort(-kept.scores, kind="stable")]
            wanted = faces[faces.labels == label]
            free = set(range(len(wanted)))
            iou = masks.iou(kept.masks, wanted.masks)
            for row in range(len(kept)):
                reach = [g for g in free if iou[row, g] >= tau]
                if reach:
                    chosen = max(reach, key=lambda g, row=row: iou[row, g])
                    free.discard(chosen)
                    true += 1
                    loose += 1 - iou[row, chosen]
                else:
                    false += 1
            missed += len(free)
        error = (loose / (1 - tau) + false + missed) / (true + false + missed)
        if error < best[0]:
            best = (error, threshold)
    return best


@pytest.mark.parametrize("seed", range(3))
def test_olrp_is_the_minimum_of_the_papers_formula(seed):
    truth, predictions = random_case(seed + 20)
    rng = np.random.default_rng(seed)
    distinct = [
        Instances(p.size, p.boxes, p.labels, p.masks, rng.random(len(p))) for p in predictions
    ]
    rows = score(truth, distinct)
    for label, name in enumerate(("real", "fake")):
        expected, threshold = literal_olrp(truth, distinct, label, DEFAULT.tau)
        assert value(rows, task="mask", metric="oLRP", class_=name) == pytest.approx(expected)
        assert value(rows, task="mask", metric="oLRP_threshold", class_=name) == threshold


def test_the_order_of_images_changes_nothing():
    truth, predictions = random_case(5)
    rng = np.random.default_rng(1)
    distinct = [
        Instances(p.size, p.boxes, p.labels, p.masks, rng.random(len(p))) for p in predictions
    ]
    order = rng.permutation(len(truth))
    shuffled = score([truth[i] for i in order], [distinct[i] for i in order])
    for first, second in zip(score(truth, distinct), shuffled, strict=True):
        assert first.value == pytest.approx(second.value, abs=1e-12)
