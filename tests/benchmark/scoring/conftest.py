"""Faces to score, and the reference evaluators' numbers for them."""

import contextlib
import io
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from faster_coco_eval import COCO as FasterCOCO
from faster_coco_eval import COCOeval_faster
from manyfaces.annotations.boxes import to_xywh
from manyfaces.annotations.instances import Instances
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

STATS = (
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large",
    "AR_1", "AR_10", "AR_100", "AR_small", "AR_medium", "AR_large",
)  # fmt: skip
SIZE = (160, 200)
# Faces of exactly 32² and 96² pixels belong to two sizes at once.
SIDES = (3, 8, 31, 32, 33, 60, 95, 96, 97)
REFERENCES = {"pycocotools": (COCO, COCOeval), "faster-coco-eval": (FasterCOCO, COCOeval_faster)}


def square(rng):
    mask = np.zeros(SIZE, bool)
    side = rng.choice(SIDES)
    top, left = rng.integers(0, SIZE[0] - side), rng.integers(0, SIZE[1] - side)
    mask[top : top + side, left : left + side] = True
    return mask


def ellipse(rng):
    """With a hole, or a second part, at times."""
    side = rng.uniform(4, 120)
    cx, cy = rng.uniform(0, SIZE[1]), rng.uniform(0, SIZE[0])
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    radius = ((x - cx) / side) ** 2 + ((y - cy) / (side * 1.2)) ** 2
    mask = radius <= 0.25
    if rng.random() < 0.3:
        mask &= radius >= 0.02
    if rng.random() < 0.2:
        mask[:3, :5] = True
    mask[int(cy), int(cx)] = True
    return mask


def shifted(mask, rng):
    reach = int(rng.choice([0, 1, 2, 6, 20]))
    return np.roll(mask, rng.integers(-reach, reach + 1, 2), axis=(0, 1))


def company(drawn, rng):
    """The faces, and close to some another one: equal, shifted, or of another size."""
    close = [
        cv2.dilate(m.astype(np.uint8), np.ones((3, 3))) > 0 for m in drawn if rng.random() < 0.3
    ]
    close += [shifted(m, rng) for m in drawn if rng.random() < 0.2]
    return [*drawn, *close]


def scored(instances, scores):
    return Instances(
        instances.size, instances.boxes, instances.labels, instances.masks, np.asarray(scores)
    )


def random_case(seed, images=8, faces=5, extra=4, decimals=1, crowded=True):
    """Truth and predictions; one decimal makes ties, where evaluators disagree."""
    rng = np.random.default_rng(seed)
    truth, predictions = [], []
    for _ in range(images):
        drawn = [rng.choice([square, ellipse])(rng) for _ in range(rng.integers(0, faces + 1))]
        drawn = company(drawn, rng) if crowded else drawn
        guesses = [shifted(m, rng) for m in drawn for _ in range(rng.choice([0, 1, 1, 2]))]
        guesses += [rng.choice([square, ellipse])(rng) for _ in range(rng.integers(0, extra + 1))]
        truth.append(Instances.from_masks(SIZE, drawn, rng.integers(0, 2, len(drawn))))
        plain = Instances.from_masks(SIZE, guesses, rng.integers(0, 2, len(guesses)))
        scores = np.round(rng.random(len(guesses)), decimals)
        predictions.append(scored(plain, scores)[rng.permutation(len(guesses))])
    return truth, predictions


def coco_dataset(truth, first_id=1):
    rows = []
    for image, faces in enumerate(truth, first_id):
        for k in range(len(faces)):
            rows.append(
                {
                    "id": len(rows) + first_id,
                    "image_id": image,
                    "category_id": int(faces.labels[k]),
                    "bbox": to_xywh(faces.boxes)[k].tolist(),
                    "area": int(faces.areas[k]),
                    "iscrowd": 0,
                    "segmentation": dict(faces.masks[k]),
                }
            )
    return {
        "images": [
            {"id": i, "file_name": f"{i}.jpg", "height": SIZE[0], "width": SIZE[1]}
            for i in range(first_id, first_id + len(truth))
        ],
        "annotations": rows,
        "categories": [{"id": 0, "name": "Real"}, {"id": 1, "name": "Fake"}],
        "info": {},
    }


def coco_results(predictions, task, first_id=1):
    # With both fields pycocotools would take the box's area for masks too.
    return [
        {
            "image_id": image,
            "category_id": int(faces.labels[k]),
            "score": float(faces.scores[k]),
            **(
                {"bbox": to_xywh(faces.boxes)[k].tolist()}
                if task == "box"
                else {"segmentation": dict(faces.masks[k])}
            ),
        }
        for image, faces in enumerate(predictions, first_id)
        for k in range(len(faces))
    ]


def evaluate(dataset, results, task, class_="all", evaluator="pycocotools"):
    """The twelve numbers; the class is all, any, real or fake."""
    coco_class, evaluation_class = REFERENCES[evaluator]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = coco_class()
        coco.dataset = dataset
        coco.createIndex()
        if results:
            found = coco.loadRes(results)
        else:  # an empty list is more than loadRes can take
            found = coco_class()
            found.dataset = {**dataset, "annotations": []}
            found.createIndex()
        kind = {"box": "bbox", "mask": "segm", "boundary": "boundary"}[task]
        evaluation = evaluation_class(coco, found, kind)
        if class_ == "any":
            evaluation.params.useCats = 0
        elif class_ != "all":
            evaluation.params.catIds = [("real", "fake").index(class_)]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return dict(zip(STATS, evaluation.stats[:12], strict=True))


def value(rows, **key):
    key = {"stratum": "all", **key}
    found = [row for row in rows if all(getattr(row, k) == v for k, v in key.items())]
    assert len(found) == 1, found
    return found[0].value


def twelve(rows, task, class_="all"):
    """Our twelve numbers as the references write them: undefined is -1."""
    values = {name: value(rows, task=task, metric=name, class_=class_) for name in STATS}
    return {name: -1 if v is None else v for name, v in values.items()}


@pytest.fixture(scope="session")
def cases():
    """The functions above, for the test modules beside this one."""
    return SimpleNamespace(
        STATS=STATS, SIZE=SIZE, square=square, ellipse=ellipse, scored=scored,
        random_case=random_case, coco_dataset=coco_dataset, coco_results=coco_results,
        evaluate=evaluate, value=value, twelve=twelve,
    )  # fmt: skip
