"""The scoring core: truth and predictions in, tidy records out."""

from .files import coco_numbers, score_files
from .score import score, score_result

__all__ = ["coco_numbers", "score", "score_files", "score_result"]
