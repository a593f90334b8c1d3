"""Files with many orders, made fast; and connections that tell what the adapter has SQLite do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.adapters.sqlite.schema import APPLICATION, MIGRATIONS
from orderflow.testing.contracts.storage.built import NOW, keep, order, owed

STORES = 4
STATUSES = ("received", "accepted", "declined", "canceled", "pending_payment", "expired", "completed")
_MANY = """
WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)
INSERT INTO orders ({names})
SELECT {values} FROM numbers, template.orders AS one
"""
#: What differs from order to order; the rest is as it is in the template.
_VALUES = {
    "id": "printf('ord-%08d', n)",
    "store_id": f"'studio-' || (n % {STORES})",
    "status": f"CASE n % {len(STATUSES)} {' '.join(f'WHEN {i} THEN {s!r}' for i, s in enumerate(STATUSES))} END",
    "placed_at": "one.placed_at + n * 1000000",
    "item_name": "'item ' || (n * 7919 % 1000)",
    "minor_units": "n * 31 % 5000",
    "transaction_id": "'tx-' || (n * 104729 % 100003)",
    "webhook": "CASE n % 3 WHEN 0 THEN 'pending' WHEN 1 THEN 'delivered' ELSE 'none' END",
    "due_at": "CASE WHEN n % 100 = 0 THEN one.placed_at + n END",
}


def filled(path: Path, count: int) -> Path:
    """A file of the first version with so many orders: opening it builds the indexes of the order page."""
    template = path.with_suffix(".template")
    storage = SQLiteStorage(template, synchronous="NORMAL")
    keep(storage, order("template"), owed(1, "in_app", order_id="template"))
    storage.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        begun(connection)
        connection.execute("ATTACH ? AS template", (str(template),))
        names = [row[1] for row in connection.execute("PRAGMA table_info (orders)")]
        values = ", ".join(_VALUES.get(name, f"one.{name}") for name in names)
        connection.execute(_MANY.format(names=", ".join(names), values=values), {"count": count})
    return path


def begun(connection: sqlite3.Connection) -> None:
    """Make a file one of the first version."""
    connection.executescript(MIGRATIONS[0])
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("PRAGMA user_version = 1")


class Watched(sqlite3.Connection):
    """A connection that keeps what it is asked."""

    statements: list[tuple[str, Any]]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.statements = []

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        self.statements.append((sql, values))
        return super().execute(sql, values)

    def executemany(self, sql: str, several: Iterable[Any], /) -> sqlite3.Cursor:
        told = list(several)
        self.statements += [(sql, values) for values in told[:1]]
        return super().executemany(sql, told)

    def plans(self) -> list[str]:
        """How SQLite goes about what it was asked since the last time, step by step."""
        asked, self.statements = self.statements, []
        return [
            row[3]
            for sql, values in asked
            if sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))
            for row in super(Watched, self).execute(f"EXPLAIN QUERY PLAN {sql}", values)
        ]


@contextmanager
def opened_with(kind: type[sqlite3.Connection], path: Path, **options: Any) -> Iterator[tuple[SQLiteStorage, Any]]:
    """A storage whose connections are of that kind, and the first of them."""
    connect, made = sqlite3.connect, []

    def connecting(*args: Any, **kwargs: Any) -> sqlite3.Connection:
        made.append(connect(*args, **{"factory": kind, **kwargs}))
        return made[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", connecting)
        storage = SQLiteStorage(path, **{"synchronous": "NORMAL", **options})
        yield storage, made[0]
    storage.close()


__all__ = ["NOW", "STATUSES", "STORES", "Watched", "begun", "filled", "opened_with"]
