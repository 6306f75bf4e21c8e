"""One photograph's way from pristine pixels to an encoded image and its annotations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..annotations import masks
from ..annotations.landmarks import to_keypoints
from ..annotations.masks import BoolMask
from ..core.files import sha256, write_bytes, write_json
from ..core.images import encode_jpeg
from ..core.tables import lookup
from .analysis.traits import Traits
from .analysis_cache import Analysis, load_analysis
from .donor_pool import DonorPool
from .donors import Fit, choose_donors
from .faces import Face
from .fooling import Opponent
from .forge import Accepted, Forged, Forger
from .learned.table import learned_row
from .methods.forgery import Donor, Generator
from .methods.table import GENERATORS
from .plan import DonorFace, PlannedImage, load_donors
from .provenance import how_made
from .recipe import Recipe
from .sources import Photo
from .workspace import Workspace


def forge_photo(
    workspace: Workspace, recipe: Recipe, planned: PlannedImage, opponent: Opponent | None = None
) -> None:
    """Forge, encode and annotate one planned image, unless that is done."""
    photo = planned.photo
    part = workspace.part(photo.sha256)
    if part.exists():
        return
    analysis = load_analysis(workspace, photo.sha256)
    pristine = workspace.load_picture(photo.sha256)
    donors = SplitDonors(workspace, planned.split, photo)
    forger = Forger(photo.sha256, recipe, generators_of(recipe), donors, opponent)
    faces = [measured.face for measured in analysis.faces]
    traits = [measured.traits for measured in analysis.faces]
    forged = forger.forge(pristine, faces, traits, planned.targets)
    encoded = encode_jpeg(forged.image, recipe.jpeg_quality)
    write_bytes(workspace.image(photo.sha256), encoded)
    write_json(part, _part(analysis, forged, encoded, recipe))


def generators_of(recipe: Recipe) -> dict[str, Generator]:
    """The methods that the recipe weighs above 0, by name."""
    return {name: _generator(recipe, name) for name, weight in recipe.methods.items() if weight > 0}


def _generator(recipe: Recipe, name: str) -> Generator:
    if name in recipe.learned:
        return learned_row(name, recipe.learned[name])
    return lookup(GENERATORS, name, "generator")


@dataclass(frozen=True, slots=True)
class SplitDonors:
    """Donors for one photograph: faces of other photographs in its split."""

    workspace: Workspace
    split: str
    photo: Photo

    def fitting(
        self, rng: np.random.Generator, target: Traits, count: int, fit: Fit
    ) -> Sequence[DonorFace]:
        """At most ``count`` fitting donors, best first.

        None is of the photograph's own group: it may be the very person.
        """
        like = self._all().like(self.photo, target, fit)
        chosen = choose_donors(rng, target, [one.traits for one in like], count, fit)
        return [like[index] for index in chosen]

    def open(self, donor: DonorFace) -> Donor:
        """A donor with its photograph's pristine pixels."""
        analysis = _analysis(self.workspace, donor.photo.sha256)
        image = self.workspace.load_picture(donor.photo.sha256)
        return Donor(image, analysis.faces[donor.face].face)

    def _all(self) -> DonorPool:
        path = self.workspace.pool(self.split)
        return _pool(self.workspace, self.split, path.stat().st_mtime_ns)


@lru_cache(maxsize=3)
def _pool(workspace: Workspace, split: str, written: int) -> DonorPool:  # noqa: ARG001 - a file written anew is another key
    return load_donors(workspace, split)


def _analysis(workspace: Workspace, photo: str) -> Analysis:
    written = workspace.analysis(photo).stat().st_mtime_ns
    return _read_analysis(workspace, photo, written)


@lru_cache(maxsize=12)
def _read_analysis(workspace: Workspace, photo: str, written: int) -> Analysis:  # noqa: ARG001 - as in _pool
    return load_analysis(workspace, photo)


def _part(analysis: Analysis, forged: Forged, encoded: bytes, recipe: Recipe) -> dict[str, Any]:
    done = [outcome for outcome in forged.outcomes if outcome.accepted is not None]
    accepted = {outcome.face: outcome.accepted for outcome in done}
    made = {
        outcome.face: how_made(outcome.accepted, recipe.seed, order)
        for order, outcome in enumerate(done, 1)
    }
    return {
        "size": analysis.size,
        "bytes": len(encoded),
        "sha256": sha256(encoded),
        "faces": [
            {
                **annotate(measured.face, accepted.get(index), analysis.size),
                "made": {**(made.get(index) or how_made(None)), "refusal": measured.refusal},
            }
            for index, measured in enumerate(analysis.faces)
        ],
        "scores": [scores for outcome in forged.outcomes if (scores := outcome.scores())],
        "rejected": [
            {"face": outcome.face, **asdict(rejected)}
            for outcome in forged.outcomes
            for rejected in outcome.rejected
        ],
    }


def annotate(face: Face, accepted: Accepted | None, size: tuple[int, int]) -> dict[str, Any]:
    """One face of the final image, from the very arrays that made its pixels."""
    forgery = None if accepted is None else accepted.forgery
    manipulation = None if forgery is None else forgery.manipulation
    moved = None if forgery is None else forgery.region
    landmarks = face.landmarks if forgery is None else forgery.landmarks(face)
    return {
        "region": masks.to_coco(face.region) if moved is None else _rle(moved),
        "keypoints": to_keypoints(landmarks, size),
        "manipulation": _rle(manipulation),
        "boundary": None if manipulation is None else _rle(manipulation_boundary(manipulation)),
    }


def _rle(mask: BoolMask | None) -> Mapping[str, object] | None:
    return None if mask is None else masks.to_coco(masks.encode(mask))


def manipulation_boundary(manipulation: BoolMask) -> BoolMask:
    """The band inside the edge of a manipulation, (H, W).

    Its width is boundary IoU's 2 % of the diagonal, of the manipulation's own box: a
    band relative to the whole image would swallow the small faces of a crowd.
    """
    rows, columns = np.any(manipulation, axis=1).nonzero()[0], np.any(manipulation, 0).nonzero()[0]
    crop = manipulation[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return masks.boundary(manipulation, masks.band_width(crop))
