"""The check of a submission: every problem at once, without the truth."""

from .rules import RULES
from .submission import Report, check_submission

__all__ = ["RULES", "Report", "check_submission"]
