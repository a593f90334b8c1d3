"""The connections to a file: one for each thread, each opened, checked and closed in the same way."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from ...errors import StorageError
from .schema import APPLICATION, MIGRATIONS

__all__ = ["Connections"]

_REASONS: Final = {
    sqlite3.SQLITE_BUSY: "another process has held its lock for too long",
    sqlite3.SQLITE_LOCKED: "another connection has held its lock for too long",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it may only be read",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_CONSTRAINT: "a constraint would break, and nothing was written",
}
_PAUSE: Final = 0.02  # seconds


class _Held:
    """A thread's connection: closed when the thread ends, and nobody holds this any more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.process = os.getpid()

    def close(self) -> None:
        if self.process == os.getpid():  # what a fork has copied is its parent's to close
            self.connection.close()

    def __del__(self) -> None:
        self.close()


class Connections:
    """The connections of one storage.

    Args:
        path: The file.
        synchronous: `FULL` or `NORMAL`: whether a commit outlives a power cut.
        timeout: How long to wait for another process's lock, in seconds.
    """

    def __init__(self, path: str, synchronous: str, timeout: float) -> None:
        self._path = path
        self._synchronous = synchronous
        self._timeout = timeout
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._is_closed = False

    def close(self) -> None:
        """Close every connection, whichever thread's it is."""
        with self._lock:
            self._is_closed = True
            for held in list(self._all):
                held.close()
            self._all.clear()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection to read with; each statement sees one state.

        Raises:
            StorageError: If the file can't be read.
        """
        with self._told():
            yield self._of_this_thread()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction that nobody else writes during: committed at the end, or rolled back.

        Raises:
            StorageError: If the file can't be written; if the commit itself failed, it is there or it is not.
        """
        with self._told():
            connection = self._of_this_thread()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    self._roll_back(connection)

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:  # nothing can be said of it any more: the next call gets a new one
            del self._mine.held
            connection.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What SQLite raises becomes a StorageError that names the file, and tells nothing that is in it."""
        try:
            yield
            return
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            reason = _REASONS.get(code & 0xFF, "") if code is not None else ""
            name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        raise StorageError(f"{self._path}: {reason} ({name})" if reason else f"{self._path}: SQLite failed ({name})")

    def _of_this_thread(self) -> sqlite3.Connection:
        held: _Held | None = getattr(self._mine, "held", None)
        if held is None or held.process != os.getpid():
            held = _Held(self._opened())
            with self._lock:
                if self._is_closed:
                    held.close()
                else:
                    self._all.add(held)
            self._mine.held = held
        if self._is_closed:
            raise StorageError(f"{self._path}: the storage is closed")
        return held.connection

    def _opened(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = self._version_of(connection)
        if version < len(MIGRATIONS):
            self._patiently(connection, "PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        if version < len(MIGRATIONS):
            self._migrate(connection)

    def _version_of(self, connection: sqlite3.Connection) -> int:
        """The version of the file; 0 if it is empty.

        Raises:
            StorageError: If it is another program's, or of a newer version.
        """
        (application,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if application != APPLICATION and (application or version or tables):
            raise StorageError(f"{self._path}: it is another program's database")
        if version > len(MIGRATIONS):
            raise StorageError(
                f"{self._path}: its version is {version}, and this orderflow knows versions up to {len(MIGRATIONS)}: "
                "update orderflow"
            )
        return int(version)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Bring the file to this version, in one transaction; another process may have been faster."""
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = self._version_of(connection)
            for migration in MIGRATIONS[version:]:
                for statement in migration.split(";\n"):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _patiently(self, connection: sqlite3.Connection, statement: str) -> None:
        """Change the journal: SQLite does not wait by itself for others who are about to do the same."""
        until = time.monotonic() + self._timeout
        while True:
            try:
                connection.execute(statement)
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
            time.sleep(_PAUSE)
