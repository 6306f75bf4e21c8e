"""The scoring function: truth and predictions in, tidy records out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import numpy as np

from ...annotations import boxes, masks
from ...annotations.categories import FAKE, NAMES
from ...annotations.instances import Instances
from ..protocol import DEFAULT, Protocol
from ..results import Score
from .curves import olrp, precisions, recalls
from .labels import Found, found_faces, roc_auc
from .matching import Bools, Floats, Matches, Pairs, first, match, merge

ShapeTask = Literal["box", "mask"]
ANY: Final = "any"
ALL: Final = "all"


def score(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    protocol: Protocol = DEFAULT,
    *,
    track: str = "clean",
) -> list[Score]:
    """Score the predictions of each image against its truth, in the same order.

    Raises:
        ValueError: the two have different lengths, or predictions have no scores.
    """
    if len(truth) != len(predictions):
        raise ValueError(f"{len(truth)} true images, {len(predictions)} predicted ones")
    ordered = [_by_score(predicted) for predicted in predictions]
    rows: list[Score] = []
    for task in ("box", "mask"):
        overlaps = [
            _overlaps(predicted, faces, task)
            for predicted, faces in zip(ordered, truth, strict=True)
        ]
        rows += _detection(truth, ordered, overlaps, task, protocol, track)
        rows += _labels(found_faces(truth, ordered, overlaps, protocol.tau), task, track)
    return rows


def _by_score(predicted: Instances) -> Instances:
    if predicted.scores is None:
        raise ValueError("predictions need scores")
    return predicted[np.argsort(-predicted.scores, kind="stable")]


def _overlaps(predicted: Instances, faces: Instances, task: str) -> Floats:
    if task == "box":
        return boxes.iou(predicted.boxes, faces.boxes)
    return masks.iou(predicted.masks, faces.masks)


def _areas(predicted: Instances, task: str) -> Floats:
    if task == "mask":
        return predicted.areas.astype(np.float64)
    return np.asarray(np.prod(predicted.boxes[:, 2:] - predicted.boxes[:, :2], axis=1))


def _detection(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    overlaps: Sequence[Floats],
    task: ShapeTask,
    protocol: Protocol,
    track: str,
) -> list[Score]:
    values = {
        name: _class_values(_pairs(truth, predictions, overlaps, task, protocol, label), protocol)
        for label, name in ((None, ANY), *enumerate(NAMES))
    }
    values[ALL] = _mean_over_classes([values[name] for name in NAMES])
    return [
        Score(track=track, task=task, metric=metric, class_=name, value=value, n=faces)
        for name in (ALL, *NAMES, ANY)
        for metric, (value, faces) in values[name].items()
    ]


Values = dict[str, tuple[float | None, int]]  # metric → value, number of true faces


def _pairs(
    truth: Sequence[Instances],
    predictions: Sequence[Instances],
    overlaps: Sequence[Floats],
    task: ShapeTask,
    protocol: Protocol,
    label: int | None,
) -> Iterator[Pairs]:
    limit = max(protocol.max_detections)
    for faces, predicted, matrix in zip(truth, predictions, overlaps, strict=True):
        wanted = np.arange(len(predicted))
        true = np.arange(len(faces))
        if label is not None:
            wanted = np.nonzero(predicted.labels == label)[0]
            true = np.nonzero(faces.labels == label)[0]
        wanted = wanted[:limit]
        if not len(wanted) and not len(true):
            continue
        if predicted.scores is None:
            raise ValueError("predictions need scores")
        yield Pairs(
            predicted.scores[wanted],
            matrix[np.ix_(wanted, true)],
            _areas(predicted, task)[wanted],
            faces.areas.astype(np.float64)[true],
        )


def _class_values(pairs: Iterable[Pairs], protocol: Protocol) -> Values:
    kept = list(pairs)
    thresholds = np.array(protocol.iou_thresholds)
    values: Values = {}
    for area, limits in protocol.areas.items():
        parts = [match(part, thresholds, limits) for part in kept]
        suffix = "" if area == ALL else f"_{area}"
        values |= _precision(merge(parts), thresholds, protocol, suffix)
        if area == ALL:
            for limit in protocol.max_detections:
                values |= _recall(merge([first(part, limit) for part in parts]), f"AR_{limit}")
            values |= _olrp(merge(parts), thresholds, protocol)
        else:
            values |= _recall(merge(parts), f"AR{suffix}")
    return values


def _precision(
    matches: Matches | None, thresholds: Floats, protocol: Protocol, suffix: str
) -> Values:
    names = {f"AP{suffix}": slice(None)}
    if not suffix:
        for share in (50, 75):
            at = int(np.argmin(np.abs(thresholds - share / 100)))
            names[f"AP{share}"] = slice(at, at + 1)
    if matches is None or not matches.faces:
        return dict.fromkeys(names, (None, 0))
    table = precisions(matches, protocol.recall_points)
    return {name: (float(table[rows].mean()), matches.faces) for name, rows in names.items()}


def _recall(matches: Matches | None, name: str) -> Values:
    if matches is None or not matches.faces:
        return {name: (None, 0)}
    return {name: (float(recalls(matches).mean()), matches.faces)}


def _olrp(matches: Matches | None, thresholds: Floats, protocol: Protocol) -> Values:
    names = ("oLRP", "oLRP_loc", "oLRP_fp", "oLRP_fn", "oLRP_threshold")
    if matches is None or not matches.faces:
        return dict.fromkeys(names, (None, 0))
    row = int(np.argmin(np.abs(thresholds - protocol.tau)))
    result = olrp(matches, row, protocol.tau)
    parts = (result.olrp, result.loc, result.fp, result.fn, result.threshold)
    return {
        name: (value, 0 if value is None else matches.faces)
        for name, value in zip(names, parts, strict=True)
    }


def _mean_over_classes(classes: Sequence[Values]) -> Values:
    """The mean over the classes in which a metric is defined."""
    result: Values = {}
    for metric in classes[0]:
        if metric == "oLRP_threshold":
            continue  # a threshold belongs to its class; a mean of two is nobody's
        defined = [values[metric] for values in classes if values[metric][0] is not None]
        mean = float(np.mean([value for value, _ in defined])) if defined else None
        result[metric] = (mean, sum(faces for _, faces in defined))
    return result


def _labels(found: Found, task: ShapeTask, track: str) -> list[Score]:
    count, fake = len(found.labels), found.labels == FAKE
    mean = float(found.overlap.mean()) if count else None
    right = float(((found.forged > 0.5) == fake).mean()) if count else None
    auc = roc_auc(found.forged, fake)
    values: dict[str, tuple[float | None, int, str]] = {
        f"{task}_IoU": (mean, count, ALL),
        "label_accuracy": (right, count, ALL),
        "label_AUC": (auc, count if auc is not None else 0, ALL),
    }
    rows = [
        Score(track=track, task=task, metric=name, class_=ANY, stratum=stratum, value=value, n=n)
        for name, (value, n, stratum) in values.items()
    ]
    return rows + [
        Score(
            track=track, task=task, metric="label_AUC", class_=ANY, stratum=f"method={name}",
            value=value, n=n,
        )
        for name, (value, n) in _by_method(found, fake).items()
    ]  # fmt: skip


def _by_method(found: Found, fake: Bools) -> Mapping[str, tuple[float | None, int]]:
    """Per method: its fakes against all real faces, and how many of them were found."""
    names = sorted({name for name in found.methods if name})
    result = {}
    for name in names:
        of_method = np.array([method == name for method in found.methods])
        kept = of_method | ~fake
        auc = roc_auc(found.forged[kept], of_method[kept])
        result[name] = (auc, int(of_method.sum()) if auc is not None else 0)
    return result
