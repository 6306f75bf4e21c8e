"""Every score of an entry as rows of a table: hundreds of thousands on a large board."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from markupsafe import Markup, escape

from ..digits import number
from ..entries import Entry

CLEAN: Final = "clean"


def score_rows(entry: Entry, places: int) -> Markup:
    """All scores on clean pictures (else on its first track) as rows; the rest is in JSON.

    Columns: metric, task, class, stratum, value, n. A template would take ten times as long.
    """
    track = CLEAN if CLEAN in entry.tracks else next(iter(entry.tracks), "")
    return Markup(
        "\n".join(
            f"<tr>{_head(row.metric, row.task, row.class_, row.stratum)}"
            f"<td>{number(row.value, places)}</td><td>{row.n}</td></tr>"
            for row in entry.result.scores
            if row.track == track
        )
    )


@lru_cache(maxsize=4096)
def _head(metric: str, task: str, class_: str, stratum: str) -> str:
    """The cells that say what a score is of; entries share most of them."""
    cells = (
        f'<th scope="row">{escape(metric)}</th><td>{escape(task)}</td>',
        f'<td class="left">{escape(class_)}</td><td class="left">{escape(stratum)}</td>',
    )
    return "".join(cells)
