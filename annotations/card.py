"""The card of a built dataset: ``README.md`` beside the images, from the build's report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.files import write_text


def write_card(path: Path, report: Mapping[str, Any], *, sheet: bool = True) -> None:
    """Write the card of a finished build from its report; ``sheet`` as in ``card``."""
    write_text(path, card(report, sheet=sheet))


def card(report: Mapping[str, Any], *, sheet: bool = True) -> str:
    """The card's Markdown text.

    Args:
        sheet: whether the dataset has a contact sheet; a withdrawal takes it away.
    """
    files = _FILES if sheet else _FILES.replace(_SHEET, "")
    sections = [_what(report), _splits(report), _made(report), _sources(report), files, _USE]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _what(report: Mapping[str, Any]) -> str:
    forged = sum(report["forged"].values())
    return f"""
# Multi-face forgery dataset

{report["images"]} images with {report["faces"]} annotated faces, of which {forged} are forged.
{report["pristine_images"]} images hold no forgery. Every face has its visible region as a mask,
a box and 68 landmarks; a forged face also has the mask of the pixels that changed and the band
along that mask's edge. Pristine and forged images went through the same resampling and the same
single JPEG encode.
"""


def _splits(report: Mapping[str, Any]) -> str:
    columns = ("images", "faces", "real", "fake")
    rows = {
        name: [str(counts[column]) for column in columns]
        for name, counts in report["splits"].items()
    }
    note = "Splits share no photograph, no donor, no group of photographs and no near-duplicate."
    return f"{_table(('split', *columns), rows)}\n\n{note}"


def _made(report: Mapping[str, Any]) -> str:
    identity = report["identity"]
    rows = {
        name: [version, str(report["forged"].get(name, 0))]
        for name, version in identity["methods"].items()
    }
    limit = "" if identity["limit"] is None else f" --limit {identity['limit']}"
    source = identity["source"]
    given = (
        f"--drawn {source['count']}" if source["source"] == "drawn" else _photos(source["source"])
    )
    return f"""
## How it was made

{_table(("method", "version", "faces"), rows)}

```
manyfaces build {given} --recipe recipe.yaml --out DATASET{limit}
```

with manyfaces {identity["manyfaces"]} and the `recipe.yaml` beside this file gives the same
images, annotations and manifest again, byte for byte, from the same photographs.
`provenance/<split>.jsonl` holds, for each face, its photograph, its donor, the method, its
version, its parameters and its random stream.
"""


def _photos(kind: str) -> str:
    return "PHOTOS" if kind == "photographs" else f"PHOTOS --source {kind}"


def _sources(report: Mapping[str, Any]) -> str:
    licences = {name: [str(count)] for name, count in report["licences"].items()}
    skipped = sum(report["skipped"].values())
    reasons = ", ".join(f"{count} × {reason}" for reason, count in report["skipped"].items())
    left_out = f"\n\n{skipped} photographs were left out: {reasons}." if skipped else ""
    return f"""
## Sources and licences

{_table(("licence, as the source states it", "photographs"), licences)}{left_out}
`report.json` names every photograph and what became of it.
"""


_SHEET = ", `contact_sheet.png`"
_FILES = f"""
## Files

- `images/<split>/<id>.jpg`: the images
- `annotations/<split>.json`: COCO instances; categories 0 Real and 1 Fake
- `provenance/<split>.jsonl`: one line for each face
- `manifest.json`: id, file, size, hash and split of each image, without labels
- `statistics/`{_SHEET}: for a look
- `recipe.yaml`, `report.json`: how it was made and what was left out
"""

_USE = """
## Use

Made to develop and test detectors of forged faces. Do not present a forged image as real, and
do not use the faces to identify anyone. The photographs' licences above still hold.
"""


def _table(head: tuple[str, ...], rows: Mapping[str, list[str]]) -> str:
    lines = [head, ("---",) * len(head), *((name, *cells) for name, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
