"""``manyfaces detectron2``: runs as Detectron2's own checkpoints, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import out

app = typer.Typer(no_args_is_help=True, help="Exchange networks with Detectron2's own tools.")


@app.command("export")
def export(
    run: Annotated[Path, typer.Argument(help="A finished run of mask-rcnn-detectron2.")],
    folder: Annotated[Path, typer.Option("--out", help="The checkpoint's folder.")],
) -> None:
    """Write config.yaml and model_final.pth, which Detectron2's tools read."""
    from ..benchmark.frameworks import require_detectron2

    require_detectron2()
    from ..benchmark.detectron2_checkpoints import export_run

    out.print(str(export_run(run, folder)), markup=False)


@app.command("import")
def import_(
    config: Annotated[Path, typer.Argument(help="The config.yaml that Detectron2 wrote.")],
    weights: Annotated[Path, typer.Argument(help="Its checkpoint, such as model_final.pth.")],
    run: Annotated[Path, typer.Option("--out", help="The run's folder.")],
) -> None:
    """Make a run of what Detectron2 trained on faces: classes real (0) and fake (1)."""
    from ..benchmark.frameworks import require_detectron2

    require_detectron2()
    from ..benchmark.detectron2_checkpoints import import_checkpoint

    import_checkpoint(config, weights, run)
    out.print(str(run), markup=False)
