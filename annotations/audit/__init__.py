"""The audit of a dataset: can a forgery be told without looking at the face?"""

from .dataset import Report, Settings, audit_dataset
from .finding import Finding, Reading
from .markdown import to_markdown
from .table import AUDITS, Audit

__all__ = [
    "AUDITS",
    "Audit",
    "Finding",
    "Reading",
    "Report",
    "Settings",
    "audit_dataset",
    "to_markdown",
]
