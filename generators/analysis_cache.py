"""Step one of a build: what each photograph holds, measured once and kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from sys import intern
from typing import Any

import numpy as np

from ..annotations import masks
from ..annotations.masks import Rle
from ..annotations.splits import perceptual_hash
from ..core.errors import DataError
from ..core.files import (
    parse_json,
    read_json_lines,
    sha256,
    sha256_of_file,
    to_json,
    write_json_lines,
)
from ..core.images import Rgb
from .analysis.traits import Traits, measure
from .donors import why_not_forgeable
from .faces import Face
from .recipe import Recipe
from .sources import Photo, Reopening, Source
from .workspace import Workspace


@dataclass(frozen=True, eq=False, slots=True)
class MeasuredFace:
    """A face with its traits, and why it cannot be forged (None where it can)."""

    face: Face
    traits: Traits
    refusal: str | None


@dataclass(frozen=True, eq=False, slots=True)
class Analysis:
    """One photograph after analysis.

    Args:
        size: (height, width) in pixels after shrinking.
        fingerprint: the perceptual hash; empty for a skipped photograph.
        faces: front to back, with disjoint regions; a face of which nothing is
            visible is left out.
        hidden: how many were left out.
        skipped: why the photograph cannot be used, None where it can.
    """

    size: tuple[int, int]
    fingerprint: str
    faces: tuple[MeasuredFace, ...]
    hidden: int = 0
    skipped: str | None = None


def analyse_photo(workspace: Workspace, source: Source, photo: Photo, recipe: Recipe) -> None:
    """Analyse one photograph into the workspace, unless that is done."""
    path = workspace.analysis(photo.sha256)
    if path.exists():
        _require_picture(workspace, source, photo, recipe)
        return
    try:
        scene = source.open(photo, recipe.max_side)
    except DataError as error:
        write_json_lines(path, _to_lines(_skip(f"unreadable: {error}")))
        return
    analysis = analyse_scene(scene.image, scene.faces, recipe)
    if analysis.skipped is None:
        picture = scene.image if scene.file is None else scene.file
        workspace.save_picture(photo.sha256, picture)
    write_json_lines(path, _to_lines(analysis))


def _require_picture(workspace: Workspace, source: Source, photo: Photo, recipe: Recipe) -> None:
    """Keep the pixels of a photograph whose faces another build has measured."""
    known = load_outline(workspace, photo.sha256)
    if known.skipped is not None or workspace.picture(photo.sha256).exists():
        return
    if isinstance(source, Reopening):
        picture = source.picture(photo, recipe.max_side)
    else:
        scene = source.open(photo, recipe.max_side)
        picture = scene.image if scene.file is None else scene.file
    workspace.save_picture(photo.sha256, picture)


def is_analysed(workspace: Workspace, photo: str) -> bool:
    """Whether ``analyse_photo`` has nothing to do; the picture is written before the faces."""
    kept = workspace.analysis(photo).exists()
    return kept and (workspace.analyses is None or workspace.picture(photo).exists())


def shared_analyses(folder: Path, source: Source, recipe: Recipe) -> Path:
    """The part of a folder of analyses that fits this source, recipe and program.

    Photographs are found by their content's hash; what else decides on their faces makes
    the folder's name: the code that measures, the recipe's sizes, and boxes that a source
    knows.
    """
    here = Path(__file__).parent
    code = [here / "analysis_cache.py", here / "donors.py", here / "faces.py"]
    code += sorted(path for path in (here / "analysis").iterdir() if path.is_file())
    told = [photo.sha256 for photo in source.photos() if photo.known]
    decides = {
        "code": [sha256_of_file(path) for path in code],
        "sides": [recipe.max_side, recipe.min_side, recipe.min_face],
        "known": source.identity if told else None,
    }
    return folder / sha256(to_json(decides))[:16]


def analyse_scene(image: Rgb, faces: Iterable[Face], recipe: Recipe) -> Analysis:
    """Measure the faces of an opened photograph, given front to back."""
    size = (image.shape[0], image.shape[1])
    if min(size) < recipe.min_side:
        return _skip(f"too small: shorter side under {recipe.min_side} pixels", size)
    given = list(faces)
    visible = without_overlaps(given, size)
    if not visible:
        return _skip("no face found", size)
    measured = tuple(_measure(image, face, recipe) for face in visible)
    return Analysis(size, perceptual_hash(image), measured, len(given) - len(visible))


def _skip(reason: str, size: tuple[int, int] = (0, 0)) -> Analysis:
    return Analysis(size, "", (), skipped=reason)


def without_overlaps(faces: Iterable[Face], size: tuple[int, int]) -> list[Face]:
    """The faces, front to back, each region without the pixels of those in front of it."""
    taken = np.zeros(size, dtype=bool)
    result = []
    for face in faces:
        whole = masks.decode(face.region)
        visible = whole & ~taken
        taken |= whole
        if not visible.any():
            continue
        unchanged = int(visible.sum()) == int(whole.sum())
        result.append(face if unchanged else replace(face, region=masks.encode(visible)))
    return result


def _measure(image: Rgb, face: Face, recipe: Recipe) -> MeasuredFace:
    traits = measure(image, face)
    small = min(face.width, face.height) < recipe.min_face
    refusal = f"smaller than {recipe.min_face} pixels" if small else why_not_forgeable(face, traits)
    return MeasuredFace(face, traits, refusal)


@dataclass(frozen=True, slots=True)
class OutlinedFace:
    """A face without its geometry: why it cannot be forged, or its traits."""

    refusal: str | None
    traits: Traits | None


@dataclass(frozen=True, slots=True)
class Outline:
    """What planning needs of an analysis, small enough to hold millions; fields as there."""

    fingerprint: str
    faces: tuple[OutlinedFace, ...]
    hidden: int
    skipped: str | None


def load_outline(workspace: Workspace, photo: str) -> Outline:
    """Read the outline of what ``analyse_photo`` kept, by the photograph's SHA-256."""
    path = workspace.analysis(photo)
    with path.open("rb") as file:
        data = parse_json(file.readline(), where=path)
    faces = tuple(
        OutlinedFace(None, Traits.from_json(row["traits"]))
        if row["refusal"] is None
        else OutlinedFace(intern(row["refusal"]), None)
        for row in data["faces"]
    )
    return Outline(data["fingerprint"], faces, data["hidden"], data["skipped"])


