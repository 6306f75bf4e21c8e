"""The entries that a maintainer adds by hand from result files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from ..core.errors import DataError, SubmissionError, UsageError
from ..core.files import parse_json, to_json
from .database import FILE, Database, database_of, open_database
from .entries import COMPARED, Entry, first_fault, require_comparable
from .tables import EntryRow, Setting


class Store:
    """The entries of one board.

    Args:
        database: of the board.
    """

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def create(cls, folder: Path, title: str, url: str | None = None) -> Store:
        """A new board in ``folder``, or the one that is there.

        Raises:
            UsageError: the folder is a file.
        """
        if folder.exists() and not folder.is_dir():
            raise UsageError("the board's folder is a file", where=folder)
        folder.mkdir(parents=True, exist_ok=True)
        store = cls(database_of(folder, url))
        store.database.create()
        if (folder / FILE).is_file():
            # Accounts and notes are nobody else's business.
            (folder / FILE).chmod(0o600)
        with store.database.write() as session:
            session.merge(Setting(name="title", value=title))
        return store

    @classmethod
    def open(cls, folder: Path, url: str | None = None) -> Store:
        """The board in ``folder``.

        Raises:
            UsageError: there is none.
        """
        return cls(open_database(folder, url))

    @property
    def title(self) -> str:
        """The board's title.

        Raises:
            DataError: the file is not a board.
        """
        try:
            with self.database.read() as session:
                found = session.get(Setting, "title")
                return found.value if found else "manyfaces"
        except SQLAlchemyError as error:
            raise DataError("this is not a board's database", got=str(error)) from error

    def entries(self) -> Sequence[Entry]:
        """All entries, by name.

        Raises:
            DataError: one is not as an entry should be; it is named.
        """
        with self.database.read() as session:
            rows = session.scalars(select(EntryRow).order_by(EntryRow.name)).all()
        return [_entry(row.name, row.content) for row in rows]

    def add(self, entry: Entry) -> None:
        """Add an entry, whole or not at all.

        Raises:
            SubmissionError: its name is taken, or it cannot be compared with the others.
        """
        others = self.entries()
        if others:
            hashes = others[0].result.hashes
            require_comparable(entry, {name: hashes[name] for name in COMPARED if name in hashes})
        row = EntryRow(id=entry.id, name=entry.name, content=to_json(entry.record()).decode())
        try:
            with self.database.write() as session:
                session.add(row)
        except IntegrityError as error:
            raise SubmissionError(
                "the board has an entry of this name or content",
                where=entry.name,
                mend="Remove that one first, or choose another name",
            ) from error

    def remove(self, name: str) -> None:
        """Remove an entry by name.

        Raises:
            UsageError: there is none.
        """
        with self.database.write() as session:
            found = session.scalar(select(EntryRow).where(EntryRow.name == name))
            if found is None:
                raise UsageError("the board has no entry of this name", got=name)
            session.execute(delete(EntryRow).where(EntryRow.name == name))


def _entry(name: str, content: str) -> Entry:
    try:
        return Entry.model_validate(parse_json(content.encode(), where=name))
    except ValidationError as error:
        fault = first_fault(error)
        raise DataError(
            f"the entry's {fault.field} is wrong",
            where=name,
            got=fault.got,
            expected=fault.expected,
            mend="Remove it (manyfaces board remove) and add it again",
        ) from error
