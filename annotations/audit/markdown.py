"""The report in words: cells, sentences, a Markdown page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .dataset import Report
from .finding import Finding, Reading

HEAD: Final = ("audit", "level", "all", "forgeable", "interval", "n", "verdict")
ABOUT: Final = (
    "AUC of telling forged from real by each channel: among all faces or images, and among "
    "forgeable ones, faces of at least {side:g} pixels that the builder could forge, and images "
    "with such a face. The verdict, the 95 % interval and n (forged + real) are those of the "
    "number with a star."
)


def to_markdown(report: Report) -> str:
    """A page: summary, table, what leaks and its mend, what the splits share."""
    lines = ["# Audit", "", summary(report), "", ABOUT.format(side=report.min_face), ""]
    lines += [_row(HEAD), _row(["---"] * len(HEAD))]
    lines += [_row(cells(finding)) for finding in report.findings]
    for finding in report.findings:
        if finding.verdict != "ok":
            lines += ["", f"**{finding.audit}** ({finding.verdict}): {explained(finding)}"]
    if report.shared:
        lines += ["", "## Shared between splits", ""]
        lines += [f"- `{p.code}` {p.where}: {p.got}. {p.mend}." for p in report.shared]
    return "\n".join([*lines, ""])


def _row(values: Sequence[str]) -> str:
    return "| " + " | ".join(value.replace("|", "\\|") for value in values) + " |"


def cells(finding: Finding) -> tuple[str, ...]:
    """The cells of a finding, in the order of ``HEAD``."""
    aucs = [
        _auc(finding.everything, finding.judged == "everything"),
        _auc(finding.forgeable, finding.judged == "forgeable"),
    ]
    of = finding.decisive
    n = f"{of.forged} + {of.n - of.forged}"
    return (finding.audit, finding.level, *aucs, _interval(of), n, finding.verdict)


def _auc(reading: Reading, decisive: bool) -> str:
    text = "–" if reading.auc is None else f"{reading.auc:.3f}"
    return text + ("*" if decisive else " ")


def _interval(reading: Reading) -> str:
    if reading.low is None or reading.high is None:
        return "too few"
    return f"{reading.low:.3f}–{reading.high:.3f}"


def explained(finding: Finding) -> str:
    """Which feature tells and the mend, or why nothing can be said."""
    of = finding.decisive
    if finding.verdict == "unsure":
        return f"{of.forged} forged and {of.n - of.forged} real are too few to be sure."
    return f"{finding.because}. {finding.mend}."


def summary(report: Report) -> str:
    """One sentence: what was looked at, and what tells."""
    looked = f"{report.images} images, {report.faces} faces, {report.forged} of them forged"
    leaks = ", ".join(finding.audit for finding in report.leaks)
    unsure = ", ".join(row.audit for row in report.findings if row.verdict == "unsure")
    told = f"a forgery can be told without its face, by {leaks}" if leaks else (
        "no channel beside the face is known to tell a forgery"
    )  # fmt: skip
    if unsure:
        told += f"; too little to be sure of {unsure}"
    if report.shared:
        told += f"; {len(report.shared)} things stand in two splits"
    return f"{looked}: {told}."
