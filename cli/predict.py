"""``manyfaces predict``: the faces of a dataset's split, a folder of pictures, or one picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import bar, err, out, print_json
from .faces import FacesOption, load_with_faces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..annotations.instances import Instances
    from ..annotations.predictions import Sizes

DRAWN = frozenset({".jpg", ".jpeg", ".png"})  # what a drawn picture may be written as


def predict(
    detector: Annotated[str, typer.Argument(help="A run's folder, or package.module:attribute.")],
    data: Annotated[Path, typer.Argument(help="A dataset, a folder of pictures, or a picture.")],
    target: Annotated[
        Path,
        typer.Option("--out", help="The predictions file (.json); or, of one picture, a picture."),
    ],
    split: Annotated[str, typer.Option(help="The dataset's split.")] = "test",
    annotated: Annotated[
        Path | None, typer.Option(help="A folder for the pictures with their faces drawn in.")
    ] = None,
    min_score: Annotated[float, typer.Option(help="Faces below it are not drawn.")] = 0.3,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, mps.")] = "auto",
    faces: FacesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a summary as JSON.")] = False,
) -> None:
    """Predict faces as COCO results, or draw them into a picture.

    Pictures that are no dataset are numbered by name, from 1; a file beside the
    predictions, named .images.json, says which number is which.
    """
    from ..annotations.predictions import write_predictions
    from ..benchmark.predicting import predict_files, write_names
    from ..core.errors import ManyfacesError

    files, sizes = _files(data, split)
    drawn = _places(target, annotated, files)
    loaded = load_with_faces(detector, sizes, device, faces)
    skipped: list[ManyfacesError] | None = [] if sizes is None and len(files) > 1 else None
    found: dict[int, Instances] = {}
    for image_id, faces_found in predict_files(
        loaded.detector, files, skipped=skipped, progress=bar
    ):
        found[image_id] = faces_found
        if drawn:
            _draw(files[image_id], faces_found, drawn[image_id], min_score)
    if target.suffix == ".json":
        write_predictions(target, found)
        if sizes is None:
            write_names(target, {key: files[key] for key in found})
    for error in skipped or []:
        err.print(f"skipped: {error}", markup=False)
    count = sum(map(len, found.values()))
    if as_json:
        print_json({"images": len(found), "faces": count, "skipped": len(skipped or [])})
        return
    err.print(f"{count} faces in {len(found)} pictures.", markup=False)
    out.print(str(target), markup=False)


def _places(target: Path, folder: Path | None, files: Mapping[int, Path]) -> dict[int, Path]:
    """Where each picture is drawn to; empty where none is.

    Raises:
        UsageError: the target is neither a predictions file nor the one picture's copy.
    """
    from ..core.errors import UsageError

    if target.suffix.lower() in DRAWN and len(files) == 1 and folder is None:
        if target.resolve() in {path.resolve() for path in files.values()}:
            raise UsageError("--out is the picture itself", got=target, expected="another file")
        return dict.fromkeys(files, target)
    if target.suffix != ".json":
        raise UsageError(
            "--out is not a predictions file",
            got=target,
            expected="*.json; of one picture also *.jpg or *.png; pictures of many: --annotated",
        )
    if folder is None:
        return {}
    # Pictures of different folders may have the same name.
    return {key: folder / f"{key:06d}-{path.stem}.jpg" for key, path in files.items()}


def _draw(picture: Path, found: Instances, target: Path, min_score: float) -> None:
    from ..benchmark.annotated import annotate
    from ..core.files import write_bytes
    from ..core.images import encode_jpeg, encode_png, read_image

    shown = annotate(read_image(picture), found, min_score)
    png = target.suffix.lower() == ".png"
    write_bytes(target, encode_png(shown) if png else encode_jpeg(shown, 92))


def _files(data: Path, split: str) -> tuple[dict[int, Path], Sizes | None]:
    from ..annotations.dataset import open_split
    from ..benchmark.predicting import is_dataset, picture_files, split_files

    if not is_dataset(data):
        return picture_files(data), None
    images = open_split(data, split).images
    return split_files(data, images), {image.id: image.size for image in images}
