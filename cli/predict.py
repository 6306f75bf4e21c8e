"""``manyfaces predict``: the faces of a dataset's split, a folder of pictures, or one picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import bar, err, out, print_json
from .faces import FacesOption, load_with_faces

if TYPE_CHECKING:
    from ..annotations.predictions import Sizes


def predict(
    detector: Annotated[str, typer.Argument(help="A run's folder, or package.module:attribute.")],
    data: Annotated[Path, typer.Argument(help="A dataset, a folder of pictures, or a picture.")],
    predictions: Annotated[Path, typer.Option("--out", help="The predictions file (.json).")],
    split: Annotated[str, typer.Option(help="The dataset's split.")] = "test",
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    faces: FacesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary as JSON.")] = False,
) -> None:
    """Predict faces as COCO results.

    Pictures that are no dataset are numbered by name, from 1; a file beside the
    predictions, named .images.json, says which number is which.
    """
    from ..annotations.predictions import write_predictions
    from ..benchmark.predicting import predict_files, write_names
    from ..core.errors import ManyfacesError, UsageError

    if predictions.suffix != ".json":
        raise UsageError("--out is not a predictions file", got=predictions, expected="*.json")
    files, sizes = _files(data, split)
    loaded = load_with_faces(detector, sizes, device, faces)
    skipped: list[ManyfacesError] | None = [] if sizes is None and len(files) > 1 else None
    found = dict(predict_files(loaded.detector, files, skipped=skipped, progress=bar))
    write_predictions(predictions, found)
    if sizes is None:
        write_names(predictions, {key: files[key] for key in found})
    for error in skipped or []:
        err.print(f"skipped: {error}", markup=False)
    count = sum(map(len, found.values()))
    if as_json:
        print_json({"images": len(found), "faces": count, "skipped": len(skipped or [])})
        return
    err.print(f"{count} faces in {len(found)} pictures.", markup=False)
    out.print(str(predictions), markup=False)


def _files(data: Path, split: str) -> tuple[dict[int, Path], Sizes | None]:
    from ..annotations.dataset import open_split
    from ..benchmark.predicting import is_dataset, picture_files, split_files

    if not is_dataset(data):
        return picture_files(data), None
    images = open_split(data, split).images
    return split_files(data, images), {image.id: image.size for image in images}
