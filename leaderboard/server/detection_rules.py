"""What a server detects with, and what one file may have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ...benchmark.baselines.shipped import names
from ...benchmark.detectors import find_run, needs_faces
from ...core.errors import UsageError

NAME: Final = r"^[a-z0-9][a-z0-9._-]{0,39}$"


@dataclass(frozen=True, slots=True)
class DetectionRules:
    """Detectors, and limits on each file.

    Args:
        detectors: name → run folder, or ``package.module:attribute``; empty for no service.
        size: bytes of a file.
        pixels: of a picture, or of a video's frame.
        frames, length: of a video; the length in seconds.
        looks: frames of a video that the detector sees at most, evenly spread.
        seconds: that one file may take, loading the detector included.
        memory: bytes of address space.
        waiting: files that may wait while one is in hand.
        keep: seconds after which a result is deleted.
        per_hour: files of one account, and of one address.
    """

    detectors: Mapping[str, str] = field(default_factory=dict)
    size: int = 50_000_000
    pixels: int = 25_000_000
    frames: int = 3600
    length: float = 120.0
    looks: int = 120
    seconds: float = 300.0
    memory: int = 12 << 30
    waiting: int = 4
    keep: float = 600.0
    per_hour: int = 30


def parse_detectors(texts: Sequence[str]) -> dict[str, str]:
    """``NAME=REFERENCE`` each, as the command line has them.

    Raises:
        UsageError: a name is none or comes twice, or what it names cannot find faces.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, _, reference = text.partition("=")
        if not re.fullmatch(NAME, name) or not reference or name in found:
            raise UsageError(
                "--detector is wrong",
                got=text,
                expected="NAME=DETECTOR, each name once, of a-z, 0-9, point, dash, underscore",
            )
        _check(name, reference)
        found[name] = reference
    return found


def _check(name: str, reference: str) -> None:
    run = find_run(reference) is not None
    if not run and (":" not in reference or Path(reference).exists()):
        raise UsageError(
            "this is not a detector",
            where=f"--detector {name}",
            got=reference,
            expected=f"a run folder of `manyfaces train`, {' or '.join(names())}, or "
            "package.module:attribute",
        )
    if run and needs_faces(reference):
        raise UsageError(
            "this baseline judges faces and finds none",
            where=f"--detector {name}",
            got=reference,
            expected="the run of a baseline that finds faces, such as mask-rcnn",
        )
