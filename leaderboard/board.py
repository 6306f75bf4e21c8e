"""The board as a static folder: HTML, JSON and CSV that outlive any server."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from .. import __version__
from ..core.errors import UsageError
from ..core.files import write_json, write_text
from .curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Curve, curves, mean_curve, path, place
from .entries import Entry
from .ranking import Headline, Standing, all_tracks, board_columns, standings

MARKER: Final = "board.json"
# Columns beside the headline, all on the clean track: title, task, metric, class, up is good.
DETAILS: Final = (
    ("box AP", "box", "AP", "all"),
    ("faces AP50", "box", "AP50", "any"),
    ("label AUC", "box", "label_AUC", "any"),
    ("mask oLRP", "mask", "oLRP", "all"),
)
PLACES: Final = 3  # decimals of a number on a page
COLOURS: Final = ("#0f766e", "#c2410c", "#6d28d9", "#0369a1", "#be185d", "#4d7c0f", "#475569")


def publish(
    entries: Sequence[Entry],
    title: str,
    out: Path,
    headline: Headline,
    decimals: int | None = None,
) -> None:
    """Write the board into ``out``, which changes at once or not at all.

    Args:
        decimals: to which every number is shown, in every file; ranks are made before. None
            for all digits in JSON and CSV.

    Raises:
        UsageError: ``out`` holds something that is not a board.
    """
    if out.exists() and not (out / MARKER).is_file() and any(out.iterdir()):
        raise UsageError(
            "the output folder holds something else",
            where=out,
            expected="a new or empty folder, or a published board",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        write_board(standings(entries, headline), title, staging, headline, decimals)
        staging.chmod(0o755)
        _swap(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _swap(staging: Path, out: Path) -> None:
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    staging.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def write_board(
    rows: Sequence[Standing],
    title: str,
    out: Path,
    headline: Headline,
    decimals: int | None = None,
) -> None:
    """Write every file of the board; the same entries give the same bytes."""
    tracks = all_tracks([row.entry for row in rows])
    shared = {
        "title": title,
        "rows": rows,
        "tracks": tracks,
        "columns": list(board_columns(tracks)),
        "robust": any(row.robust for row in rows),
        "headline": headline,
        "version": __version__,
        "details": DETAILS,
        "frame": _frame(),
    }
    pages = _environment(decimals)
    lines = [mean_curve(curves(rounded(row.values, decimals))) for row in rows]
    shared["overview"] = [_drawn(line, index) for index, line in enumerate(lines)]
    write_text(out / "index.html", pages.get_template("index.html").render(**shared))
    for index, row in enumerate(rows):
        shown = {
            **shared,
            "row": row,
            "lines": _lines(row, decimals),
            "scores": _score_table(row.entry),
        }
        page = pages.get_template("entry.html").render(**shown, colour=COLOURS[index % 7])
        write_text(out / "entries" / f"{row.entry.id[:16]}.html", page)
    write_json(out / MARKER, rounded(_json(rows, title, headline), decimals), indent=True)
    write_text(out / "board.csv", _csv(rows, tracks, decimals))


def _environment(decimals: int | None) -> Environment:
    pages = Environment(
        loader=PackageLoader(__package__),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    places = PLACES if decimals is None else min(PLACES, decimals)
    pages.filters["number"] = lambda value: number(value, places)
    return pages


def number(value: float | None, places: int = PLACES) -> str:
    """So many decimals, a dash where there is no number."""
    return "–" if value is None else f"{value:.{places}f}"


def rounded(value: Any, decimals: int | None) -> Any:  # noqa: ANN401 - any JSON
    """The same JSON with every fraction in it rounded; itself where ``decimals`` is None."""
    if decimals is None:
        return value
    if isinstance(value, float):
        return round(value, decimals)
    if isinstance(value, Mapping):
        return {name: rounded(part, decimals) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(part, decimals) for part in value]
    return value


def _frame() -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "top": TOP,
        "bottom": HEIGHT - BOTTOM,
        "y": [(f"{value:.1f}", place(0, value)[1]) for value in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)],
        "x": [(severity, place(severity, 0)[0]) for severity in range(6)],
    }


def _drawn(line: Curve, index: int) -> dict[str, Any]:
    return {
        "kind": line.kind,
        "path": path(line),
        "dots": [place(*point) for point in line.points],
        "colour": COLOURS[index % len(COLOURS)],
    }


def _lines(row: Standing, decimals: int | None) -> list[dict[str, Any]]:
    shown = curves(rounded(row.values, decimals))
    return [_drawn(line, index) for index, line in enumerate(shown)]


def _score_table(entry: Entry) -> list[dict[str, Any]]:
    """All clean scores as rows of task, metric, class and stratum; other tracks are in JSON."""
    track = "clean" if "clean" in entry.tracks else entry.tracks[0] if entry.tracks else ""
    return [
        score.model_dump(by_alias=True) for score in entry.result.scores if score.track == track
    ]


def _json(rows: Sequence[Standing], title: str, headline: Headline) -> Mapping[str, Any]:
    return {
        "title": title,
        "headline": {
            "task": headline.task,
            "metric": headline.metric,
            "class": headline.class_,
            "higher_is_better": headline.higher_is_better,
        },
        "entries": [
            {
                "id": row.entry.id,
                "name": row.entry.name,
                "baseline": row.entry.baseline,
                "rank": row.rank,
                "overall": row.overall,
                "values": dict(row.values),
                "robustness": _robustness(row),
                "ranks": dict(row.ranks),
                "hashes": row.entry.result.hashes,
            }
            for row in rows
        ],
    }


def _robustness(row: Standing) -> Mapping[str, Any] | None:
    if row.robust is None:
        return None
    values = {str(severity): value for severity, value in row.robust.values.items()}
    return {**asdict(row.robust), "values": values}


def _csv(rows: Sequence[Standing], tracks: Sequence[str], decimals: int | None) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rank", "name", "baseline", "overall", *tracks])
    for row in rows:
        values = rounded([row.overall, *(row.values[track] for track in tracks)], decimals)
        writer.writerow([row.rank, row.entry.name, row.entry.baseline, *values])
    return text.getvalue()
