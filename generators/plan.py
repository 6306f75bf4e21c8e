"""Step two of a build: which photograph goes where, which faces are forged, who may donate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..annotations.splits import assign_splits
from ..core.seeds import seed_of, stream
from .analysis_cache import Analysis, MeasuredFace, Outline, OutlinedFace
from .donor_pool import DonorFace, DonorPool, save_pool
from .recipe import Recipe
from .sources import Photo
from .workspace import Workspace

__all__ = ["DonorFace", "Plan", "PlannedImage", "Skipped", "load_donors", "make_plan"]

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
    """The photographs to look at; left out are exact copies of earlier ones, and unread ones."""
    first: dict[str, Photo] = {}
    left_out = []
    for photo in photos:
        if photo.unread:
            left_out.append(Skipped(photo, photo.unread))
            continue
        kept = first.setdefault(photo.sha256, photo)
        if kept is not photo:
            left_out.append(Skipped(photo, f"exact copy of {kept.name}"))
    return list(first.values()), left_out


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
        recipe.seed if recipe.split_seed is None else recipe.split_seed,
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
    """Write each split's donors where the forging processes search them."""
    for split, donors in plan.donors.items():
        save_pool(workspace.pool(split), donors)


def load_donors(workspace: Workspace, split: str) -> DonorPool:
    """Open the donors of one split."""
    return DonorPool(workspace.pool(split))
