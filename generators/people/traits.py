"""Who is drawn and how: identity, expression, pose, each drawn once from a random stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Colour = tuple[float, float, float]  # display RGB in [0, 255]


@dataclass(frozen=True, slots=True)
class Hair:
    """A hair style.

    Args:
        style: one of ``hair.FORMS``.
        colour: display RGB of hair or cloth.
        line: height of the hairline over the eyes, in half head widths.
        volume: thickness of the hair, 1 is usual.
        part: where the parting is, -1 (picture's left) to 1.
        wave: how far the strands swing.
        seed: of the strands.
    """

    style: str
    colour: Colour
    line: float
    volume: float
    part: float
    wave: float
    seed: int


@dataclass(frozen=True, slots=True)
class Glasses:
    """Spectacles: frame shape (0 round to 1 square), size, rim width, tint in [0, 1]."""

    colour: Colour
    squareness: float
    size: float
    rim: float
    tint: float


@dataclass(frozen=True, slots=True)
class Clothes:
    """What the shoulders wear."""

    kind: str
    colour: Colour
    second: Colour
    pattern: str
    pitch: float
    seed: int


@dataclass(frozen=True, slots=True)
class Identity:
    """A person. Lengths are factors around 1, offsets around 0, unless said otherwise.

    Args:
        masculine: 0 to 1, moves jaw, brows, neck and shoulders together.
        age: 0 (twenty) to 1 (eighty).
        tone: 0 (fairest) to 1 (darkest), ``undertone`` -1 (pink) to 1 (olive).
        skin: the skin's display RGB that follows from both.
        beard: 0 none, up to 0.3 stubble, up to 1 full; ``moustache`` likewise.
        seed: of freckles, wrinkles and strands.
    """

    masculine: float
    age: float
    tone: float
    undertone: float
    skin: Colour
    freckles: float
    blush: float
    gloss: float
    makeup: float
    lip_colour: Colour
    iris: Colour
    face_width: float
    face_length: float
    jaw_width: float
    chin_width: float
    chin_forward: float
    cheekbones: float
    fullness: float
    brow_ridge: float
    brow_height: float
    brow_arch: float
    brow_weight: float
    brow_tilt: float
    brow_colour: Colour
    eye_spacing: float
    eye_width: float
    eye_height: float
    eye_tilt: float
    lid_fold: float
    nose_width: float
    nose_length: float
    nose_height: float
    nose_bridge: float
    nose_tip: float
    mouth_width: float
    mouth_height: float
    upper_lip: float
    lower_lip: float
    ear_size: float
    ear_angle: float
    neck_width: float
    shoulder_width: float
    beard: float
    moustache: float
    beard_colour: Colour
    hair: Hair
    glasses: Glasses | None
    clothes: Clothes
    seed: int


@dataclass(frozen=True, slots=True)
class Expression:
    """What the face does: each 0 to 1, but ``smile``, ``brows`` and gaze -1 to 1."""

    smile: float
    open: float
    teeth: float
    brows: float
    frown: float
    lids: float
    gaze_x: float
    gaze_y: float


@dataclass(frozen=True, slots=True)
class Pose:
    """Degrees: positive yaw to the picture's right, pitch up, roll clockwise."""

    yaw: float
    pitch: float
    roll: float


_BROWN: Final[Colour] = (92.0, 62.0, 42.0)
NEUTRAL: Final = Expression(0.0, 0.0, 0.5, 0.0, 0.0, 1.0, 0.0, 0.0)
AVERAGE: Final = Identity(
    masculine=0.5, age=0.3, tone=0.3, undertone=0.0, skin=(228.0, 182.0, 150.0), freckles=0.0,
    blush=0.4, gloss=0.4, makeup=0.0, lip_colour=(190.0, 110.0, 100.0), iris=(110.0, 78.0, 40.0),
    face_width=1.0, face_length=1.0, jaw_width=1.0, chin_width=1.0, chin_forward=0.0,
    cheekbones=1.0, fullness=0.35, brow_ridge=0.5, brow_height=0.0, brow_arch=0.05,
    brow_weight=1.0, brow_tilt=0.0, brow_colour=_BROWN, eye_spacing=1.0, eye_width=1.0,
    eye_height=1.0, eye_tilt=0.01, lid_fold=0.6, nose_width=1.0, nose_length=1.0,
    nose_height=1.0, nose_bridge=0.0, nose_tip=1.0, mouth_width=1.0, mouth_height=0.0,
    upper_lip=1.0, lower_lip=1.0, ear_size=1.0, ear_angle=0.3, neck_width=1.0,
    shoulder_width=1.0, beard=0.0, moustache=0.0, beard_colour=_BROWN,
    hair=Hair("short", _BROWN, 0.9, 1.0, 0.3, 0.3, 1), glasses=None,
    clothes=Clothes("crew", (70.0, 90.0, 130.0), (230.0, 230.0, 230.0), "plain", 0.2, 1), seed=1,
)  # fmt: skip
