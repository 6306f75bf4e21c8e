"""Tracks that mix operators: OpenForensics' Test-Challenge at its four levels, and social media.

The levels follow the published script (``augmentation.py`` of OpenForensics): which operators
a level has, how many are drawn, in which order. imgaug's ``SomeOf((low, high))`` draws how many
first, then which: ``some_of`` writes out its outcomes with their shares. Ranges of parameters
became severities. How the 45,000 pictures were dealt out among the levels is not published;
here each level has a quarter of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from .perturbations.operator import GROUPS, SEVERITIES
from .perturbations.table import of_group
from .track import Family, Plan, Step, Track

_HUE: Final[Family] = ("hue",)
_SATURATION: Final[Family] = ("saturation", "grayscale")
_BRIGHTNESS: Final[Family] = ("brightness",)
_CONTRAST: Final[Family] = ("contrast-sigmoid", "contrast-log", "contrast-linear")
_COLOUR_1: Final = (_HUE, _SATURATION, _BRIGHTNESS, _CONTRAST)
_COLOUR_2: Final = (
    ("hue", "color-temperature"),
    _SATURATION,
    _BRIGHTNESS,
    (*_CONTRAST, "gamma", "auto-contrast", "equalize"),
)
_COLOUR_3: Final = (*_COLOUR_2[:3], (*_COLOUR_2[3], "clahe"))
_COLOUR_4: Final = (*_COLOUR_3, ("invert", "solarize"))

_NOISE_BLUR_1: Final[Family] = (
    "multiply-noise", "gaussian-noise", "gaussian-blur", "average-blur", "median-blur", "sharpen",
)  # fmt: skip
_WEATHER_1: Final[Family] = ("frost", "clouds", "fog", "snow", "rain", "snowflakes")
_WEATHER: Final[Family] = (*_WEATHER_1, "spatter")
_EDGE: Final[Family] = ("sharpen", "edge-overlay", "emboss", "contour", "edge-detect")
_BLUR_2: Final[Family] = ("gaussian-blur", "average-blur", "median-blur", "motion-blur")
_BLUR_3: Final[Family] = (*_BLUR_2, "glass-blur", "defocus")
_BLUR_4: Final[Family] = (*_BLUR_3, "zoom-blur")
_CORRUPT_2: Final[Family] = (
    "laplace-noise", "poisson-noise", "impulse-noise", "dropout", "coarse-dropout", "elastic",
    "jpeg", "pixelate", "quantize", "superpixels", "average-pooling", "max-pooling",
    "min-pooling", "median-pooling",
)  # fmt: skip
_CORRUPT_3: Final[Family] = (*_CORRUPT_2, "gaussian-noise", "speckle-noise", "multiply-noise")
_CORRUPT_4: Final[Family] = (*_CORRUPT_3, "shot-noise")

Outcome = tuple[float, tuple[Step, ...]]  # share, steps


def some_of(steps: Sequence[Step], low: int, high: int) -> list[Outcome]:
    """Every outcome of drawing ``low`` to ``high`` of the steps, in order, with its share."""
    counts = range(low, high + 1)
    chosen = [list(combinations(steps, count)) for count in counts]
    return [(1 / len(counts) / len(rows), row) for rows in chosen for row in rows]


def in_turn(first: Sequence[Outcome], second: Sequence[Outcome]) -> list[Outcome]:
    """One outcome of the first, then one of the second."""
    return [(a * b, (*before, *after)) for a, before in first for b, after in second]


def _one(family: Family, *severities: int) -> Step:
    return Step((family,), severities)


def _level_1() -> list[Outcome]:
    """One or two of: colour, noise or blur, JPEG or weather."""
    steps = (
        Step(_COLOUR_1, (1, 2), (1, 3)),
        _one(_NOISE_BLUR_1, 1, 2),
        _one(("jpeg", *_WEATHER_1), 1, 2),
    )
    return some_of(steps, 1, 2)


def _level_2() -> list[Outcome]:
    """Either colour and blur or edge, or one or two of corruption and weather."""
    colour, touch = Step(_COLOUR_2, (1, 2, 3), (1, 3)), _one((*_BLUR_2, *_EDGE), 1, 2, 3)
    corrupt = (_one(_CORRUPT_2, 1, 2, 3), _one(_WEATHER, 1, 2, 3))
    halves = ([(1.0, (colour, touch))], some_of(corrupt, 1, 2))
    return [(share / 2, steps) for half in halves for share, steps in half]


def _level_3() -> list[Outcome]:
    """One or two of colour and blur or edge, then up to two of corruption and weather."""
    colour = (Step(_COLOUR_3, (2, 3, 4), (1, 3)), _one((*_BLUR_3, *_EDGE), 2, 3, 4))
    corrupt = (_one(_CORRUPT_3, 2, 3, 4), _one(_WEATHER, 2, 3, 4))
    return in_turn(some_of(colour, 1, 2), some_of(corrupt, 0, 2))


def _level_4() -> list[Outcome]:
    """One or two of colour and blur or edge, then corruption, then weather."""
    colour = (Step(_COLOUR_4, (3, 4, 5), (1, 3)), _one((*_BLUR_4, *_EDGE), 3, 4, 5))
    last = (_one(_CORRUPT_4, 3, 4, 5), _one(_WEATHER, 3, 4, 5))
    return in_turn(some_of(colour, 1, 2), [(1.0, last)])


def _plans(outcomes: Sequence[Outcome], level: int, share: float = 1.0) -> tuple[Plan, ...]:
    return tuple(Plan(share * part, steps, f"level {level}") for part, steps in outcomes)


def challenge_tracks() -> list[Track]:
    """The mix of the four levels, and each level alone."""
    levels = [_level_1(), _level_2(), _level_3(), _level_4()]
    # No hyphen before the number of a level: it is no severity of one perturbation.
    words = "as OpenForensics' Test-Challenge mixes"
    mixed = [plan for n, level in enumerate(levels, 1) for plan in _plans(level, n, 0.25)]
    return [
        Track("challenge", 1, f"{words}, a quarter of the pictures at each level", tuple(mixed)),
        *(
            Track(f"challenge-level{n}", 1, f"{words} at level {n} of 4", _plans(level, n))
            for n, level in enumerate(levels, 1)
        ),
    ]


def social_track() -> Track:
    """Pictures as they come out of social media: platforms in a row, and what people add."""
    every = (1, 2, 3, 4, 5)
    chain = _one(("platform-chain",), *every)
    plans = (
        Plan(0.45, (chain,), "shared"),
        Plan(0.15, (_one(("caption",), 1, 2, 3), chain), "captioned"),
        Plan(0.15, (_one(("sticker",), 1, 2, 3), chain), "with stickers"),
        Plan(0.15, (_one(("screenshot",), 1, 2, 3, 4), chain), "screenshot"),
        Plan(0.10, (_one(("re-photograph",), 1, 2, 3), chain), "photographed from a screen"),
    )
    words = "shared over platforms, some with captions, stickers, as screenshots, photographed"
    return Track("social", 1, words, plans, "everyday")


def training_track(share: float) -> Track:
    """Training pictures as the tracks may show them, and as they are.

    Args:
        share: of the pictures that are changed: by one to three operators in a row, each
            of another group, any of its operators at any severity.
    """
    groups = tuple(tuple(row.name for row in of_group(group)) for group in GROUPS)
    steps = (Step(groups, SEVERITIES, (1, 3)),)
    plans = (Plan(share, steps, "perturbed"), Plan(1 - share, (), "plain"))
    words = f"{share:.0%} of the pictures through one to three operators of any severity"
    return Track("training", 1, words, plans)
