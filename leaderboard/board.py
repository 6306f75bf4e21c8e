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
from ..benchmark.scoring.bootstrap import DRAWS
from ..core.errors import UsageError
from ..core.files import link_or_copy, replace_folder, write_bytes, write_json, write_text
from ..core.memory import collector_paused
from .digits import number, rounded, signed
from .entries import Entry
from .icon import ICON_ADDRESS
from .ranking import Headline, Standing, standings
from .site.comparison import CHANCES, Comparisons, comparison_page
from .site.content import Content
from .site.facts import DrawnPicture, Facts, entry_page
from .site.feed import FILE as FEED
from .site.feed import atom
from .site.history import history_page
from .site.lines import entry_lines, frame, overview
from .site.paper import latex, markdown
from .site.scores import score_rows
from .site.tracks import column_pages, track_pages, track_view

MARKER: Final = "board.json"
# Columns beside the headline, all on the clean track: title, task, metric, class, up is good.
DETAILS: Final = (
    ("box AP", "box", "AP", "all"),
    ("faces AP50", "box", "AP50", "any"),
    ("label AUC", "box", "label_AUC", "any"),
    ("like-size AUC", "box", "label_AUC_adjusted", "any"),
    ("mask oLRP", "mask", "oLRP", "all"),
)


def publish(
    entries: Sequence[Entry],
    title: str,
    out: Path,
    headline: Headline,
    decimals: int | None = None,
    facts: Facts | None = None,
) -> None:
    """Write the board into ``out``, which changes at once or not at all.

    Args:
        decimals: to which every number is shown, in every file; ranks are made before. None
            for all digits in JSON and CSV.
        facts: what is known beside the scores.

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
        with collector_paused():
            rows = standings(entries, headline)
            write_board(Content(rows, title, headline, decimals, facts or Facts()), staging)
        staging.chmod(0o755)
        replace_folder(staging, out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_board(content: Content, out: Path) -> None:
    """Write every file of the board; the same entries give the same bytes."""
    pages = _environment(content.places)
    shared = _shared(content)

    def write(file: str, template: str, **values: object) -> None:
        # A page in a folder of its own leads back up.
        root = "../" * file.count("/")
        text = pages.get_template(template).render(**shared, root=root, **values)
        write_text(out / file, text)

    write("index.html", "index.html", overview=overview(content))
    found = Comparisons.of(content)
    write("compare.html", "compare.html", **comparison_page(content, found))
    write("history.html", "history.html", **history_page(content))
    for track, file in track_pages(content).items():
        write(file, "track.html", **track_view(content, track))
    for row in content.rows:
        write(entry_page(row.entry.id), "entry.html", **_entry(content, row, found, out))
    _write_files(content, out)


def _entry(content: Content, row: Standing, found: Comparisons, out: Path) -> dict[str, Any]:
    """What an entry's page shows."""
    return {
        "row": row,
        "lines": entry_lines(content, row),
        "neighbours": found.neighbours(row),
        "scores": score_rows(row.entry, content.places),
        "pictures": [_with_file(picture, row, out) for picture in content.pictures(row)],
    }


def _with_file(picture: DrawnPicture, row: Standing, out: Path) -> dict[str, Any]:
    """A drawn picture, its file brought into the board's folder."""
    name = f"examples/{row.entry.id[:16]}-{picture.image_id}.jpg"
    link_or_copy(picture.file, out / name)
    return {**asdict(picture), "file": name}


def _write_files(content: Content, out: Path) -> None:
    decimals = content.decimals
    data = _json(content.rows, content.title, content.headline)
    write_json(out / MARKER, rounded(data, decimals), indent=True)
    write_text(out / "board.csv", _csv(content.rows, content.tracks, decimals))
    write_text(out / "board.md", markdown(content))
    write_text(out / "board.tex", latex(content))
    write_bytes(out / FEED, atom(content))


def _shared(content: Content) -> dict[str, Any]:
    """What every page's template may show."""
    return {
        "title": content.title,
        "rows": content.rows,
        "tracks": content.tracks,
        "columns": list(content.columns),
        "column_pages": column_pages(content),
        "track_pages": track_pages(content),
        "entry_page": entry_page,
        "robust": any(row.robust for row in content.rows),
        "draws": DRAWS,
        "undrawn": [row for row in content.rows if row.place and row.place.low is None],
        "headline": content.headline,
        "about": content.facts.about,
        "version": __version__,
        "icon": ICON_ADDRESS,
        "details": DETAILS,
        "frame": frame(),
    }


def _environment(shown: int) -> Environment:
    pages = Environment(
        loader=PackageLoader(__package__),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["number"] = lambda value: number(value, shown)
    pages.filters["signed"] = lambda value: signed(value, shown)
    pages.filters["chance"] = lambda value: number(value, CHANCES)
    pages.filters["rank"] = lambda value: number(value, 1)
    return pages


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
                "authors": row.entry.authors,
                "baseline": row.entry.baseline,
                "rank": row.rank,
                "overall": row.overall,
                **_place(row),
                "values": dict(row.values),
                "robustness": _robustness(row),
                "ranks": dict(row.ranks),
                "hashes": row.entry.result.hashes,
            }
            for row in rows
        ],
    }


def _place(row: Standing) -> Mapping[str, Any]:
    """How sure the rank is: the last that it could be, and 95 % intervals."""
    place, mean = row.place, row.mean_rank
    return {
        "last_rank": place and place.last,
        "low": place and place.low,
        "high": place and place.high,
        "mean_rank": mean and dict(zip(("value", "low", "high"), mean, strict=True)),
    }


def _robustness(row: Standing) -> Mapping[str, Any] | None:
    if row.robust is None:
        return None
    values = {str(severity): value for severity, value in row.robust.values.items()}
    return {**asdict(row.robust), "values": values}


def _csv(rows: Sequence[Standing], tracks: Sequence[str], decimals: int | None) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rank", "last_rank", "name", "authors", "baseline", "overall", *tracks])
    for row in rows:
        values = rounded([row.overall, *(row.values[track] for track in tracks)], decimals)
        last = row.place and row.place.last
        entry = row.entry
        writer.writerow([row.rank, last, entry.name, entry.authors, entry.baseline, *values])
    return text.getvalue()
