"""Drawing people by lot: every trait varies by itself, the related ones together."""

from __future__ import annotations

from typing import Final

import numpy as np

from .traits import Clothes, Colour, Expression, Glasses, Hair, Identity, Pose

# From very fair to very dark; a tone lies anywhere between two neighbours.
SKIN_TONES: Final[tuple[Colour, ...]] = (
    (240, 207, 188),
    (233, 193, 168),
    (228, 182, 150),
    (208, 158, 120),
    (182, 129, 90),
    (147, 98, 67),
    (112, 72, 50),
    (90, 59, 44),
    (70, 47, 38),
)
HAIR_TONES: Final[tuple[Colour, ...]] = (
    (24, 20, 20),
    (38, 28, 24),
    (62, 42, 31),
    (92, 62, 42),
    (128, 88, 54),
    (176, 134, 84),
    (214, 178, 122),
    (150, 72, 36),
)
IRIS_TONES: Final[tuple[Colour, ...]] = (
    (58, 36, 24),
    (84, 52, 30),
    (110, 78, 40),
    (104, 108, 62),
    (92, 120, 132),
    (96, 138, 176),
    (120, 130, 138),
)
STYLES: Final = (
    "bald",
    "receding",
    "buzz",
    "short",
    "part",
    "quiff",
    "curly",
    "afro",
    "fringe",
    "bob",
    "long",
    "bun",
    "tied",
    "beanie",
    "scarf",
)


def blend(colours: tuple[Colour, ...], where: float) -> Colour:
    """The colour at ``where`` in [0, 1] along a row of colours."""
    scaled = float(np.clip(where, 0, 1)) * (len(colours) - 1)
    first = min(int(scaled), len(colours) - 2)
    return _between(colours[first], colours[first + 1], scaled - first)


def _between(first: Colour, second: Colour, share: float) -> Colour:
    r, g, b = (a + (c - a) * share for a, c in zip(first, second, strict=True))
    return (r, g, b)


def _shifted(colour: Colour, *amounts: float) -> Colour:
    r, g, b = (float(np.clip(c + a, 4, 251)) for c, a in zip(colour, amounts, strict=True))
    return (r, g, b)


def draw_identity(rng: np.random.Generator) -> Identity:
    """Draw a person; every trait varies by itself, the related ones together."""
    masculine = float(np.clip(rng.choice([0.15, 0.85]) + rng.normal(0, 0.14), 0, 1))
    age = float(rng.beta(1.1, 2.2))
    tone = float(rng.uniform(0, 1))
    undertone = float(rng.uniform(-1, 1))
    skin = _skin(tone, undertone, rng)
    hair_colour = _hair_colour(tone, age, rng)
    beard, moustache = _beard(masculine, rng)
    factor = _Factors(rng)
    return Identity(
        masculine=masculine,
        age=age,
        tone=tone,
        undertone=undertone,
        skin=skin,
        freckles=float(max(0.0, rng.normal(-0.4, 0.7))) * max(0.0, 1 - 2 * tone),
        blush=float(rng.uniform(0.1, 1.0)),
        gloss=float(rng.uniform(0.15, 1.0)),
        makeup=float(max(0.0, rng.normal(0.35, 0.5))) * float(masculine < 0.5),
        lip_colour=_lip_colour(skin, tone, rng),
        iris=_iris(tone, rng),
        face_width=factor(0.045),
        face_length=factor(0.04),
        jaw_width=factor(0.06) * (0.93 + 0.14 * masculine),
        chin_width=factor(0.12) * (0.85 + 0.3 * masculine),
        chin_forward=float(rng.normal(0, 0.035)),
        cheekbones=factor(0.35),
        fullness=float(np.clip(rng.normal(0.35, 0.3), -0.3, 1.1)),
        brow_ridge=float(np.clip(0.25 + 0.75 * masculine + rng.normal(0, 0.2), 0, 1.4)),
        brow_height=float(rng.normal(0.0, 0.022) - 0.03 * masculine),
        brow_arch=float(rng.uniform(0.02, 0.09) * (1.25 - 0.6 * masculine)),
        brow_weight=float(np.clip(rng.normal(0.75 + 0.45 * masculine, 0.22), 0.4, 1.7)),
        brow_tilt=float(rng.normal(0, 0.03)),
        brow_colour=_shifted(hair_colour, *([float(rng.uniform(-22, 4))] * 3)),
        eye_spacing=factor(0.035),
        eye_width=factor(0.055),
        eye_height=factor(0.13),
        eye_tilt=float(rng.normal(0.012, 0.02)),
        lid_fold=float(rng.uniform(0.0, 1.0)),
        nose_width=factor(0.13) * (0.95 + 0.1 * tone + 0.06 * masculine),
        nose_length=factor(0.06),
        nose_height=factor(0.12),
        nose_bridge=float(rng.normal(0, 0.035)),
        nose_tip=factor(0.14),
        mouth_width=factor(0.08),
        mouth_height=float(rng.normal(0, 0.02)),
        upper_lip=factor(0.22) * (0.9 + 0.25 * tone),
        lower_lip=factor(0.18) * (0.92 + 0.2 * tone),
        ear_size=factor(0.08) * (1 + 0.08 * age),
        ear_angle=float(rng.uniform(0.1, 0.6)),
        neck_width=factor(0.05) * (0.84 + 0.26 * masculine),
        shoulder_width=factor(0.06) * (0.88 + 0.22 * masculine),
        beard=beard,
        moustache=moustache,
        beard_colour=_shifted(hair_colour, *([float(rng.uniform(-14, 10))] * 3)),
        hair=_hair(masculine, age, tone, hair_colour, rng),
        glasses=_glasses(age, rng),
        clothes=_clothes(rng),
        seed=int(rng.integers(2**31)),
    )


