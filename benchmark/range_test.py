"""The learning-rate range test (Smith, WACV 2017): how the loss falls as the rate rises."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

LOWEST: Final = 1e-6
HIGHEST: Final = 1.0
STEPS: Final = 100
_SMOOTHING: Final = 0.9  # weight of the past in the running mean of the loss
_SKIPPED: Final = 0.1  # of the curve at its start, where the running mean is of few
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
        """The running mean of the losses, without the bias of its start."""
        mean, found = 0.0, np.empty(len(self.losses))
        for step, loss in enumerate(self.losses):
            mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
            found[step] = mean / (1 - _SMOOTHING ** (step + 1))
        return found

    @property
    def suggestion(self) -> float | None:
        """The rate at which the smoothed loss falls fastest; None where it never falls."""
        first = int(len(self.losses) * _SKIPPED)
        smoothed = self.smoothed
        # Beyond its minimum the loss is on its way up; a fall there is noise.
        last = int(np.argmin(smoothed)) + 1
        if last - first < 3:
            return None
        slopes = np.gradient(smoothed[first:last], np.log(self.rates[first:last]))
        steepest = int(np.argmin(slopes))
        return float(self.rates[first + steepest]) if slopes[steepest] < 0 else None

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
    axis.legend(frameon=False)
    data = io.BytesIO()
    # No software version or date in the file: the same data give the same bytes.
    figure.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


def _shown(found: RangeTest) -> tuple[float, float]:
    """The losses on the way down; where they have gone up by thousands, nobody looks."""
    smoothed = found.smoothed
    low, high = float(smoothed.min()), float(found.losses[: int(smoothed.argmin()) + 1].max())
    span = max(high - low, abs(low) / 10, 1e-9)
    return low - 0.2 * span, high + 0.4 * span
