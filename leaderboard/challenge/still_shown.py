"""Photographs that were withdrawn from one track's dataset and still show on another track.

A perturbed track is a dataset of its own, and a photograph must be withdrawn from it as well.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...annotations.release.contents import all_lines
from ...annotations.release.tombstones import read_tombstones
from ...annotations.release.touched import SHORT, images_of
from .folder import ChallengeFolder


@dataclass(frozen=True, slots=True)
class StillShown:
    """A track that shows a photograph which another track's dataset has lost.

    Args:
        track: its name.
        data: its dataset's folder.
        photograph: SHA-256.
        images: ids of the track's pictures that show it, or a face from it.
    """

    track: str
    data: Path
    photograph: str
    images: Sequence[int]

    @property
    def text(self) -> str:
        """One clause, with the command that mends it."""
        ids = ", ".join(map(str, self.images))
        return (
            f"{self.track} still shows a withdrawn photograph (image {ids}): "
            f"manyfaces release {shlex.quote(str(self.data))} "
            f"--withdraw {self.photograph[:SHORT]}, then `board withdraw` again"
        )


def still_shown(folder: ChallengeFolder) -> list[StillShown]:
    """What a withdrawal has missed, told by the photographs' hashes in the provenance.

    A track whose dataset has no provenance cannot be looked at, and is passed over.

    Raises:
        DataError: tombstones or provenance cannot be read.
    """
    tracks = folder.rules.track_names
    stones = [stone for track in tracks for stone in read_tombstones(folder.data(track))]
    gone = dict.fromkeys(stone.photograph for stone in stones)
    return [found for track in tracks for found in _on_track(folder, track, list(gone))]


def _on_track(folder: ChallengeFolder, track: str, gone: Sequence[str]) -> list[StillShown]:
    if not gone:
        return []
    data = folder.data(track)
    lines = all_lines(data, folder.rules.splits.names)
    here = {row.id for row in folder.manifest(track).images}
    found = []
    for photograph in gone:
        images = here & set().union(*images_of(lines, photograph).values())
        if images:
            found.append(StillShown(track, data, photograph, sorted(images)))
    return found
