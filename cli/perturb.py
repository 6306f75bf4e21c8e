"""``manyfaces perturb``: a split of a dataset as a track shows it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import bar, count, err


def perturb(
    dataset: Annotated[Path, typer.Argument(help="The dataset's folder.")],
    track: Annotated[
        str, typer.Option("--track", help="Its name; `manyfaces list tracks` has them all.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Where to write the perturbed dataset.")],
    split: Annotated[str, typer.Option("--split", help="Which split to perturb.")] = "test",
) -> None:
    """Write one split of a dataset as a track shows it.

    The pictures are the very ones that `manyfaces evaluate` shows a detector on this track.
    An interrupted run continues when called again.
    """
    from ..benchmark.perturb_dataset import RECORDS, perturb_split
    from ..benchmark.tracks import get_track

    chosen = get_track(track)
    manifest = perturb_split(dataset, split, chosen, out, bar)
    written = count(len(manifest.sizes(split)), "picture")
    err.print(f"{written} of {split} as {chosen.name} in {out}", markup=False)
    err.print(f"How each was made: {out / RECORDS / split}.jsonl", markup=False)
