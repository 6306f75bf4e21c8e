"""Which faces can be forged, and whose face fits whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from .analysis.traits import Traits
from .faces import Face

MAX_YAW: Final = 45.0  # degrees; beyond, half of the face is hidden
MAX_PITCH: Final = 35.0
MAX_OCCLUDED: Final = 0.15
MAX_VEIL: Final = 30.0  # ΔE between skin patches
MIN_CONFIDENCE: Final = 0.8
# Probability of glasses. Below it lie 84 % of bare faces and 3 % of those with glasses.
BARE: Final = 0.2

Limit = tuple[float, float]  # largest difference that still fits, weight of it in the cost


@dataclass(frozen=True, eq=False, slots=True)
class Fit:
    """Which donors fit a target.

    Args:
        name: of the random stream that donors are drawn from.
        limits: trait → limit; a trait that is left out may differ.
        bare: whether neither face may wear glasses.
        scale: eye distance of the donor against the target's, at least.
        blur: how much softer than the target the donor may be.
        odd: how odd either face may look: beyond it something covers the face.
    """

    name: str
    limits: Mapping[str, Limit]
    bare: bool = True
    scale: float = 0.8
    blur: float = 1.4
    odd: float = 2.3


TWIN: Final = Fit(
    "twin",
    {
        "yaw": (11.0, 1.0),
        "pitch": (11.0, 0.8),
        "mouth_open": (0.08, 1.0),
        "mouth_width": (0.16, 0.4),
        "eyes_open": (0.05, 0.5),
        "lightness": (18.0, 1.0),
        "hue": (12.0, 1.2),
        "light": (13.0, 1.0),
        "chin": (8.0, 1.2),
        "upper_lip": (6.0, 1.5),
        "veil": (16.0, 0.4),
    },
)
UPPER_LIP, CHIN = 6, 7  # rows of ``Traits.patches``


def why_not_forgeable(face: Face, traits: Traits) -> str | None:
    """The reason why a face is left alone, or None for one that can be forged."""
    reasons = (
        ("turned too far", max(abs(traits.yaw) / MAX_YAW, abs(traits.pitch) / MAX_PITCH) > 1),
        ("covered by another face", face.occluded > MAX_OCCLUDED),
        ("covered or unevenly lit", traits.veil > MAX_VEIL),
        ("not surely a face", face.confidence < MIN_CONFIDENCE),
    )
    return next((reason for reason, holds in reasons if holds), None)


def differences(target: Traits, donor: Traits) -> dict[str, float]:
    """How far apart two faces are, trait by trait."""
    tone, other = target.tone, donor.tone
    return {
        "yaw": abs(target.yaw - donor.yaw),
        "pitch": abs(target.pitch - donor.pitch),
        "mouth_open": abs(target.mouth_open - donor.mouth_open),
        "mouth_width": abs(target.mouth_width - donor.mouth_width),
        "eyes_open": abs(target.eyes_open - donor.eyes_open),
        "lightness": abs(float(tone[0] - other[0])),
        "hue": float(np.hypot(*(tone[1:] - other[1:]))),
        "light": abs(target.light - donor.light),
        # Beards and moustaches: how dark these patches are against the face's skin.
        "chin": abs(_shade(target, CHIN) - _shade(donor, CHIN)),
        "upper_lip": abs(_shade(target, UPPER_LIP) - _shade(donor, UPPER_LIP)),
        "veil": abs(target.veil - donor.veil),
    }


def _shade(traits: Traits, patch: int) -> float:
    return float(traits.patches[patch][0] - traits.tone[0])


def donor_cost(target: Traits, donor: Traits, fit: Fit = TWIN) -> float:
    """How badly a donor fits, 0 for a twin; infinite where it must not be used."""
    bare = not fit.bare or max(target.glasses, donor.glasses) < BARE
    large = donor.eyes >= fit.scale * target.eyes
    # Shrinking the donor to the target's size sharpens it by the same factor.
    sharp = donor.sharpness * max(1.0, donor.eyes / target.eyes) * fit.blur >= target.sharpness
    plain = max(target.oddness, donor.oddness) <= fit.odd
    if not (bare and large and sharp and plain):
        return float("inf")
    cost = 0.0
    apart = differences(target, donor)
    for name, (limit, weight) in fit.limits.items():
        if apart[name] > limit:
            return float("inf")
        cost += weight * (apart[name] / limit) ** 2
    return cost


def choose_donors(
    rng: np.random.Generator,
    target: Traits,
    candidates: Sequence[Traits],
    count: int,
    fit: Fit = TWIN,
) -> list[int]:
    """Indices of at most ``count`` fitting candidates, better fits likelier and earlier.

    Costs are compared after Gumbel noise, so that one well-lit frontal face does not
    become everybody's donor.
    """
    costs = np.array([donor_cost(target, candidate, fit) for candidate in candidates])
    noisy = costs + 0.5 * rng.gumbel(size=len(candidates))
    order = np.argsort(noisy, kind="stable")
    return [int(index) for index in order if np.isfinite(costs[index])][:count]
