"""What stands around a face and must not tell whether it is forged."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..boxes import from_xywh
from ..masks import area
from .evidence import Evidence
from .features import Features, Floats, features, from_rows
from .shape import SHAPE

# They state the label, or are there for forgeries only, as the data format wants it.
LABELLING: Final = frozenset({"category_id", "method", "manipulation", "boundary"})


def boxes(evidence: Evidence) -> Floats:
    """(N, 4) xyxy of every face."""
    return from_xywh([face.parsed.box for _, _, face in evidence.faces()])


def _sizes(evidence: Evidence) -> Floats:
    """(N, 2) height and width of every face's image."""
    return np.array([(i.entry.height, i.entry.width) for i, _, _ in evidence.faces()], np.float64)


def position(evidence: Evidence) -> Features:
    """The centre of the box, relative to the image."""
    box, size = boxes(evidence), _sizes(evidence)
    x = (box[:, 0] + box[:, 2]) / 2 / size[:, 1]
    y = (box[:, 1] + box[:, 3]) / 2 / size[:, 0]
    off = np.hypot(x - 0.5, y - 0.5)
    return features({"place across": x, "place down": y, "distance from the middle": off})


def face_size(evidence: Evidence) -> Features:
    """The size of the box, in pixels and relative to the image."""
    box, size = boxes(evidence), _sizes(evidence)
    width, height = box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]
    return features(
        {
            "width of the face in pixels": width,
            "height of the face in pixels": height,
            "width of the face": width / size[:, 1],
            "height of the face": height / size[:, 0],
            "share of the image": width * height / size.prod(axis=1),
        }
    )


def box_aspect(evidence: Evidence) -> Features:
    """Width over height of the box."""
    box = boxes(evidence)
    tall = np.maximum(box[:, 3] - box[:, 1], 1.0)
    return features({"aspect of the box": (box[:, 2] - box[:, 0]) / tall})


def order(evidence: Evidence) -> Features:
    """Where the face stands among its image's annotations."""
    rows = [
        (place, place / max(len(image.faces) - 1, 1), place == 0, place == len(image.faces) - 1)
        for image, place, _ in evidence.faces()
    ]
    names = ("order in the image", "relative order in the image", "first in the image",
             "last in the image")  # fmt: skip
    return from_rows(names, rows)


def annotation_id(evidence: Evidence) -> Features:
    """The annotation's id: its size, parity, last digit, and distance to its image's lowest."""
    rows = []
    for image, _, face in evidence.faces():
        number, first = face.parsed.id, min(other.parsed.id for other in image.faces)
        rows.append((number, number % 2, number % 3, number % 10, number - first))
    names = (
        "annotation id", "parity of the annotation id", "annotation id modulo 3",
        "last digit of the annotation id", "annotation id after the image's first",
    )  # fmt: skip
    return from_rows(names, rows)


def mask_shape(evidence: Evidence) -> Features:
    """The form of the mask: moments, solidity, perimeter, parts, holes."""
    return from_rows(SHAPE, [i.looked.shapes[place] for i, place, _ in evidence.faces()])


def landmarks(evidence: Evidence) -> Features:
    """Whether there are landmarks, and how many are visible."""
    points = np.array([face.parsed.keypoints for _, _, face in evidence.faces()]).reshape(-1, 68, 3)
    stated = [bool(face.row.get("keypoints")) for _, _, face in evidence.faces()]
    return features(
        {
            "landmarks present": stated,
            "number of visible landmarks": (points[:, :, 2] > 0).sum(axis=1),
            "occluded landmarks": (points[:, :, 2] == 1).sum(axis=1),
        }
    )


def row_fields(evidence: Evidence) -> Features:
    """Which fields the row has besides those that state the label, and in which form."""
    rows = [face.row for _, _, face in evidence.faces()]
    keys = sorted({key for row in rows for key in row} - LABELLING)
    columns: dict[str, list[float]] = {}
    for key in keys:
        columns[f"field {key!r} present"] = [key in row for row in rows]
        columns[f"field {key!r} empty"] = [not row.get(key, True) for row in rows]
        columns[f"place of field {key!r}"] = [_place(row, key) for row in rows]
    columns["mask as polygons"] = [isinstance(row["segmentation"], list) for row in rows]
    columns["fractions in the box"] = [any(v != int(v) for v in row["bbox"]) for row in rows]
    columns["area other than the mask's"] = [
        face.parsed.area != area(face.parsed.mask) for _, _, face in evidence.faces()
    ]
    return features(columns)


def _place(row: Any, key: str) -> float:  # noqa: ANN401 - any JSON object
    own = [name for name in row if name not in LABELLING]
    return float(own.index(key)) if key in row else float("nan")
