"""The detection metrics of one task: AP, AR and oLRP for every class."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from ..protocol import Protocol
from .matching import Matches
from .olrp import optimal_lrp
from .pairs import Floats
from .precision_recall import average_precision, average_recall

ALL: Final = "all"
ANY: Final = "any"
OLRP: Final = ("oLRP", "oLRP_loc", "oLRP_fp", "oLRP_fn", "oLRP_threshold")

# metric → value and the number of things that it rests on
Values = dict[str, tuple[float | None, int]]


def detection_values(
    by_class: Mapping[str, Matches], agnostic: Matches, protocol: Protocol
) -> dict[str, Values]:
    """The metrics of the classes all, real, fake and any.

    Args:
        by_class: the matches of each class alone.
        agnostic: the matches of all faces, labels ignored.
        protocol: the rules.
    """
    values = {name: _class_values(matches, protocol) for name, matches in by_class.items()}
    return {
        ALL: _mean_over_classes(values.values()),
        **values,
        ANY: _class_values(agnostic, protocol),
    }


def coco_values(by_class: Mapping[str, Matches], protocol: Protocol) -> Values:
    """COCO's twelve numbers, means over the classes."""
    return _mean_over_classes([_coco(matches, protocol) for matches in by_class.values()])


def _class_values(matches: Matches, protocol: Protocol) -> Values:
    values = _coco(matches, protocol)
    for area, name in enumerate(protocol.areas):
        values |= _olrp(matches, protocol, area, "" if name == ALL else f"_{name}")
    return values


def _coco(matches: Matches, protocol: Protocol) -> Values:
    values: Values = {}
    for area, name in enumerate(protocol.areas):
        suffix = "" if name == ALL else f"_{name}"
        faces = matches.faces(area)
        values |= _precision(average_precision(matches, protocol, area), faces, protocol, suffix)
        limits = protocol.max_detections if name == ALL else protocol.max_detections[-1:]
        for limit in limits:
            recall = average_recall(matches, area, limit)
            values[f"AR_{limit}" if name == ALL else f"AR{suffix}"] = (recall, faces)
    return values


def _precision(table: Floats | None, faces: int, protocol: Protocol, suffix: str) -> Values:
    values: Values = {f"AP{suffix}": (None if table is None else float(table.mean()), faces)}
    if suffix:
        return values
    for percent in (50, 75):
        for at, threshold in enumerate(protocol.iou_thresholds):
            if abs(threshold - percent / 100) < 1e-9:
                value = None if table is None else float(table[at])
                values[f"AP{percent}"] = (value, faces)
    return values


def _olrp(matches: Matches, protocol: Protocol, area: int, suffix: str) -> Values:
    names = [f"{name}{suffix}" for name in OLRP if not suffix or name != "oLRP_threshold"]
    best = optimal_lrp(matches, protocol, area)
    if best is None:
        return dict.fromkeys(names, (None, 0))
    parts = (
        (best.error, best.faces),
        (best.localisation, best.hits),
        (best.false_positives, best.detections),
        (best.false_negatives, best.faces),
        (best.threshold, best.detections),
    )
    return dict(zip(names, parts, strict=False))


def _mean_over_classes(classes: Iterable[Values]) -> Values:
    """The mean over the classes in which a metric is defined."""
    classes = list(classes)
    result: Values = {}
    for metric in classes[0]:
        if metric == "oLRP_threshold":
            continue  # a threshold belongs to its class: a mean of two is nobody's
        defined = [(value, n) for value, n in (c[metric] for c in classes) if value is not None]
        mean = float(np.mean([value for value, _ in defined])) if defined else None
        result[metric] = (mean, sum(n for _, n in defined))
    return result
