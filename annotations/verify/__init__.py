"""The check of a dataset: every problem at once, with its place and its mend."""

from .dataset import Verdict, examine, verify_dataset
from .problem import CHECKS, Check, Problem

__all__ = ["CHECKS", "Check", "Problem", "Verdict", "examine", "verify_dataset"]
