"""The overall table for papers: Markdown, and LaTeX that uses booktabs."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

from ...benchmark.report.tables import escape_latex, escape_markdown
from ..digits import number
from ..ranking import Standing
from .content import Content

HEAD: Final = ("rank", "entry", "overall")
# What every LaTeX since 2020 sets without further packages: these, and Latin letters with one
# of these accents (grave, acute, circumflex, tilde, macron, breve, dot, two dots, ring, double
# acute, caron, cedilla).
_SETTABLE: Final = frozenset("–—‘’“”…·±µ°§©®×÷æÆœŒøØßłŁı")
_LAST: Final = "ž"  # of the letters with an accent that LaTeX has in its tables
_ACCENTS: Final = frozenset(
    f"03{last}" for last in ["00", "01", "02", "03", "04", "06", "07", "08", "0A", "0B", "0C", "27"]
)


def markdown(content: Content) -> str:
    """The table; the best of each column is bold, baselines are marked."""
    head = [*HEAD, *content.columns]
    rule = ["--:", ":--", *["--:"] * (len(head) - 2)]
    rows = [_cells(content, row, escape_markdown, "**{}**", "*baseline*") for row in content.rows]
    lines = [[escape_markdown(name) for name in head], rule, *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def latex(content: Content) -> str:
    """The same for LaTeX: a ``tabular`` that needs booktabs and nothing else."""
    head = [latex_text(name) for name in (*HEAD, *content.columns)]
    rows = [
        _cells(content, row, latex_text, r"\textbf{{{}}}", r"\emph{baseline}")
        for row in content.rows
    ]
    lines = [
        "% needs \\usepackage{booktabs}",
        f"% {latex_text(content.title)}: {latex_text(content.metric)}, "
        f"{'higher' if content.headline.higher_is_better else 'lower'} is better",
        rf"\begin{{tabular}}{{rl{'r' * (len(head) - 2)}}}",
        r"\toprule",
        _line(head),
        r"\midrule",
        *map(_line, rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def latex_text(text: str) -> str:
    """Text that pdfLaTeX prints as it is; a letter that it cannot set is named by its number.

    Without this, one name in another script would stop the compilation of the whole paper.
    """
    normal = unicodedata.normalize("NFC", " ".join(text.split()))
    return escape_latex("".join(_settable(character) for character in normal))


def _settable(character: str) -> str:
    if " " <= character <= "~" or character in _SETTABLE:
        return character
    base, _, accent = unicodedata.decomposition(character).partition(" ")
    latin = character <= _LAST and accent in _ACCENTS and chr(int(base, 16)).isascii()
    return character if latin else f"[U+{ord(character):04X}]"


def _cells(
    content: Content, row: Standing, escape: Callable[[str], str], bold: str, baseline: str
) -> list[str]:
    """One entry's cells: rank, name, overall, each column; missing numbers are a dash."""
    name = escape(row.entry.name) + (f" ({baseline})" if row.entry.baseline else "")
    values = [(row.overall, row.rank), *_columns(content, row)]
    rank = "–" if row.place is None else row.place.text
    return [escape(rank), name, *(_value(content, *pair, escape, bold) for pair in values)]


def _columns(content: Content, row: Standing) -> list[tuple[float | None, int | None]]:
    return [(row.columns[name], row.column_ranks[name]) for name in content.columns]


def _value(
    content: Content,
    value: float | None,
    rank: int | None,
    escape: Callable[[str], str],
    bold: str,
) -> str:
    text = escape(number(value, content.places))
    return bold.format(text) if rank == 1 and len(content.rows) > 1 else text


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"
