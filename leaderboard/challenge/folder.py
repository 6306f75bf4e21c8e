"""The folder of a challenge: what is public, and what never leaves it.

``challenge.yaml`` · ``manifests/<track>.json`` · ``commitment.json`` · ``ledger.jsonl`` ·
``site/`` are for everyone. ``private/`` holds the truth, the salt, where the data lie, what
was handed in and what it scored; nobody but its owner may enter it.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from ...annotations.dataset import annotation_file
from ...annotations.manifest import FILE as MANIFEST
from ...annotations.manifest import Manifest, read_manifest, write_manifest
from ...benchmark.perturb_dataset import TRACK_FILE
from ...benchmark.protocol import DEFAULT, Protocol
from ...benchmark.tracks import CLEAN, get_track
from ...core.errors import DataError, UsageError
from ...core.files import (
    read_bytes,
    read_json,
    sha256_of_file,
    write_bytes,
    write_json,
    write_text,
)
from .commitment import ALGORITHM, TruthHashes, commit, new_salt
from .rules import Challenge, TrackRules, read_challenge

RULES: Final = "challenge.yaml"
LEDGER: Final = "ledger.jsonl"
PROTOCOL: Final = "protocol.json"


@dataclass(frozen=True, slots=True)
class ChallengeFolder:
    """Paths and public facts of a challenge's folder.

    Args:
        root: the folder.
        rules: as they stand in ``challenge.yaml``.
    """

    root: Path
    rules: Challenge

    @classmethod
    def open(cls, root: Path) -> ChallengeFolder:
        """The challenge in a folder.

        Raises:
            UsageError: there is none.
        """
        if not (root / RULES).is_file():
            raise UsageError(
                "there is no challenge here",
                where=root,
                expected=RULES,
                mend="Make one: manyfaces board init FOLDER --challenge challenge.yaml",
            )
        return cls(root, read_challenge(root / RULES))

    @property
    def private(self) -> Path:
        """What only the owner may read."""
        return self.root / "private"

    @property
    def predictions(self) -> Path:
        """Predictions files, named by their SHA-256."""
        return self.private / "predictions"

    @property
    def results(self) -> Path:
        """Result files with every digit, named by their SHA-256."""
        return self.private / "results"

    @property
    def incoming(self) -> Path:
        """Files on their way in."""
        return self.private / "incoming"

    @property
    def logs(self) -> Path:
        """What workers wrote while they scored, a file a submission."""
        return self.private / "logs"

    @property
    def site(self) -> Path:
        """The published board."""
        return self.root / "site"

    @property
    def ledger(self) -> Path:
        """The ledger as a file."""
        return self.root / LEDGER

    @property
    def reveal(self) -> Path:
        """Truth and salt, once they are published."""
        return self.root / "reveal"

    @property
    def revealed(self) -> bool:
        """Whether the truth has been published."""
        return (self.reveal / "salt.txt").is_file()

    def truth(self, track: str, split: str) -> Path:
        """The annotation file that a track's split is scored against."""
        return self.private / "truth" / track / f"{split}.json"

    def manifest_file(self, track: str) -> Path:
        """The public manifest of a track."""
        return self.root / "manifests" / f"{track}.json"

    def manifest(self, track: str) -> Manifest:
        """The pictures of a track, those of the challenge's splits."""
        return read_manifest(self.manifest_file(track))

    def recipe(self, track: str) -> Mapping[str, Any]:
        """How a track's pictures were perturbed: name, version and hash."""
        found: Mapping[str, Any] = self._facts()["recipes"][track]
        return found

    def withdrawn(self, track: str) -> Sequence[int]:
        """Ids of the track's pictures that were withdrawn since the challenge was made."""
        found: Sequence[int] = self._facts().get("withdrawn", {}).get(track, [])
        return found

    @property
    def commitment(self) -> str:
        """The commitment to the truth."""
        return str(read_json(self.root / "commitment.json")["commitment"])

    @property
    def salt(self) -> str:
        """The commitment's salt; secret until the reveal."""
        return read_bytes(self.private / "salt.txt").decode().strip()

    def data(self, track: str) -> Path:
        """The dataset folder that a track was made from."""
        return Path(read_json(self.private / "data.json")[track])

    @property
    def protocol(self) -> Protocol:
        """The rules of scoring: those of the last rescoring, else this version's."""
        path = self.root / PROTOCOL
        return Protocol.model_validate(read_json(path)) if path.is_file() else DEFAULT

    def _facts(self) -> Mapping[str, Any]:
        facts: Mapping[str, Any] = read_json(self.root / "commitment.json")
        return facts

    def truth_hashes(self) -> TruthHashes:
        """The SHA-256 of every truth file as it is now."""
        return {
            track: {
                name: sha256_of_file(self.truth(track, name)) for name in self.rules.splits.names
            }
            for track in self.rules.track_names
        }

    def manifest_hashes(self) -> dict[str, str]:
        """The SHA-256 of every track's manifest."""
        return {
            track: sha256_of_file(self.manifest_file(track)) for track in self.rules.track_names
        }


