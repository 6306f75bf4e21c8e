"""Any operator as an albumentations transform, to train or to compare with."""

from __future__ import annotations

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ...core.errors import UsageError
from ...core.images import Rgb
from .geometry import move_points, remapped
from .library import albumentations
from .operator import SEVERITIES, Params, Perturbation
from .table import get_perturbation

Rows = NDArray[np.float64]


def as_transform(name: str, severity: int, p: float = 1.0) -> Any:  # noqa: ANN401 - the library has no types
    """An ``albumentations.DualTransform`` of one operator: masks, boxes and points move along.

    Parameters are drawn from the pipeline's own random generator (``A.Compose(..., seed=…)``).

    Args:
        name: of a perturbation.
        severity: 1 to 5.
        p: how often it is applied.

    Raises:
        UsageError: there is no such operator or severity.
    """
    if severity not in SEVERITIES:
        raise UsageError("there is no such severity", got=severity, expected="1 to 5")
    return _transform_class()(get_perturbation(name), severity, p)


@cache
def _transform_class() -> Any:  # noqa: ANN401 - as above
    library = albumentations()

    class Perturb(library.DualTransform):  # type: ignore[misc, name-defined]
        """One operator at one severity."""

        _targets = tuple(
            getattr(library.core.type_definitions.Targets, name)
            for name in ("IMAGE", "MASK", "BBOXES", "KEYPOINTS")
        )

        def __init__(self, row: Perturbation, severity: int, p: float) -> None:
            super().__init__(p=p)
            self.row, self.severity = row, severity

        def get_params_dependent_on_data(
            self,
            params: dict[str, Any],
            data: dict[str, Any],  # noqa: ARG002 - the library's signature
        ) -> dict[str, Any]:
            """What is drawn for one picture."""
            size = (int(params["shape"][0]), int(params["shape"][1]))
            return {"drawn": self.row.draw(self.random_generator, self.severity, size)}

        def apply(self, img: Rgb, drawn: Params, **_: object) -> Rgb:
            """The perturbed picture."""
            return self.row.apply(img, drawn)

        def apply_to_mask(self, mask: NDArray[Any], drawn: Params, **_: object) -> NDArray[Any]:
            """The mask where the pixels are now."""
            if self.row.field is None:
                return mask
            field = self.row.field((mask.shape[0], mask.shape[1]), drawn)
            return remapped(mask, field, cv2.INTER_NEAREST)

        def apply_to_keypoints(self, keypoints: Rows, drawn: Params, **more: Any) -> Rows:  # noqa: ANN401
            """(N, 2 or more) x, y in pixels, and what follows them."""
            if self.row.field is None or not len(keypoints):
                return keypoints
            field = self.row.field((more["shape"][0], more["shape"][1]), drawn)
            moved = np.array(keypoints, dtype=np.float64)
            moved[:, :2] = move_points(moved[:, :2], field)
            return moved

        def apply_to_bboxes(self, bboxes: Rows, drawn: Params, **more: Any) -> Rows:  # noqa: ANN401
            """(N, 4 or more) x1, y1, x2, y2 in [0, 1], and what follows them."""
            if self.row.field is None or not len(bboxes):
                return bboxes
            height, width = more["shape"][:2]
            scale = np.array([width, height, width, height], dtype=np.float64)
            field = self.row.field((height, width), drawn)
            moved = np.array(bboxes, dtype=np.float64)
            moved[:, :4] = [_moved_box(box, field) for box in moved[:, :4] * scale] / scale
            return moved

    return Perturb


def _moved_box(box: Rows, field: NDArray[np.float32]) -> Rows:
    """The box around where its outline lies now."""
    steps = np.linspace(0, 1, 9)
    x1, y1, x2, y2 = box
    x, y = x1 + steps * (x2 - x1), y1 + steps * (y2 - y1)
    sides = [(x, y1), (x, y2), (x1, y), (x2, y)]
    outline = np.concatenate([np.stack(np.broadcast_arrays(a, b), axis=1) for a, b in sides])
    moved = move_points(outline, field)
    limits = np.array(field.shape[1::-1], dtype=np.float64)
    low, high = np.clip(moved.min(axis=0), 0, limits), np.clip(moved.max(axis=0), 0, limits)
    return np.concatenate([low, high])
