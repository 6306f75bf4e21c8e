"""The learning-rate range test (Smith, WACV 2017): how the loss falls as the rate rises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..core.figures import png_of

LOWEST: Final = 1e-6
HIGHEST: Final = 1.0
STEPS: Final = 100
_REACH: Final = 5  # steps to each side that the running mean takes in, the near ones most
_SKIPPED: Final = 0.1  # of the curve at its start, where the mean is of few
_RISE: Final = 0.25  # of the loss's fall; so far above its start, the training is broken
_INK: Final = "#334155"
_MARK: Final = "#e76f51"


@dataclass(frozen=True, slots=True)
class Rise:
    """A learning rate that rises by the same factor each step, and then ends.

    Satisfies ``schedule.Rates``; factors of ``HIGHEST``.
    """

    steps: int = STEPS

    @property
    def timed(self) -> bool:
        """No: steps alone count."""
        return False

    def rate(self, step: int, seconds: float) -> float:  # noqa: ARG002 - as Rates
        """From ``LOWEST`` to ``HIGHEST`` over all steps."""
        return float((LOWEST / HIGHEST) ** (1 - min(1.0, step / max(1, self.steps - 1))))

    def ended(self, step: int, seconds: float) -> bool:  # noqa: ARG002 - as Rates
        """After the last step."""
        return step >= self.steps


@dataclass(frozen=True, eq=False, slots=True)
class RangeTest:
    """What a range test found.

    Args:
        rates: of each step, rising.
        losses: of each step, as measured.
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]

    @property
    def smoothed(self) -> NDArray[np.float64]:
        """The running mean of the losses, centred, so that it does not lag behind the rate."""
        count = len(self.losses)
        weights = np.hanning(2 * _REACH + 3)[1:-1]
        kept = slice(_REACH, _REACH + count)
        sums = np.convolve(self.losses, weights)[kept]
        found: NDArray[np.float64] = sums / np.convolve(np.ones(count), weights)[kept]
        return found

    @property
    def suggestion(self) -> float | None:
        """The rate at which the smoothed loss falls fastest; None where it never falls."""
        first, smoothed = int(len(self.losses) * _SKIPPED), self.smoothed
        last = self.lowest + 1
        if last - first < 3:
            return None
        slopes = np.gradient(smoothed[first:last], np.log(self.rates[first:last]))
        steepest = int(np.argmin(slopes))
        return float(self.rates[first + steepest]) if slopes[steepest] < 0 else None

    @property
    def lowest(self) -> int:
        """The step of the lowest smoothed loss, before it has gone up well above its start.

        What was broken by too high a rate may fall again, and further; that is no training.
        """
        smoothed = self.smoothed
        allowed = smoothed[0] + _RISE * (smoothed[0] - smoothed.min())
        broken = np.flatnonzero(smoothed > allowed)
        return int(np.argmin(smoothed[: broken[0]] if len(broken) else smoothed))

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "suggestion": self.suggestion,
            "rates": self.rates.tolist(),
            "losses": self.losses.tolist(),
        }


def draw_range_test(found: RangeTest) -> bytes:
    """The curve with the suggested rate marked, as PNG bytes."""
    figure = Figure(figsize=(7, 4.2), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axis = figure.subplots()
    axis.plot(found.rates, found.losses, ".", color=_INK, alpha=0.3, label="each step")
    axis.plot(found.rates, found.smoothed, color=_INK, label="running mean")
    if found.suggestion is not None:
        label = f"suggested: {found.suggestion:.1e}"
        axis.axvline(found.suggestion, color=_MARK, label=label)
    axis.set(xscale="log", xlabel="learning rate", ylabel="loss")
    axis.set_ylim(*_shown(found))
    axis.set_title("How the loss falls as the learning rate rises", loc="left", color=_INK)
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(alpha=0.25)
    axis.legend(frameon=False, loc="lower left")
    return png_of(figure)


def _shown(found: RangeTest) -> tuple[float, float]:
    """The losses on the way down; where they have gone up by thousands, nobody looks."""
    low, high = float(found.losses.min()), float(found.losses[: found.lowest + 1].max())
    span = max(high - low, abs(low) / 10, 1e-9)
    return low - 0.1 * span, high + 0.3 * span
