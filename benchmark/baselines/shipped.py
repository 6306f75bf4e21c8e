"""Trained weights that come with the package: run folders, by the name of their baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "weights"
DEFAULT: Final = "mask-rcnn-small"  # what predicts where no detector is named


def shipped(baseline: str) -> Path | None:
    """The run folder of a baseline's shipped weights; None where it has none."""
    return FOLDER / baseline if baseline in names() else None


def names() -> list[str]:
    """The baselines whose weights come with the package."""
    return sorted(path.parent.name for path in FOLDER.glob("*/run.json"))
