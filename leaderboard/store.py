"""Where a board keeps its entries: SQLite by default, any database by URL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, String, Text, create_engine, delete, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from ..core.errors import DataError, SubmissionError, UsageError
from ..core.files import parse_json, to_json
from .entries import COMPARED, Entry, require_comparable

FILE: Final = "board.db"


class _Base(DeclarativeBase):
    pass


class _Row(_Base):
    __tablename__ = "entries"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    content: Mapped[str] = mapped_column(Text)


class _Setting(_Base):
    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Store:
    """The entries of one board.

    Args:
        url: of the database, as SQLAlchemy writes it.
    """

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(url)

    @classmethod
    def create(cls, folder: Path, title: str) -> Store:
        """A new board in ``folder``, or the one that is there.

        Raises:
            UsageError: the folder is a file.
        """
        if folder.exists() and not folder.is_dir():
            raise UsageError("the board's folder is a file", where=folder)
        folder.mkdir(parents=True, exist_ok=True)
        store = cls(_url(folder))
        _Base.metadata.create_all(store._engine)
        with Session(store._engine) as session, session.begin():
            session.merge(_Setting(name="title", value=title))
        return store

    @classmethod
    def open(cls, folder: Path) -> Store:
        """The board in ``folder``.

        Raises:
            UsageError: there is none.
        """
        if not (folder / FILE).is_file():
            raise UsageError(
                "there is no board here",
                where=folder,
                expected=FILE,
                mend="Make one: manyfaces board init FOLDER",
            )
        return cls(_url(folder))

    @property
    def title(self) -> str:
        """The board's title.

        Raises:
            DataError: the file is not a board.
        """
        try:
            with Session(self._engine) as session:
                found = session.get(_Setting, "title")
                return found.value if found else "manyfaces"
        except SQLAlchemyError as error:
            raise DataError("this is not a board's database", got=str(error)) from error

    def entries(self) -> Sequence[Entry]:
        """All entries, by name."""
        with Session(self._engine) as session:
            rows = session.scalars(select(_Row).order_by(_Row.name))
            return [
                Entry.model_validate(parse_json(row.content.encode(), where=row.name))
                for row in rows
            ]

    def add(self, entry: Entry) -> None:
        """Add an entry, whole or not at all.

        Raises:
            SubmissionError: its name is taken, or it cannot be compared with the others.
        """
        others = self.entries()
        if others:
            hashes = others[0].result.hashes
            require_comparable(entry, {name: hashes[name] for name in COMPARED if name in hashes})
        row = _Row(id=entry.id, name=entry.name, content=to_json(entry.record()).decode())
        try:
            with Session(self._engine) as session, session.begin():
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
        with Session(self._engine) as session, session.begin():
            found = session.scalar(select(_Row).where(_Row.name == name))
            if found is None:
                raise UsageError("the board has no entry of this name", got=name)
            session.execute(delete(_Row).where(_Row.name == name))


def _url(folder: Path) -> str:
    return f"sqlite:///{(folder / FILE).resolve()}"
