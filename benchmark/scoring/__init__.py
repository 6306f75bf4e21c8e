"""The scoring core: truth and predictions in, tidy records out."""

from .files import score_files
from .score import score, score_result

__all__ = ["score", "score_files", "score_result"]