class _Factors:
    """Draws factors around 1 that never leave three deviations."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def __call__(self, deviation: float) -> float:
        return 1 + deviation * float(np.clip(self.rng.normal(), -2.5, 2.5))


def _skin(tone: float, undertone: float, rng: np.random.Generator) -> Colour:
    base = blend(SKIN_TONES, tone)
    size = 5 + 6 * (1 - abs(2 * tone - 0.8))
    light = float(rng.normal(0, 4))
    return _shifted(
        base,
        light - 0.3 * size * undertone,
        light + 0.2 * size * undertone,
        light - 0.9 * size * undertone,
    )


def _lip_colour(skin: Colour, tone: float, rng: np.random.Generator) -> Colour:
    natural = (186 - 84 * tone, 84 - 32 * tone, 84 - 26 * tone)
    share = float(rng.uniform(0.5, 0.85))
    return _between(skin, natural, share)


def _iris(tone: float, rng: np.random.Generator) -> Colour:
    return blend(IRIS_TONES, float(rng.beta(1.0, 1.4)) if tone < 0.45 else float(rng.beta(1, 9)))


def _hair_colour(tone: float, age: float, rng: np.random.Generator) -> Colour:
    reach = 1.0 if tone < 0.35 else max(0.15, 0.9 - tone)
    natural = blend(HAIR_TONES, float(rng.beta(1, 1.6)) * reach)
    grey = float(np.clip(rng.normal(1.9 * age - 0.85, 0.25), 0, 1))
    if rng.random() < 0.03:
        natural = (
            float(rng.uniform(40, 200)),
            float(rng.uniform(30, 120)),
            float(rng.uniform(60, 200)),
        )
    shade = float(rng.uniform(140, 222))
    return _between(natural, (shade, shade - 3, shade - 8), grey)


def _beard(masculine: float, rng: np.random.Generator) -> tuple[float, float]:
    if masculine < 0.55:
        return 0.0, 0.0
    kind = rng.random()
    if kind < 0.42:
        return float(rng.uniform(0, 0.12)), float(rng.uniform(0, 0.1))
    if kind < 0.62:
        return (level := float(rng.uniform(0.15, 0.4))), level
    if kind < 0.72:
        return float(rng.uniform(0, 0.1)), float(rng.uniform(0.6, 1.0))
    return (level := float(rng.uniform(0.6, 1.0))), level * float(rng.uniform(0.7, 1.0))


def _hair(
    masculine: float, age: float, tone: float, colour: Colour, rng: np.random.Generator
) -> Hair:
    style = str(rng.choice(STYLES, p=_style_weights(masculine, age, tone)))
    if style in {"beanie", "scarf"}:
        colour = _cloth_colour(rng)
    return Hair(
        style=style,
        colour=colour,
        line=float(rng.normal(0.9, 0.045)),
        volume=float(rng.uniform(0.7, 1.3)),
        part=float(rng.choice([-1, 1]) * rng.uniform(0.1, 0.55)),
        wave=float(rng.uniform(0, 1)),
        seed=int(rng.integers(2**31)),
    )


def _style_weights(masculine: float, age: float, tone: float) -> list[float]:
    man, woman = masculine, 1 - masculine
    weights = {
        "bald": 0.9 * man * (0.3 + age),
        "receding": 1.6 * man * age,
        "buzz": 1.1 * man,
        "short": 2.2 * man + 0.35 * woman,
        "part": 1.6 * man + 0.3 * woman,
        "quiff": 1.2 * man * (1.2 - age),
        "curly": 0.9 + 0.4 * tone,
        "afro": 1.4 * max(0.0, tone - 0.4),
        "fringe": 1.2 * woman + 0.4 * man * (1 - age),
        "bob": 1.6 * woman,
        "long": 2.6 * woman * (1.2 - age),
        "bun": 0.8 * woman,
        "tied": 1.1 * woman + 0.15 * man,
        "beanie": 0.35,
        "scarf": 0.5 * woman * (masculine < 0.5),
    }
    values = np.array([weights[style] for style in STYLES])
    return [float(value) for value in values / values.sum()]


def _cloth_colour(rng: np.random.Generator) -> Colour:
    hue, saturation = rng.uniform(0, 6), rng.beta(1.2, 1.8)
    value = 30 + 205 * rng.beta(1.2, 1.3)
    r, g, b = (
        float(value * (1 - saturation * np.clip(abs((hue + shift) % 6 - 3) - 1, 0, 1) * 0.85))
        for shift in (3, 1, 5)
    )
    return (r, g, b)


def _glasses(age: float, rng: np.random.Generator) -> Glasses | None:
    if rng.random() > 0.2 + 0.25 * age:
        return None
    metal = rng.random() < 0.4
    grey = float(rng.uniform(15, 60) if not metal else rng.uniform(90, 170))
    colour = (grey, grey, grey) if rng.random() < 0.6 else (grey + 50, grey + 15, grey)
    return Glasses(
        colour=colour,
        squareness=float(rng.uniform(0, 1)),
        size=float(rng.uniform(0.9, 1.15)),
        rim=float(rng.uniform(0.012, 0.02) if metal else rng.uniform(0.024, 0.05)),
        tint=float(rng.uniform(0.7, 0.92)) if rng.random() < 0.1 else float(rng.uniform(0, 0.07)),
    )


def _clothes(rng: np.random.Generator) -> Clothes:
    return Clothes(
        kind=str(
            rng.choice(
                ["crew", "vneck", "shirt", "jacket", "turtle"], p=[0.32, 0.18, 0.2, 0.2, 0.1]
            )
        ),
        colour=_cloth_colour(rng),
        second=_cloth_colour(rng) if rng.random() < 0.5 else (232.0, 232.0, 236.0),
        pattern=str(rng.choice(["plain", "stripes", "checks", "knit"], p=[0.55, 0.17, 0.13, 0.15])),
        pitch=float(rng.uniform(0.1, 0.3)),
        seed=int(rng.integers(2**31)),
    )


def draw_expression(rng: np.random.Generator) -> Expression:
    """Draw an expression: mostly smiles and rest, now and then speech, surprise, a blink."""
    smile = float(
        np.clip(
            rng.choice([0.75, 0.35, 0.0, -0.3], p=[0.4, 0.25, 0.27, 0.08]) + rng.normal(0, 0.12),
            -0.5,
            1,
        )
    )
    opened = float(
        np.clip(rng.exponential(0.12) + 0.22 * max(0.0, smile - 0.4) * rng.random(), 0, 0.8)
    )
    if rng.random() < 0.3:
        opened = 0.0
    return Expression(
        smile=smile,
        open=opened,
        teeth=float(np.clip(0.25 + smile + rng.normal(0, 0.15), 0.1, 1)),
        brows=float(np.clip(rng.normal(0.1 + 0.4 * opened, 0.25), -0.6, 1)),
        frown=float(np.clip(rng.normal(-0.2, 0.35), 0, 0.8)),
        lids=float(rng.uniform(0.0, 0.1))
        if rng.random() < 0.04
        else float(np.clip(rng.normal(0.95, 0.1), 0.55, 1.15)),
        gaze_x=float(np.clip(rng.normal(0, 0.25), -0.6, 0.6)),
        gaze_y=float(np.clip(rng.normal(0, 0.12), -0.3, 0.3)),
    )


def draw_pose(rng: np.random.Generator) -> Pose:
    """Draw a pose, mostly towards the camera, at most 36, 20 and 22 degrees."""
    return Pose(
        yaw=float(np.clip(rng.normal(0, 11), -36, 36)),
        pitch=float(np.clip(rng.normal(0, 6), -20, 20)),
        roll=float(np.clip(rng.normal(0, 7), -22, 22)),
    )
