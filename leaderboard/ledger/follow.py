"""Following a dataset from which photographs were withdrawn, and revealing the truth."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ...annotations.manifest import FILE as MANIFEST
from ...annotations.manifest import ManifestEntry, read_manifest
from ...core.errors import DataError
from ...core.files import parse_json
from ..challenge.folder import ChallengeFolder, copy_track, reveal, write_commitment
from ..database import Database, now
from ..tables import LedgerRow
from .chain import append, write_file


def follow_data(folder: ChallengeFolder, database: Database) -> Mapping[str, Sequence[int]]:
    """Take over that photographs have left the datasets; score again afterwards.

    Returns:
        Track → ids of the pictures that are gone. All empty where nothing has changed.

    Raises:
        DataError: a dataset differs in more than what it lost.
    """
    gone = {track: _gone(folder, track) for track in folder.rules.track_names}
    recipes = {track: folder.recipe(track) for track in gone}
    withdrawn = _all_gone(folder, database, gone)
    for track, ids in gone.items():
        if ids:
            copy_track(folder, track, folder.data(track))
    if any(list(folder.withdrawn(track)) != ids for track, ids in withdrawn.items()):
        write_commitment(folder, recipes, withdrawn)
    _record(folder, database, gone)
    return gone


def _gone(folder: ChallengeFolder, track: str) -> Sequence[int]:
    data, splits = folder.data(track), folder.rules.splits.names
    ours = _rows(folder.manifest(track).images, splits)
    theirs = _rows(read_manifest(data / MANIFEST).images, splits)
    strange = [key for key, row in theirs.items() if ours.get(key) != row]
    if strange:
        raise DataError(
            "the dataset has pictures that the challenge was not made with",
            where=data / MANIFEST,
            got=f"image {strange[0]}, new or changed",
            expected="those of the challenge, or fewer",
        )
    return sorted(ours.keys() - theirs.keys())


def _all_gone(
    folder: ChallengeFolder, database: Database, gone: Mapping[str, Sequence[int]]
) -> dict[str, list[int]]:
    """The ids that each track has lost: now, as the folder says, and as the ledger says."""
    known = {track: {*folder.withdrawn(track), *ids} for track, ids in gone.items()}
    for body in _truths(database):
        for track, ids in body.get("pictures_gone", {}).items():
            known[track].update(ids)
    return {track: sorted(ids) for track, ids in known.items()}


def _rows(rows: Sequence[ManifestEntry], splits: Sequence[str]) -> dict[int, ManifestEntry]:
    return {row.id: row for row in rows if row.split in splits}


def _record(folder: ChallengeFolder, database: Database, gone: Mapping[str, Sequence[int]]) -> None:
    """Write the new commitment into the ledger, unless it is the last one there."""
    if committed(database) == folder.commitment:
        return
    body = {
        "commitment": folder.commitment,
        "manifests": folder.manifest_hashes(),
        "pictures_gone": {track: list(ids) for track, ids in gone.items()},
    }
    with database.write() as session:
        append(session, "truth changed", body, now())
    write_file(database, folder.ledger)
    if folder.revealed:
        shutil.rmtree(folder.reveal)
        reveal(folder)


def committed(database: Database) -> str | None:
    """The last commitment in the ledger."""
    return next((str(body["commitment"]) for body in _truths(database)), None)


def _truths(database: Database) -> Iterator[Mapping[str, Any]]:
    """What the ledger says of the truth and its changes, the latest first."""
    with database.read() as session:
        rows = session.scalars(select(LedgerRow).order_by(LedgerRow.number.desc()))
        for row in rows:
            record = parse_json(row.content.encode(), where="the ledger")
            if record["kind"] in {"challenge", "truth changed"}:
                yield record["body"]


def reveal_truth(folder: ChallengeFolder, database: Database) -> Path:
    """Publish truth and salt, and note it in the ledger, once."""
    first = not folder.revealed
    place = reveal(folder)
    if first:
        body = {
            "salt": folder.salt,
            "commitment": folder.commitment,
            "truth": folder.truth_hashes(),
        }
        with database.write() as session:
            append(session, "revealed", body, now())
        write_file(database, folder.ledger)
    return place
