"""The metrics: what each is called, means, and where it comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ..core.tables import table
from .results import Task

_COCO: Final = "Lin et al., ECCV 2014; pycocotools 2.0"
_LRP: Final = "Oksuz et al., ECCV 2018"
_AUC: Final = "Mann and Whitney, 1947; Fawcett, 2006"
_SHAPES: Final[tuple[Task, ...]] = ("box", "mask", "boundary")
_TIDE: Final = "Bolya et al., ECCV 2020"
_PIXEL: Final = "Jaccard, 1912; Dice, 1945"


@dataclass(frozen=True, slots=True)
class Metric:
    """One kind of number in a result.

    Args:
        name: as it stands in ``Score.metric``.
        version: changes whenever the same predictions would get another number.
        description: its definition in one line.
        source: the paper or program that defines it.
        low: least value that it can have.
        high: greatest value that it can have.
        higher_is_better: False for an error; None where neither end is better.
        unit: ``ratio`` for a share or a mean of shares, ``score`` for a confidence, ``count``.
        tasks: the tasks that it is given for.
    """

    name: str
    version: str
    description: str
    source: str
    low: float = 0.0
    high: float = 1.0
    higher_is_better: bool | None = True
    unit: str = "ratio"
    tasks: tuple[Task, ...] = _SHAPES


def _coco(name: str, description: str) -> Metric:
    return Metric(name, "1", description, _COCO)


def _olrp(name: str, description: str, high: float = 1.0) -> Metric:
    return Metric(name, "1", description, _LRP, high=high, higher_is_better=False)


def _olrp_by_size() -> list[Metric]:
    """OLRP and its parts on faces of one size."""
    parts = (
        ("oLRP", "oLRP", 1.0),
        ("oLRP_loc", "localisation part of oLRP", 0.5),
        ("oLRP_fp", "false-positive part of oLRP", 1.0),
        ("oLRP_fn", "false-negative part of oLRP", 1.0),
    )
    return [
        _olrp(f"{name}_{size}", f"{what}, on {size} faces", high)
        for size in ("small", "medium", "large")
        for name, what, high in parts
    ]


def _errors() -> list[Metric]:
    """Each kind of error: how many there are, and what they cost."""
    kinds = {
        "label": "on a face of the other label",
        "localisation": "badly placed on a face of its label",
        "both": "badly placed on a face of the other label",
        "duplicate": "on a face that has its detection",
        "background": "on no face",
    }
    what = {
        **{name: f"detections {text}" for name, text in kinds.items()},
        "missed": "true faces without any detection near",
        "false_positive": "detections that match no face of their label",
        "false_negative": "true faces that no detection of their label matches",
    }
    return [
        Metric(
            f"errors_{name}", "1", f"number of {text}", _TIDE,
            high=math.inf, higher_is_better=False, unit="count", tasks=("box", "mask"),
        )
        for name, text in what.items()
    ] + [
        Metric(
            f"dAP_{name}", "1", f"rise of AP50 without {text}", _TIDE,
            higher_is_better=False, tasks=("box", "mask"),
        )
        for name, text in what.items()
    ]  # fmt: skip


def _pixels() -> list[Metric]:
    """How well the forged region is outlined."""
    what = {
        "pixel_IoU": "IoU of the forged region, all images pooled",
        "pixel_F1": "F1 of the forged pixels, all images pooled",
        "image_IoU": "IoU of the forged region, mean over images; a right empty answer is 1",
        "image_F1": "F1 of the forged pixels, mean over images; a right empty answer is 1",
    }
    where = {"": "at score 0.5", "_best": "at the set's best threshold"}
    return [
        Metric(f"{name}{suffix}", "1", f"{text}, {place}", _PIXEL, tasks=("pixel",))
        for name, text in what.items()
        for suffix, place in where.items()
    ] + [
        Metric(
            "pixel_threshold", "1", "the score threshold of the highest pixel_F1", _PIXEL,
            higher_is_better=None, unit="score", tasks=("pixel",),
        )
    ]  # fmt: skip


METRICS: Final = table(
    [
        _coco("AP", "average precision, mean over the IoU thresholds 0.50, 0.55, … 0.95"),
        _coco("AP50", "average precision at IoU 0.50"),
        _coco("AP75", "average precision at IoU 0.75"),
        _coco("AP_small", "AP on faces of up to 32² pixels"),
        _coco("AP_medium", "AP on faces of 32² to 96² pixels"),
        _coco("AP_large", "AP on faces of 96² pixels and more"),
        _coco("AR_1", "recall, mean over the IoU thresholds, with 1 detection an image"),
        _coco("AR_10", "recall, mean over the IoU thresholds, with 10 detections an image"),
        _coco("AR_100", "recall, mean over the IoU thresholds, with 100 detections an image"),
        _coco("AR_small", "AR_100 on faces of up to 32² pixels"),
        _coco("AR_medium", "AR_100 on faces of 32² to 96² pixels"),
        _coco("AR_large", "AR_100 on faces of 96² pixels and more"),
        _olrp("oLRP", "localisation, recall and precision error at the best score threshold"),
        _olrp("oLRP_loc", "1 - IoU, mean over the faces found at that threshold", high=0.5),
        _olrp("oLRP_fp", "share of wrong detections (1 - precision) at that threshold"),
        _olrp("oLRP_fn", "share of missed faces (1 - recall) at that threshold"),
        Metric(
            "oLRP_threshold",
            "1",
            "the score threshold at which the LRP error is least",
            _LRP,
            higher_is_better=None,
            unit="score",
        ),
        *_olrp_by_size(),
        Metric(
            "recall", "1", "share of faces found at IoU 0.5, real or fake all the same", _COCO
        ),
        Metric(
            "box_IoU", "1", "IoU of boxes, mean over the faces found", "Jaccard, 1912",
            low=0.5, tasks=("box",),
        ),
        Metric(
            "mask_IoU", "1", "IoU of masks, mean over the faces found", "Jaccard, 1912",
            low=0.5, tasks=("mask",),
        ),
        Metric(
            "boundary_IoU", "1", "lesser of mask and boundary IoU, mean over the faces found",
            "Cheng et al., CVPR 2021", low=0.5, tasks=("boundary",),
        ),
        Metric("label_AUC", "2", "area under the ROC curve, fake against real faces found", _AUC),
        Metric(
            "label_AUC_adjusted",
            "1",
            "label_AUC among faces of like size (within an octave of area), mean over the fakes",
            "Janes and Pepe, Biometrika 2009",
        ),
        Metric("label_accuracy", "1", "share of the faces found that get their label", _AUC),
        Metric(
            "image_AUC",
            "1",
            "area under the ROC curve: does the picture hold a forgery",
            _AUC,
            tasks=("image",),
        ),
        Metric(
            "image_AP",
            "1",
            "average precision: does the picture hold a forgery",
            "scikit-learn's average_precision_score",
            tasks=("image",),
        ),
        Metric(
            "image_EER",
            "1",
            "rate at which pictures with and without forgery are mistaken equally often",
            _AUC,
            higher_is_better=False,
            tasks=("image",),
        ),
        *_errors(),
        *_pixels(),
    ]
)  # fmt: skip
