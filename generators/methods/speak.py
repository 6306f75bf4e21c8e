"""Speaking: the mouth set to a viseme, or to a row of them for the frames of a video.

The visemes are the fourteen of MPEG-4 facial animation (ISO/IEC 14496-2, Table C.1) without
the neutral one, grouped where their lips look alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core.errors import UsageError
from ...core.images import Rgb
from ..faces import Face
from .expressions import closed_lips, frame, mouth_gap, movement
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .mouth_inside import painted
from .moving import forge_by_landmarks

Viseme = Literal[
    "pbm", "fv", "th", "td", "kg", "sz", "chj", "nl", "r", "aa", "eh", "ih", "oh", "oo"
]

VISEMES: Final[Mapping[Viseme, Mapping[str, float]]] = {
    "pbm": {"stretch": 0.15},
    "fv": {"upper lip up": 0.5, "lips apart": 0.3},
    "th": {"lips apart": 0.8, "jaw down": 0.15},
    "td": {"lips apart": 0.7, "jaw down": 0.15, "stretch": 0.2},
    "kg": {"jaw down": 0.35, "lips apart": 0.3},
    "sz": {"lips apart": 0.7, "stretch": 0.5},
    "chj": {"pucker": 0.6, "lips apart": 1.0},
    "nl": {"jaw down": 0.3, "lips apart": 0.5},
    "r": {"pucker": 0.5, "lips apart": 0.7},
    "aa": {"jaw down": 1.0},
    "eh": {"jaw down": 0.5, "stretch": 0.5},
    "ih": {"jaw down": 0.25, "stretch": 0.7, "lips apart": 0.4},
    "oh": {"jaw down": 0.7, "pucker": 0.6},
    "oo": {"pucker": 0.9, "lips apart": 0.9},
}
CLOSED: Final = frozenset({"pbm"})
OPEN_MOUTH: Final = 0.05  # gap between the lips, in eye distances, that is closed first

# ARPAbet phoneme → viseme, as dictionaries of pronunciation (CMUdict) write them.
PHONEMES: Final[Mapping[str, Viseme]] = {
    **dict.fromkeys(("P", "B", "M"), "pbm"), **dict.fromkeys(("F", "V"), "fv"),
    **dict.fromkeys(("TH", "DH"), "th"), **dict.fromkeys(("T", "D"), "td"),
    **dict.fromkeys(("K", "G", "NG", "HH"), "kg"), **dict.fromkeys(("S", "Z"), "sz"),
    **dict.fromkeys(("CH", "JH", "SH", "ZH"), "chj"), **dict.fromkeys(("N", "L"), "nl"),
    **dict.fromkeys(("R", "ER"), "r"), **dict.fromkeys(("AA", "AH", "AY", "AW"), "aa"),
    **dict.fromkeys(("EH", "AE", "EY"), "eh"), **dict.fromkeys(("IH", "IY", "Y"), "ih"),
    **dict.fromkeys(("AO", "OW", "OY"), "oh"), **dict.fromkeys(("UH", "UW", "W"), "oo"),
}  # fmt: skip


class SpeakParameters(Parameters):
    """A mouth between two visemes.

    Args:
        viseme: what the mouth says.
        strength: how clearly it is spoken.
        before: the viseme that it comes from.
        blend: how much of ``before`` is left, 0 in the middle of a sound.
        teeth: how much of the upper teeth shows.
    """

    viseme: Viseme
    strength: Annotated[float, Field(gt=0, le=1.3)]
    before: Viseme
    blend: Annotated[float, Field(ge=0, le=1)]
    teeth: Annotated[float, Field(ge=0, le=1)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> SpeakParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one spoken sound."""
    viseme, before = rng.choice(sorted(VISEMES), size=2)
    return SpeakParameters(
        viseme=viseme,
        strength=round(float(rng.uniform(0.7, 1.1)), 4),
        before=before,
        blend=round(float(rng.uniform(0, 0.4)), 4),
        teeth=round(float(rng.uniform(0.3, 0.8)), 4),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: SpeakParameters,
) -> Forgery:
    """Set the mouth."""
    own, before = (_shape(face, name) for name in (parameters.viseme, parameters.before))
    step = (1 - parameters.blend) * own + parameters.blend * before
    return forge_by_landmarks(image, face, parameters.strength * step, painted(parameters.teeth))


def _shape(face: Face, viseme: Viseme) -> NDArray[np.float64]:
    """(68, 2) pixels to a viseme, from the mouth as it is."""
    closing = np.zeros((68, 2))
    if mouth_gap(face.landmarks) > OPEN_MOUTH:
        # An open mouth first closes, halfway where the sound opens it again.
        closing = closed_lips(face, 1.0 if viseme in CLOSED else 0.5)
    return closing + movement(VISEMES[viseme]) @ frame(face)


def spoken(
    phonemes: Sequence[str], seconds: float, rate: float, teeth: float = 0.6
) -> Iterator[SpeakParameters]:
    """Parameters for each frame of a video in which a face says some phonemes.

    Each phoneme takes an equal time; over a third of it the mouth comes from the last one.

    Args:
        phonemes: ARPAbet, stress digits allowed: ``["HH", "AH0", "L", "OW1"]``.
        seconds: that they take.
        rate: frames a second.

    Raises:
        UsageError: a phoneme is unknown, or there is none.
    """
    names = [phoneme.rstrip("012") for phoneme in phonemes]
    for name in [*names, *([] if names else ["nothing"])]:
        if name not in PHONEMES:
            expected = f"one of {', '.join(PHONEMES)}"
            raise UsageError("a phoneme is unknown", got=name, expected=expected)
    for frame_number in range(round(seconds * rate)):
        place = frame_number / (seconds * rate) * len(names)
        at = min(int(place), len(names) - 1)
        yield SpeakParameters(
            viseme=PHONEMES[names[at]],
            strength=1.0,
            before=PHONEMES[names[max(0, at - 1)]],
            blend=round(max(0.0, 1 - 3 * (place - at)), 4),
            teeth=teeth,
        )


SPEAK = Generator(
    name="speak",
    version="2",
    kind="speaking manipulation",
    description="the mouth set to a viseme, or to a row of phonemes frame by frame",
    parameters=SpeakParameters,
    draw=draw,
    apply=apply,
    claims=frozenset({"expression"}),
    limits=Limits(share=0.04, seam=1.3, contrast=(0.7, 1.6)),
)
