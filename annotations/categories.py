"""The two categories of the released OpenForensics files."""

from __future__ import annotations

from typing import Final

REAL: Final = 0
FAKE: Final = 1
NAMES: Final = ("real", "fake")

COCO_CATEGORIES: Final = (
    {"id": REAL, "name": "Real", "supercategory": "face"},
    {"id": FAKE, "name": "Fake", "supercategory": "face"},
)
