"""Step two of a build: which photograph goes where, which faces are forged, who may donate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..annotations.splits import assign_splits
from ..core.files import read_json, write_json
from ..core.seeds import seed_of, stream
from .analysis.traits import Traits
from .analysis_cache import Analysis, MeasuredFace, Outline, OutlinedFace
from .recipe import Recipe
from .sources import Photo
from .workspace import Workspace

Measured = Analysis | Outline


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """A photograph that becomes an image of the dataset.

    Args:
        image_id: from 1, in an order drawn at random.
        targets: indices of the faces to forge, in this order; none in a pristine image.
    """

    photo: Photo
    image_id: int
    split: str
    targets: tuple[int, ...]

    @property
    def file_name(self) -> str:
        """The image's path under the dataset's ``images`` folder."""
        return f"{self.split}/{self.image_id:06d}.jpg"


@dataclass(frozen=True, slots=True)
class DonorFace:
    """A face that may be a donor; ``photo`` holds its photograph."""

    photo: Photo
    face: int
    traits: Traits


@dataclass(frozen=True, slots=True)
class Skipped:
    """A photograph that is not used, and why."""

    photo: Photo
    reason: str


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """What the build will do, the same for the same recipe and source."""

    images: tuple[PlannedImage, ...]
    donors: Mapping[str, tuple[DonorFace, ...]]
    skipped: tuple[Skipped, ...]


def distinct(photos: Sequence[Photo]) -> tuple[list[Photo], list[Skipped]]:
    """The photographs without exact copies of earlier ones, and those copies."""
    first: dict[str, Photo] = {}
    copies = []
    for photo in photos:
        kept = first.setdefault(photo.sha256, photo)
        if kept is not photo:
            copies.append(Skipped(photo, f"exact copy of {kept.name}"))
    return list(first.values()), copies


def make_plan(photos: Sequence[Photo], analyses: Sequence[Measured], recipe: Recipe) -> Plan:
    """Plan distinct photographs, given with their analyses, for one recipe."""
    used = [pair for pair in zip(photos, analyses, strict=True) if pair[1].skipped is None]
    skipped = tuple(
        Skipped(photo, analysis.skipped)
        for photo, analysis in zip(photos, analyses, strict=True)
        if analysis.skipped is not None
    )
    splits = _splits(used, recipe)
    # In an order drawn at random: sources list like with like, and a number that says where
    # a picture comes from may say whether it could be forged.
    order = sorted(
        zip(used, splits, strict=True),
        key=lambda row: seed_of(recipe.seed, row[0][0].sha256, "number"),
    )
    images = tuple(
        PlannedImage(photo, number, split, choose_targets(photo, analysis, recipe))
        for number, ((photo, analysis), split) in enumerate(order, 1)
    )
    donors = {
        name: tuple(
            donor
            for (photo, analysis), split in zip(used, splits, strict=True)
            if split == name
            for donor in _donors(photo, analysis)
        )
        for name in recipe.splits
    }
    return Plan(images, donors, skipped)


def _splits(used: Sequence[tuple[Photo, Measured]], recipe: Recipe) -> list[str]:
    return assign_splits(
        [photo.group for photo, _ in used],
        [analysis.fingerprint for _, analysis in used],
        recipe.splits,
        recipe.seed,
    )


def _donors(photo: Photo, analysis: Measured) -> list[DonorFace]:
    faces: Sequence[MeasuredFace | OutlinedFace] = analysis.faces
    return [
        DonorFace(photo, index, measured.traits)
        for index, measured in enumerate(faces)
        if measured.refusal is None and measured.traits is not None
    ]


def choose_targets(photo: Photo, analysis: Measured, recipe: Recipe) -> tuple[int, ...]:
    """The faces of one photograph to forge: none where it is to stay pristine.

    Each forgeable face draws a number from its own stream; those below ``recipe.forged``
    are taken, the lowest first and always at least one, at most ``recipe.max_forged``.
    """
    if stream(recipe.seed, photo.sha256, "pristine").random() < recipe.pristine:
        return ()
    faces: Sequence[MeasuredFace | OutlinedFace] = analysis.faces
    draws = sorted(
        (float(stream(recipe.seed, photo.sha256, index, "forge").random()), index)
        for index, measured in enumerate(faces)
        if measured.refusal is None
    )
    count = max(1, sum(draw < recipe.forged for draw, _ in draws))
    return tuple(index for _, index in draws[: min(count, recipe.max_forged)])


def save_donors(workspace: Workspace, plan: Plan) -> None:
    """Write each split's donors where the forging processes read them."""
    for split, donors in plan.donors.items():
        write_json(workspace.pool(split), [_donor_to_json(donor) for donor in donors])


def load_donors(workspace: Workspace, split: str) -> tuple[DonorFace, ...]:
    """Read the donors of one split."""
    return tuple(
        DonorFace(_photo(row["photo"]), row["face"], Traits.from_json(row["traits"]))
        for row in read_json(workspace.pool(split))
    )


def _photo(row: Mapping[str, Any]) -> Photo:
    return Photo(**{**row, "known": ()})


def _donor_to_json(donor: DonorFace) -> dict[str, Any]:
    return {
        # Its known faces are measured by now.
        "photo": asdict(replace(donor.photo, known=())),
        "face": donor.face,
        "traits": donor.traits.to_json(),
    }
