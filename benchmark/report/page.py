"""The report as one HTML page that needs nothing beside it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ... import __version__
from . import sections, wording
from .charts import Chart, precision_recall_chart, severity_charts
from .data import ReportData
from .numbers import Numbers, number, percent, tracks
from .worst import DrawnImage

CURVE_NAMES: Final = {"real": "real", "fake": "fake", "any": "any label"}


def render(data: ReportData) -> str:
    """The page; the same data give the same bytes."""
    return environment().get_template("report.html").render(**_context(data))


def environment() -> Environment:
    """The templates, with ``number`` and ``percent`` as filters."""
    pages = Environment(
        loader=PackageLoader(__package__),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["number"] = number
    pages.filters["percent"] = percent
    return pages


def _context(data: ReportData) -> Mapping[str, Any]:
    result, numbers = data.result, Numbers(data.result, data.track)
    columns, rows = sections.track_rows(result)
    return {
        "title": data.title,
        "track": data.track,
        "version": __version__,
        "about": sections.about(result),
        "images": result.about.get("images"),
        "hashes": result.hashes,
        "protocol": result.protocol.get("version", ""),
        "cards": sections.cards(numbers),
        "facts": sections.facts(numbers),
        "detection": sections.detection_groups(numbers),
        "strata": sections.strata_groups(numbers),
        "curves": _curves(data),
        "tracks": tracks(result),
        "track_columns": columns,
        "track_rows": rows,
        "severity": _severity(data),
        "robustness": sections.robustness_groups(result, wording.CURVES),
        "severity_styles": wording.CURVE_STYLES,
        "errors": sections.error_groups(dict(data.errors)),
        "sums": _sums(data),
        "worst": [_picture(one) for one in data.worst],
        "threshold": data.threshold,
        "scores": [row for row in result.scores if row.track == data.track],
        "glossary": wording.GLOSSARY,
    }


def _curves(data: ReportData) -> list[Chart]:
    return [
        precision_recall_chart(wording.TASKS[task], dict(found), CURVE_NAMES)
        for task, found in data.curves.items()
        if any(curve.points for curve in found.values())
    ]


def _severity(data: ReportData) -> list[Chart]:
    values = sections.track_values(data.result, wording.CURVES)
    return severity_charts(values, wording.CURVE_STYLES)


def _sums(data: ReportData) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The two sums of errors: name, meaning, and the AP50 that each task would gain."""
    return [
        (
            name,
            meaning,
            [
                (wording.TASKS[task], number(values.get(f"dAP_{kind}", (None, 0))[0]))
                for task, values in data.errors.items()
            ],
        )
        for kind, (name, meaning) in wording.SUMS.items()
    ]


def _picture(image: DrawnImage) -> dict[str, Any]:
    return {
        "mistakes": image.mistakes,
        "height": image.size[0],
        "width": image.size[1],
        "truth": _data_uri(image.truth),
        "prediction": _data_uri(image.prediction),
    }


def _data_uri(jpeg: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
