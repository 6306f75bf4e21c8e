"""One line for each face: where its pixels come from, enough to make them again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from ..annotations.categories import FAKE, NAMES, REAL
from .forge import Accepted
from .plan import DonorFace, PlannedImage
from .sources import Photo

_REAL: Final[Mapping[str, Any]] = {
    "label": NAMES[REAL],
    "donors": [],
    "method": None,
    "version": None,
    "parameters": None,
    "seed": None,
    "attempt": None,
    "order": None,
    "gates": [],
}


def how_made(accepted: Accepted | None, seed: int = 0, order: int = 0) -> dict[str, Any]:
    """How one face was forged: method, parameters, stream and gates; nulls for a real face.

    The parameters were drawn from ``stream(seed, photo sha256, face, "attempt",
    attempt)``; ``order`` counts the forgeries of one image from 1, each made from the
    pixels that the one before had left. So the lines of an image name everything that
    its pixels derive from.
    """
    if accepted is None:
        return dict(_REAL)
    return {
        "label": NAMES[FAKE],
        "donors": [donor_record(donor) for donor in accepted.donors],
        "method": accepted.method,
        "version": accepted.version,
        "parameters": accepted.parameters.model_dump(mode="json"),
        "seed": seed,
        "attempt": accepted.attempt,
        "order": order,
        "gates": [asdict(gate) for gate in accepted.gates],
    }


def donor_record(donor: DonorFace) -> dict[str, Any]:
    """A donor face with its photograph's licence and origin."""
    record = photo_record(donor.photo)
    return {**record, "face": donor.face}


def photo_record(photo: Photo) -> dict[str, Any]:
    """A photograph as provenance names it."""
    return {
        "name": photo.name,
        "sha256": photo.sha256,
        "licence": photo.licence,
        "origin": photo.origin,
        "group": photo.group,
    }


def provenance_line(
    image: PlannedImage, annotation_id: int, face: int, made: Mapping[str, Any]
) -> dict[str, Any]:
    """The line of one face of one image; ``made`` is from ``how_made``."""
    return {
        "annotation_id": annotation_id,
        "image_id": image.image_id,
        "split": image.split,
        "face": face,
        "label": made["label"],
        "photo": photo_record(image.photo),
        **{key: value for key, value in made.items() if key != "label"},
    }
