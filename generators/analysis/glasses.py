"""Does a face wear glasses? Edges around the eyes of the aligned face, weighed.

A logistic regression on the strength of horizontal and vertical edges in small cells
between brows and nose, left and right added. Its 313 weights (``glasses.json``) were
fitted to 553 faces of openly licensed photographs, labelled by eye, and to drawn people.
In 8-fold cross-validation by photograph or scene its AUC is 0.986 over the photographs, a
little flattered since some people stand in several of them, and 0.970 over drawn people.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final

import cv2
import numpy as np
import orjson
from numpy.typing import NDArray

_BAND: Final = (slice(24, 72), slice(14, 114))  # rows, columns of the aligned face
_FACE: Final = (slice(20, 110), slice(20, 105))
_CELLS: Final = (12, 25)  # rows, columns; the last are odd, so one lies on the nose


def glasses_score(light: NDArray[np.float32]) -> float:
    """The probability in [0, 1] that an aligned face wears glasses.

    Args:
        light: (128, 128) CIE L of the aligned face.
    """
    weights, bias = _weights()
    return float(1 / (1 + np.exp(-float(edges(light) @ weights + bias))))


def edges(light: NDArray[np.float32]) -> NDArray[np.float64]:
    """The (312,) features of a (128, 128) aligned face, whatever its contrast and tone."""
    smooth = cv2.GaussianBlur(light, (0, 0), 1.0)
    face = smooth[_FACE]
    even = (smooth - face.mean()) / (face.std() + 1.0)
    both = [np.abs(cv2.Sobel(even, cv2.CV_32F, *way)) for way in ((1, 0), (0, 1))]
    return np.concatenate([_folded(strength[_BAND]) for strength in both])


def _folded(strength: NDArray[np.float32]) -> NDArray[np.float64]:
    """Means over cells, each added to its mirror image: (12 · 13,)."""
    rows, columns = _CELLS
    cells = cv2.resize(strength, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray((cells + cells[:, ::-1])[:, : columns // 2 + 1].ravel(), np.float64)


@cache
def _weights() -> tuple[NDArray[np.float64], float]:
    data = orjson.loads(files(__package__).joinpath("glasses.json").read_bytes())
    return np.array(data["weights"]), float(data["bias"])
