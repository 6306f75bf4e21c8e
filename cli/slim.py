"""``manyfaces slim``: a training run in half the bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import out, print_json


def slim(
    run: Annotated[Path, typer.Argument(help="A finished run's folder.")],
    target: Annotated[Path, typer.Option("--out", help="The new run's folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print hash and bytes.")] = False,
) -> None:
    """Copy a run's record and weights, these as 16-bit floats, to publish or to ship."""
    from ..benchmark.frameworks import require_training
    from ..benchmark.run_folder import WEIGHTS
    from ..benchmark.slimming import slim as make_slim
    from ..core.files import sha256_of_file

    require_training()
    weights = make_slim(run, target) / WEIGHTS
    if as_json:
        print_json({"sha256": sha256_of_file(weights), "bytes": weights.stat().st_size})
        return
    out.print(str(target), markup=False)
