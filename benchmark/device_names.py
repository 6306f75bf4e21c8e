"""What ``--device`` takes: torch says cuda and Lightning gpu, and a user may say either."""

from __future__ import annotations

from typing import Final

HELP: Final = "auto, cpu, gpu (or cuda), mps."
_SAME: Final = ("gpu", "cuda")  # Lightning's name, torch's name


def lightning_name(asked: str) -> str:
    """The accelerator's name."""
    return _SAME[0] if asked in _SAME else asked


def torch_name(asked: str) -> str:
    """The torch device's name."""
    return _SAME[1] if asked in _SAME else asked
