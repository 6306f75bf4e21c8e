"""The table of forgery methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...core.tables import table
from .age import AGE
from .beard_shadow import BEARD_SHADOW
from .expression import EXPRESSION
from .eye_colour import EYE_COLOUR
from .face_shape import FACE_SHAPE
from .forgery import Generator
from .gaze import GAZE
from .hair_colour import HAIR_COLOUR
from .head_turn import HEAD_TURN
from .identity import IDENTITY
from .make_up import MAKE_UP
from .morph import MORPH
from .reenact import REENACT
from .self_blend import SELF_BLEND
from .skin_tone import SKIN_TONE
from .speak import SPEAK
from .swap import SWAP
from .swap_part import SWAP_PART
from .swap_turned import SWAP_TURNED

GENERATORS: Final[Mapping[str, Generator]] = table(
    (
        IDENTITY,
        MORPH,
        SWAP,
        SWAP_TURNED,
        SWAP_PART,
        SKIN_TONE,
        MAKE_UP,
        AGE,
        BEARD_SHADOW,
        EYE_COLOUR,
        HAIR_COLOUR,
        FACE_SHAPE,
        REENACT,
        EXPRESSION,
        GAZE,
        HEAD_TURN,
        SPEAK,
        SELF_BLEND,
    )
)
