"""The number that training watches on its validation split, and which of two is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..annotations.categories import FAKE, REAL
from ..annotations.instances import Instances
from ..core.errors import UsageError
from ..core.tables import nearest
from .metrics import METRICS
from .scoring.kept_draws import Key
from .scoring.score import headline, score

LOSS: Final = "loss"


@dataclass(frozen=True, slots=True)
class Watched:
    """A number of the scores, or the loss.

    Args:
        name: as ``task/metric/class``, or ``loss``.
        higher_is_better: how two values compare.
        worst: the value of a network that has learned nothing yet, where there is one.
    """

    name: str
    higher_is_better: bool
    worst: float | None = None

    @property
    def is_loss(self) -> bool:
        """Whether it is the network's loss, for which nothing is predicted."""
        return self.name == LOSS

    def better(self, value: float | None, than: float | None) -> bool:
        """Whether a value is better than the best so far; undefined and worst ones never are."""
        if value is None or value == self.worst:
            return False
        if than is None:
            return True
        return value > than if self.higher_is_better else value < than


def watch(name: str) -> Watched:
    """The number of this name.

    Args:
        name: ``loss``, ``task/metric/class``, or ``task/metric`` where the class is the mean
            over classes (``all``), or ``any`` where there is none.

    Raises:
        UsageError: there is no such number, or neither end of it is better.
    """
    if name == LOSS:
        return Watched(name, higher_is_better=False)
    known = {named(key): key for key in _scored()}
    for full in (name, f"{name}/all", f"{name}/any"):
        if full in known:
            metric = METRICS[known[full][1]]
            higher = metric.higher_is_better is True
            return Watched(full, higher, metric.low if higher else metric.high)
    raise UsageError(
        f"there is no number {name!r} to watch",
        expected=f"{LOSS}, or task/metric/class, such as box/AP50/any (`manyfaces list metrics`)",
        mend=nearest(name, [LOSS, *known]),
    )


def named(key: Key) -> str:
    """A number's name: task/metric/class."""
    return "/".join(key)


def _scored() -> list[Key]:
    """Every number that scoring gives and of which an end is better."""
    mask = np.zeros((4, 8), bool)
    mask[1:3, 1:3] = True
    faces = Instances.from_masks((4, 8), [mask, mask[:, ::-1]], [REAL, FAKE], {})
    found = Instances(faces.size, faces.boxes, faces.labels, faces.masks, np.ones(2))
    return [
        key
        for key in headline(score([faces], [found]))
        if METRICS[key[1]].higher_is_better is not None
    ]
