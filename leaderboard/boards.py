"""A challenge's board as one thing: its folder, its database, its desk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .challenge.folder import LEDGER, RULES, ChallengeFolder, make_challenge
from .database import Database, now, open_database
from .ledger.chain import append, write_file
from .ledger.follow import committed
from .publishing import Publisher
from .scoring.score import software
from .store import Store
from .submissions.desk import Desk


@dataclass(frozen=True, slots=True)
class Board:
    """The parts of a challenge's board."""

    folder: ChallengeFolder
    database: Database

    @property
    def desk(self) -> Desk:
        """Takes submissions."""
        return Desk(self.folder, self.database)

    @property
    def publisher(self) -> Publisher:
        """Writes the static board."""
        return Publisher(self.folder, self.database)


def create_board(root: Path, rules: Path, url: str | None = None) -> Board:
    """Make a challenge's folder and database, and open its ledger with the commitment.

    The ledger's file comes last: a folder that lacks it was interrupted, and is finished.

    Raises:
        UsageError, DataError: as ``make_challenge``.
    """
    begun = (root / RULES).is_file() and not (root / LEDGER).exists()
    folder = ChallengeFolder.open(root) if begun else make_challenge(root, rules)
    store = Store.create(root, folder.rules.title, url)
    body = {
        "title": folder.rules.title,
        "rules": folder.rules.public_record(),
        "commitment": folder.commitment,
        "manifests": folder.manifest_hashes(),
        "recipes": {track: folder.recipe(track)["sha256"] for track in folder.rules.track_names},
        "protocol": folder.protocol.sha256,
        "software": software(),
    }
    if committed(store.database) is None:
        with store.database.write() as session:
            append(session, "challenge", body, now())
    write_file(store.database, folder.ledger)
    return Board(folder, store.database)


def open_board(root: Path, url: str | None = None) -> Board:
    """The challenge's board in a folder.

    Raises:
        UsageError: there is none.
    """
    return Board(ChallengeFolder.open(root), open_database(root, url))
