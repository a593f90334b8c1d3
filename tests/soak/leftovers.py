"""What a soak must not leave behind: connections, transactions, locks, a damaged file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from soak.settings import Settings

__all__ = ["leftovers"]

_SESSIONS: Final = """
SELECT count(*), count(*) FILTER (WHERE state LIKE 'idle in transaction%') FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_TRIES: Final = 50
_PAUSE: Final = 0.1  # seconds


def leftovers(settings: Settings) -> list[str]:
    """What is left behind, once every process of the shop is gone."""
    return list(_of_a_file(settings) if settings.kind == "sqlite" else _of_a_server(settings))


def _of_a_file(settings: Settings) -> Iterator[str]:
    path = settings.folder / "shop.db"
    if (settings.folder / "shop.db-wal").exists():
        yield "a connection is open: the log is there after the last one should have closed it"
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            yield f"somebody holds a lock: {error}"
        (state,) = connection.execute("PRAGMA integrity_check").fetchone()
        if state != "ok":
            yield f"the file is damaged: {state}"


def _of_a_server(settings: Settings) -> Iterator[str]:
    from sqlalchemy import create_engine, text  # noqa: PLC0415

    engine = create_engine(settings.url)
    try:
        with engine.connect() as connection:
            for _ in range(_TRIES):  # a session takes a moment to end after its client has
                sessions, idle = connection.execute(text(_SESSIONS)).one()
                if not sessions:
                    return
                connection.rollback()
                time.sleep(_PAUSE)
            yield f"{sessions} connections are open, {idle} of them idle in a transaction"
    finally:
        engine.dispose()
