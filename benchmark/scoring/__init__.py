"""The scoring core: truth and predictions in, tidy records out."""

from .files import score_files
from .score import score

__all__ = ["score", "score_files"]
