"""Bootstrap draws as a result file keeps them, so that results can be compared without predictions.

The draws of equal seeds take the same photographs for every track and submission on the same
truth, so two results are compared draw by draw. Each value in [0, 1] is kept in 16 bits: a
step is 1.5e-5, far below what draws differ by, and nothing is ranked by a draw alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final

import numpy as np

from ...core.errors import SubmissionError
from .pairs import Floats

Key = tuple[str, str, str]  # task, metric, class

# What a board may rank by without scoring anything again.
KEPT: Final[tuple[Key, ...]] = (
    ("box", "AP", "all"),
    ("mask", "AP", "all"),
    ("mask", "oLRP", "all"),
    ("mask", "AP50", "any"),
    ("mask", "label_AUC", "any"),
    ("mask", "label_AUC_adjusted", "any"),
    ("image", "image_AUC", "any"),
)
_UNDEFINED: Final = 65535
_STEPS: Final = 65534


def name_of(track: str, key: Key) -> str:
    """The name of a number's draws in a result file."""
    return "/".join((track, *key))


def pack(draws: Floats) -> str:
    """(draws,) values in [0, 1], NaN where undefined, as text."""
    known = ~np.isnan(draws)
    steps = np.round(np.where(known, draws, 0) * _STEPS)
    return base64.b64encode(np.where(known, steps, _UNDEFINED).astype("<u2").tobytes()).decode()


def unpack(text: str) -> Floats:
    """What ``pack`` was given, to 16 bits.

    Raises:
        SubmissionError: this is no such text.
    """
    try:
        steps = np.frombuffer(base64.b64decode(text, validate=True), "<u2")
    except (binascii.Error, ValueError) as error:
        raise SubmissionError("the draws of a result are damaged", got=str(error)) from error
    return np.where(steps == _UNDEFINED, np.nan, steps / _STEPS)


def keep(track: str, draws: Mapping[Key, Floats], kept: tuple[Key, ...]) -> dict[str, str]:
    """The draws that a result file keeps, by name."""
    return {name_of(track, key): pack(draws[key]) for key in kept if key in draws}
