"""Attacks: where a picture's small surroundings raise a network's losses most.

After Huang, Fang, Nguyen, Yamagishi and Echizen (ICIP 2020), who attacked networks that
segment forged faces. Every attack climbs the gradient of a loss, sign by sign, and stays
within a bound of each pixel's value (L∞, in 255ths). The functions are pure: the gradient
is handed in, and nothing here knows a framework.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...core.images import Rgb
from ...core.tables import table
from ..perturbations.operator import size_of
from ..perturbations.universal import tiled

Floats = NDArray[np.float32]
# (H, W, 3) values in [0, 255] → the gradient of the loss to be raised, of the same shape.
Gradient = Callable[[Floats], Floats]
Batch = Sequence[tuple[Rgb, Gradient]]

MOST: Final = 127  # of 255: beyond, a perturbation is no longer small


@dataclass(frozen=True, slots=True)
class Attack:
    """One attack, a row of ``ATTACKS``.

    Args:
        name: stands in the names of tracks.
        version: raised whenever the same arguments would give other pixels.
        description: one line.
        source: where it is defined.
        steps: gradients taken, for each picture or for the one universal perturbation.
        reach: how often the bound the steps together could go.
        decay: of the momentum; 0 for none.
        universal: one perturbation for all pictures, instead of one for each.
    """

    name: str
    version: int
    description: str
    source: str
    steps: int
    reach: float = 1.0
    decay: float = 0.0
    universal: bool = False

    def step(self, bound: int, steps: int | None = None) -> float:
        """How far each step goes, in 255ths."""
        return self.reach * bound / (steps or self.steps)


ATTACKS: Final[Mapping[str, Attack]] = table(
    (
        Attack(
            "fgsm",
            1,
            "fast gradient sign: one step to the bound",
            "Goodfellow, Shlens, Szegedy, ICLR 2015",
            steps=1,
        ),
        Attack(
            "bim",
            1,
            "basic iterative method: ten steps of a quarter of the bound, cut at the bound",
            "Kurakin, Goodfellow, Bengio, ICLR 2017 workshop; the step of Madry et al., ICLR 2018",
            steps=10,
            reach=2.5,
        ),
        Attack(
            "mi-fgsm",
            1,
            "momentum: ten steps of a tenth of the bound along the summed gradients",
            "Dong, Liao, Pang, Su, Zhu, Hu, Li, CVPR 2018",
            steps=10,
            decay=1.0,
        ),
        Attack(
            "pgd",
            1,
            "projected gradient: a hundred steps of a sixteenth of the bound, cut at the bound",
            "Madry, Makelov, Schmidt, Tsipras, Vladu, ICLR 2018; it starts at the picture itself",
            steps=100,
            reach=6.25,
        ),
        Attack(
            "universal",
            1,
            "one perturbation for all pictures, tiled, made on the training split",
            "Moosavi-Dezfooli et al., CVPR 2017; by sign ascent as Shafahi et al., AAAI 2020",
            steps=100,
            reach=8.0,
            decay=0.9,
            universal=True,
        ),
    )
)


def perturb(attack: Attack, image: Rgb, gradient: Gradient, bound: int) -> Rgb:
    """A picture of its own perturbation.

    Args:
        attack: not a universal one.
        image: (H, W, 3); stays as it is.
        gradient: of the loss to be raised.
        bound: in 255ths, 1 to 127; no value of the result is further from the picture's.
    """
    start = image.astype(np.float32)
    low, high = np.maximum(start - bound, 0), np.minimum(start + bound, 255)
    shown, momentum = start, np.zeros_like(start)
    for _ in range(attack.steps):
        momentum = attack.decay * momentum + normalised(gradient(shown))
        shown = np.clip(shown + attack.step(bound) * np.sign(momentum), low, high)
    # Both ends are whole numbers, so rounding stays between them.
    return np.rint(shown).astype(np.uint8)


def normalised(gradient: Floats) -> Floats:
    """A gradient with a mean absolute value of 1; zeros where there is none."""
    size = float(np.abs(gradient).mean())
    return np.asarray(gradient / size if size > 0 else np.zeros_like(gradient), dtype=np.float32)


def universal(
    attack: Attack, batches: Iterable[Batch], bound: int, side: int, steps: int
) -> NDArray[np.int8]:
    """One perturbation (side, side, 3) that raises the losses of all pictures it is tiled over.

    Args:
        attack: a universal one.
        batches: one for each step, each with at least one picture and its gradient.
        bound: in 255ths, 1 to 127.
        side: in pixels.
        steps: how many batches there are.
    """
    pattern = np.zeros((side, side, 3), np.float32)
    momentum = np.zeros_like(pattern)
    for batch in batches:
        slopes = [folded(_at(image, gradient, pattern), side) for image, gradient in batch]
        momentum = attack.decay * momentum + normalised(np.mean(slopes, axis=0))
        step = attack.step(bound, steps) * np.sign(momentum)
        pattern = np.clip(pattern + step, -bound, bound)
    return np.rint(pattern).astype(np.int8)


def _at(image: Rgb, gradient: Gradient, pattern: Floats) -> Floats:
    """The gradient at the picture under the pattern, the same weight for every picture."""
    shown = image.astype(np.float32) + tiled(pattern, size_of(image))
    return normalised(gradient(np.clip(shown, 0, 255)))


def folded(values: Floats, side: int) -> Floats:
    """(H, W, 3) values summed over the tiles: what ``tiled`` does, transposed."""
    height, width = values.shape[:2]
    grown = np.pad(values, ((0, -height % side), (0, -width % side), (0, 0)))
    rows, columns = grown.shape[0] // side, grown.shape[1] // side
    return np.asarray(grown.reshape(rows, side, columns, side, 3).sum(axis=(0, 2)))
