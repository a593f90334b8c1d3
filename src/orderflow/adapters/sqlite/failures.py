"""What SQLite raises, told as the error that the port allows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from ...errors import StorageError

__all__ = ["is_busy", "told"]

_REASONS: Final = {
    sqlite3.SQLITE_BUSY: "another process has held its lock for too long",
    sqlite3.SQLITE_LOCKED: "another connection has held its lock for too long",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "it may only be read",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: it must be a file in a folder that is there and may be written to",
    sqlite3.SQLITE_CORRUPT: "it is damaged",
    sqlite3.SQLITE_NOTADB: "it is no SQLite database",
    sqlite3.SQLITE_IOERR: "the disk failed",
    sqlite3.SQLITE_CONSTRAINT: "a constraint would break, and nothing was written",
}


def is_busy(error: sqlite3.Error) -> bool:
    """Whether it failed only because another connection has the lock."""
    return _code_of(error) == sqlite3.SQLITE_BUSY


@contextmanager
def told(path: str) -> Iterator[None]:
    """What SQLite raises becomes a StorageError that names the file, and tells nothing that is in it.

    Raises:
        StorageError: If SQLite fails, or is given what it can't hold.
    """
    try:
        yield
        return
    except sqlite3.Error as error:
        reason = _REASONS.get(_code_of(error), "SQLite failed")
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    except (OverflowError, UnicodeError) as error:
        reason, name = "SQLite cannot hold a value", type(error).__name__
    raise StorageError(f"{path}: {reason} ({name})")


def _code_of(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", 0)  # sqlite3's own errors have none
    return code & 0xFF
