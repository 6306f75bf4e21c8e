"""The board's database: SQLite by default, PostgreSQL by URL.

SQLite runs with a write-ahead log, so that readers never wait for a writer, and a writer
takes its lock when it begins, so that what it has read cannot change under it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import DateTime, Engine, create_engine, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import NullPool
from sqlalchemy.types import TypeDecorator

from ..core.errors import UsageError

FILE: Final = "board.db"
URL_VARIABLE: Final = "MANYFACES_DATABASE"
WAIT: Final = 30.0  # seconds that a writer waits for another


class Base(DeclarativeBase):
    """All tables of a board."""


class Moment(TypeDecorator[datetime]):
    """A time in UTC, aware on both sides; SQLite keeps none of the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """As UTC; a time without zone is a fault of the caller."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(timezone.utc)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        """With its zone."""
        if value is None:
            return None
        return (
            value.replace(tzinfo=timezone.utc)
            if value.tzinfo is None
            else value.astimezone(timezone.utc)
        )


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(timezone.utc)


class Database:
    """Sessions that read, and sessions that write.

    Args:
        url: as SQLAlchemy writes it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._engine = _engine(url)
        # SQLite's writers poll for its one lock; threads of one process queue here instead.
        one_writer = url.startswith("sqlite")
        self._turn: AbstractContextManager[object] = Lock() if one_writer else nullcontext()

    def create(self) -> None:
        """Make the tables that are not there."""
        from . import tables  # noqa: F401 - declares them

        if self._engine.dialect.name == "sqlite":
            with self._engine.connect() as connection:
                # Only outside of a transaction; the file remembers it.
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        Base.metadata.create_all(self._engine)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session on one state of the database."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction: whole, or as if it had never begun."""
        engine = self._engine.execution_options(manyfaces_writes=True)
        with (
            self._turn,
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def close(self) -> None:
        """Let go of all connections, before a process forks for example."""
        self._engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, isolation_level="READ COMMITTED")
    # A connection costs microseconds; one for each session is never shared between threads.
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": WAIT})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's
    # The driver begins transactions late and by its own rules; _begin does it instead.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("manyfaces_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def database_of(folder: Path, url: str | None = None) -> Database:
    """The database of a board's folder: ``url``, else the environment's, else a file in it."""
    chosen = url or os.environ.get(URL_VARIABLE)
    return Database(chosen or f"sqlite:///{(folder / FILE).resolve()}")


def open_database(folder: Path, url: str | None = None) -> Database:
    """The database of a board that has been made.

    Raises:
        UsageError: there is no board in the folder.
    """
    if not (url or os.environ.get(URL_VARIABLE)) and not (folder / FILE).is_file():
        raise UsageError(
            "there is no board here",
            where=folder,
            expected=FILE,
            mend="Make one: manyfaces board init FOLDER",
        )
    return database_of(folder, url)
