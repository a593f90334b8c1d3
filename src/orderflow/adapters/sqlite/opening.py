"""Opening a file: whose it is, of which version, and how it becomes one of this version."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from typing import Final

from ...errors import StorageError
from .failures import is_busy
from .schema import APPLICATION, MIGRATIONS

__all__ = ["opened"]

_PAUSE: Final = 0.02  # seconds


def opened(path: str, synchronous: str, timeout: float) -> sqlite3.Connection:
    """A connection to a file of this version, which is made, or brought to it, if need be.

    Raises:
        sqlite3.Error: If SQLite can't.
        StorageError: If the file is another program's, or of a newer version.
    """
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    try:
        # One transaction: else a file that another process makes meanwhile looks like another program's.
        connection.execute("BEGIN")
        version = _version_of(connection, path)
        connection.execute("COMMIT")
        _keep_a_log_ahead(connection, timeout)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        if version < len(MIGRATIONS):
            _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _version_of(connection: sqlite3.Connection, path: str) -> int:
    """The version of the file; 0 if it is empty.

    Raises:
        StorageError: If it is another program's, or of a newer version.
    """
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION and (application or version or tables):
        raise StorageError(f"{path}: it is another program's database")
    if version > len(MIGRATIONS):
        raise StorageError(
            f"{path}: its version is {version}, and this orderflow knows versions up to {len(MIGRATIONS)}: "
            "update orderflow"
        )
    return int(version)


def _keep_a_log_ahead(connection: sqlite3.Connection, timeout: float) -> None:
    """Use a write-ahead log, also in a copy, which has lost it. SQLite does not wait by itself for others who do."""
    until = time.monotonic() + timeout
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > until:
                raise
        time.sleep(_PAUSE)


def _migrate(connection: sqlite3.Connection, path: str) -> None:
    """Bring the file to this version, in one transaction; another process may have been faster."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version_of(connection, path)
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
