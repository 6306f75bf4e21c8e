"""Codabench's entry point: ``scoring.py INPUT OUTPUT``, in a container of its own."""

from __future__ import annotations

import html
import json
import sys
from pathlib import Path
from typing import Any

from runner import SETTINGS, score  # type: ignore[import-not-found]

STYLE = "body{font:16px/1.5 sans-serif;margin:2em}td,th{padding:.3em 1em;text-align:right}"


def main(where: Path, out: Path) -> int:
    """Score ``INPUT/res`` against ``INPUT/ref``; 1 where there is nothing for the board."""
    answer = score(str(where / "ref"), str(where / "res"))
    scored = answer["state"] == "scored"
    for message in answer["messages"]:
        (sys.stdout if scored else sys.stderr).write(message + "\n")
    if not scored:
        return 1
    (values,) = answer["scores"].values()
    scores = {SETTINGS["keys"][name]: value for name, value in values.items()}
    (out / "scores.json").write_text(json.dumps(scores), encoding="utf-8")
    (out / "detailed_results.html").write_text(page(answer), encoding="utf-8")
    return 0


def page(answer: Any) -> str:  # noqa: ANN401 - JSON
    """Each track's number with its interval, and what the check has noticed."""
    head = "<tr><th>track<th>score<th>95 % interval"
    rows = "".join(
        f"<tr><th>{html.escape(row['track'])}<td>{row['value']}<td>{row['low']} to {row['high']}"
        for row in answer["tracks"]
    )
    notes = "".join(f"<li>{html.escape(message)}" for message in answer["messages"])
    title = html.escape(answer["name"] or "Scores")
    return (
        f"<!DOCTYPE html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<style>{STYLE}</style><h1>{title}</h1><table>{head}{rows}</table><ul>{notes}</ul></html>"
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
