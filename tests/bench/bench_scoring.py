"""Scoring against pycocotools and faster-coco-eval, on the same faces in one process.

Ours gives every metric for boxes and masks, three classes and all strata; the others the
twelve COCO numbers for boxes and masks, two classes. Nothing is asserted about time.
"""

import contextlib
import copy
import io

import cv2
import numpy as np
import pytest
from faster_coco_eval import COCO as FasterCOCO
from faster_coco_eval import COCOeval_faster
from manyfaces.annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, to_coco
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import prediction_rows
from manyfaces.benchmark.scoring import score
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SIZE = (480, 640)
IMAGES, FACES, FALSE_ALARMS = 1000, 6, 20


def ellipse(centre, side):
    mask = np.zeros(SIZE, np.uint8)
    axes = (max(2, int(side / 2)), max(2, int(side * 0.65)))
    cv2.ellipse(mask, tuple(int(v) for v in centre), axes, 0, 0, 360, 1, -1)
    return mask.astype(bool)


def image(rng):
    """One image's truth, and a detector's answers: shifted, doubled, missed, invented."""
    count = int(rng.integers(0, FACES + 1))
    centres = rng.uniform((30, 30), (610, 450), (count, 2))
    sides = rng.uniform(12, 150, count)
    truth = Instances.from_masks(
        SIZE,
        [ellipse(*face) for face in zip(centres, sides, strict=True)],
        rng.integers(0, 2, count),
    )
    guesses = [
        ellipse(centre + rng.normal(0, side * 0.06, 2), side * rng.uniform(0.85, 1.15))
        for centre, side in zip(centres, sides, strict=True)
        for _ in range(rng.integers(0, 3))
    ]
    guesses += [
        ellipse(rng.uniform((0, 0), (640, 480)), rng.uniform(12, 150))
        for _ in range(rng.integers(0, FALSE_ALARMS))
    ]
    plain = Instances.from_masks(SIZE, guesses, rng.integers(0, 2, len(guesses)))
    scores = rng.random(len(guesses))
    return truth, Instances(SIZE, plain.boxes, plain.labels, plain.masks, scores)


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(0)
    return [image(rng) for _ in range(IMAGES)]


@pytest.fixture(scope="module")
def coco_files(faces):
    """The same faces as COCO's dictionaries: truth, box results, mask results."""
    number, images = 1, []
    for place, (truth, _) in enumerate(faces, 1):
        ids = np.arange(number, number + len(truth))
        number += len(truth)
        numbered = Instances(
            SIZE, truth.boxes, truth.labels, truth.masks, extra={"annotation_id": ids}
        )
        images.append(AnnotatedImage(ImageEntry(place, f"{place}.png", *SIZE), numbered))
    rows = [r for place, (_, found) in enumerate(faces, 1) for r in prediction_rows(place, found)]
    boxes = [{k: v for k, v in row.items() if k != "segmentation"} for row in rows]
    masks = [{k: v for k, v in row.items() if k != "bbox"} for row in rows]
    return to_coco(AnnotationSet(tuple(images))), boxes, masks


def loaded(coco_class, evaluator, coco_files):
    """Evaluators ready to run: copying and loading are not timed."""
    # They write into what they are given.
    truth, boxes, masks = copy.deepcopy(coco_files)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_class()
        coco.dataset = truth
        coco.createIndex()
        return [
            evaluator(coco, coco.loadRes(boxes), "bbox"),
            evaluator(coco, coco.loadRes(masks), "segm"),
        ]


def evaluate(*evaluations):
    with contextlib.redirect_stdout(io.StringIO()):
        for evaluation in evaluations:
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()


def time_reference(benchmark, coco_class, evaluator, coco_files):
    benchmark.pedantic(
        evaluate, setup=lambda: (loaded(coco_class, evaluator, coco_files), {}), rounds=3
    )


@pytest.mark.benchmark(group="score 1,000 images")
def test_manyfaces(benchmark, faces):
    truth, found = zip(*faces, strict=True)
    benchmark.pedantic(score, args=(truth, found), rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="score 1,000 images")
def test_pycocotools(benchmark, coco_files):
    time_reference(benchmark, COCO, COCOeval, coco_files)


@pytest.mark.benchmark(group="score 1,000 images")
def test_faster_coco_eval(benchmark, coco_files):
    time_reference(benchmark, FasterCOCO, COCOeval_faster, coco_files)