def load_analysis(workspace: Workspace, photo: str) -> Analysis:
    """Read what ``analyse_photo`` kept, by the photograph's SHA-256."""
    data, geometry = read_json_lines(workspace.analysis(photo))
    faces = tuple(
        MeasuredFace(face_from_json(face), Traits.from_json(row["traits"]), row["refusal"])
        for row, face in zip(data["faces"], geometry, strict=True)
    )
    size = (data["size"][0], data["size"][1])
    return Analysis(size, data["fingerprint"], faces, data["hidden"], data["skipped"])


def _to_lines(analysis: Analysis) -> tuple[object, object]:
    """The outline, and the geometry of its faces: planning reads the first line alone."""
    outline = {
        "size": analysis.size,
        "fingerprint": analysis.fingerprint,
        "hidden": analysis.hidden,
        "skipped": analysis.skipped,
        "faces": [
            {"traits": measured.traits.to_json(), "refusal": measured.refusal}
            for measured in analysis.faces
        ],
    }
    return outline, [face_to_json(measured.face) for measured in analysis.faces]


def face_to_json(face: Face) -> dict[str, Any]:
    """A face as JSON; ``face_from_json`` gives it back, the mesh to 0.001 pixels."""
    return {
        "box": face.box,
        # Thousandths of a pixel: a third of the bytes.
        "mesh": np.ascontiguousarray(np.round(face.mesh, 3), dtype=np.float64),
        "layout": face.layout,
        "landmarks": np.ascontiguousarray(face.landmarks, dtype=np.float64),
        "region": masks.to_coco(face.region),
        "pose": face.pose,
        "confidence": face.confidence,
        "occluded": face.occluded,
    }


def face_from_json(data: Mapping[str, Any]) -> Face:
    """The inverse of ``face_to_json``."""
    yaw, pitch, roll = data["pose"]
    return Face(
        box=np.array(data["box"], dtype=np.float64),
        mesh=np.array(data["mesh"], dtype=np.float64),
        layout=data["layout"],
        landmarks=np.array(data["landmarks"], dtype=np.float64),
        region=rle_from_json(data["region"]),
        pose=(yaw, pitch, roll),
        confidence=data["confidence"],
        occluded=data["occluded"],
    )


def rle_from_json(data: Mapping[str, Any]) -> Rle:
    """The inverse of ``masks.to_coco``, for masks that this program wrote."""
    return {"size": list(data["size"]), "counts": data["counts"].encode("ascii")}
