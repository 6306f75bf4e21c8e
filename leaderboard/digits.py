"""How many digits of a number a board shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PLACES: Final = 3  # decimals of a number on a page


def places(decimals: int | None) -> int:
    """Decimals on a page of a board that shows ``decimals`` at most; None for any number."""
    return PLACES if decimals is None else min(PLACES, decimals)


def number(value: float | None, places: int = PLACES) -> str:
    """So many decimals, a dash where there is no number."""
    return "–" if value is None else f"{value:.{places}f}"


def signed(value: float, places: int = PLACES) -> str:
    """The same with a sign; what rounds to zero has none."""
    text = f"{abs(value):.{places}f}"
    sign = "" if not float(text) else "+" if value > 0 else "−"
    return sign + text


def rounded(value: Any, decimals: int | None) -> Any:  # noqa: ANN401 - any JSON
    """The same JSON with every fraction in it rounded; itself where ``decimals`` is None."""
    if decimals is None:
        return value
    if isinstance(value, float):
        return round(value, decimals)
    if isinstance(value, Mapping):
        return {name: rounded(part, decimals) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part, decimals) for part in value]
    return value