def make_challenge(root: Path, rules_file: Path) -> ChallengeFolder:
    """Make a challenge's folder: rules, manifests, a copy of the truth, the commitment.

    Raises:
        UsageError: the rules are wrong, a dataset lacks a split, or a challenge is there.
        DataError: a file cannot be read or written.
    """
    if (root / RULES).exists():
        raise UsageError(
            "there is a challenge here already",
            where=root,
            mend="The truth is committed to: a new challenge needs a new folder",
        )
    rules = read_challenge(rules_file)
    for track in rules.tracks:
        _check_data(track, rules.splits.names)
    folder = ChallengeFolder(root, rules)
    _make_private(folder)
    for track in rules.tracks:
        copy_track(folder, track.name, track.data)
    places = {track.name: str(track.data.resolve()) for track in rules.tracks}
    write_json(folder.private / "data.json", places, indent=True)
    write_text(folder.private / "salt.txt", new_salt() + "\n")
    write_commitment(folder, {track.name: _recipe(track.data) for track in rules.tracks}, {})
    # The rules come last: a folder that has them is whole.
    write_text(root / RULES, _public_yaml(rules))
    return ChallengeFolder.open(root)


def _public_yaml(rules: Challenge) -> str:
    """The rules without the place of the data, which ``private/data.json`` keeps."""
    record = rules.model_dump(mode="json", by_alias=True)
    for track in record["tracks"]:
        track["data"] = f"private/truth/{track['name']}"
    return yaml.safe_dump(record, sort_keys=False, allow_unicode=True)


def _make_private(folder: ChallengeFolder) -> None:
    for path in (folder.private, folder.predictions, folder.results, folder.incoming, folder.logs):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DataError("a folder cannot be made", where=path, got=error.strerror) from error
    folder.private.chmod(0o700)


def _check_data(track: TrackRules, splits: tuple[str, ...]) -> None:
    """Refuse data that cannot be scored on, before anything is made."""
    if not (track.data / MANIFEST).is_file():
        raise UsageError(
            f"the track {track.name!r} has no dataset",
            where=track.data,
            expected=f"a dataset folder with {MANIFEST}",
            mend="Set data in the rules; it is relative to their file",
        )
    here = {row.split for row in read_manifest(track.data / MANIFEST).images}
    for split in splits:
        annotation_file(track.data, split)
        if split not in here:
            raise UsageError(
                f"the manifest has no pictures of split {split!r}", where=track.data / MANIFEST
            )


def copy_track(folder: ChallengeFolder, track: str, data: Path) -> None:
    """Take a track's manifest and truth from its dataset."""
    splits = folder.rules.splits.names
    rows = tuple(row for row in read_manifest(data / MANIFEST).images if row.split in splits)
    write_manifest(folder.manifest_file(track), Manifest(rows))
    for split in splits:
        target = folder.truth(track, split)
        write_bytes(target, read_bytes(annotation_file(data, split)))
        target.chmod(0o400)


def _recipe(data: Path) -> Mapping[str, Any]:
    """How the pictures were perturbed, as the perturbed dataset states it."""
    if (data / TRACK_FILE).is_file():
        found: Mapping[str, Any] = read_json(data / TRACK_FILE)
        return found
    clean = get_track(CLEAN)
    return {"track": clean.name, "version": clean.version, "sha256": clean.sha256}


def write_commitment(
    folder: ChallengeFolder,
    recipes: Mapping[str, Mapping[str, Any]],
    withdrawn: Mapping[str, Sequence[int]],
) -> None:
    """Write ``commitment.json`` for the truth as it is now.

    Args:
        recipes: track → how its pictures were perturbed.
        withdrawn: track → ids of all pictures that it has lost.
    """
    facts = {
        "commitment": commit(folder.truth_hashes(), folder.salt),
        "algorithm": ALGORITHM,
        "splits": list(folder.rules.splits.names),
        "manifests": folder.manifest_hashes(),
        "recipes": {track: dict(recipe) for track, recipe in recipes.items()},
        "withdrawn": {track: list(ids) for track, ids in withdrawn.items() if ids},
    }
    write_json(folder.root / "commitment.json", facts, indent=True)


def reveal(folder: ChallengeFolder) -> Path:
    """Publish truth and salt; asked again, nothing changes.

    Returns:
        The folder ``reveal``.
    """
    staging = folder.root / ".reveal.part"
    shutil.rmtree(staging, ignore_errors=True)
    for track, splits in folder.truth_hashes().items():
        for split in splits:
            target = staging / "truth" / track / f"{split}.json"
            write_bytes(target, read_bytes(folder.truth(track, split)))
    write_text(staging / "salt.txt", folder.salt + "\n")
    write_bytes(staging / "commitment.json", read_bytes(folder.root / "commitment.json"))
    if not folder.revealed:
        shutil.rmtree(folder.reveal, ignore_errors=True)
        staging.rename(folder.reveal)
    shutil.rmtree(staging, ignore_errors=True)
    return folder.reveal
