"""Reports: what a result says, as tables and as a page that explains itself."""

from .build import build_report, page_path
from .data import ReportData, report_data
from .page import render
from .tables import latex, markdown, scores_csv

__all__ = [
    "ReportData",
    "build_report",
    "latex",
    "markdown",
    "page_path",
    "render",
    "report_data",
    "scores_csv",
]
