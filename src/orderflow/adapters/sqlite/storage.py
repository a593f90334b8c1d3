"""The storage: each method of the port as one transaction on the file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from ...command import CommandRecord
from ...errors import StorageError, ValidationError
from ...message import Channel, Delivery, InboxPage, MessageState, Owed, inbox_cursor, inbox_position
from ...order import Order
from ...ports import Claimed
from ...query import OrderPage, OrderQuery, search_words
from ...status import OrderStatus
from .. import rows
from ..finding import Dialect, find
from .claims import claim_due, claim_messages
from .connections import Connections

__all__ = ["SQLiteStorage"]

_WEBHOOK: Final = Channel.WEBHOOK.value
_DIALECT: Final = Dialect(orders="orders", words="words", position="instr", unindexed="+", few_first="CROSS JOIN")
_LOAD: Final = """
SELECT 0 AS part, 0 AS place, record FROM orders WHERE id = :id
UNION ALL SELECT 1, seq, record FROM events WHERE order_id = :id
UNION ALL SELECT 2, position, record FROM attempts WHERE order_id = :id
UNION ALL SELECT 3, number, record FROM notes WHERE order_id = :id
"""
_STORED: Final = """
SELECT version, commit_id, events, events_digest, notes, notes_digest, store_id, customer_id, verified, placed_at,
    item_name, currency, minor_units, status, transaction_id, webhook, customer_name, needs_review, payment_due_at,
    due_at, held_until
FROM orders WHERE id = ?
"""
_KEEP_ATTEMPT: Final = """
INSERT INTO attempts (order_id, key, position, purpose, state, record) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (order_id, key) DO UPDATE SET position = excluded.position, purpose = excluded.purpose,
    state = excluded.state, record = excluded.record
WHERE excluded.record <> record OR excluded.position <> position
"""
_KEEP_COMMAND: Final = """
INSERT INTO commands (order_id, key, record) VALUES (:order_id, :key, :record)
ON CONFLICT (order_id, key) DO UPDATE SET record = excluded.record
"""
_TELL_WEBHOOK: Final = """
UPDATE orders SET webhook = (
    SELECT CASE
        WHEN sum(state = 'failed') > 0 THEN 'failed'
        WHEN sum(state = 'waiting') > 0 THEN 'pending'
        ELSE 'delivered' END
    FROM messages WHERE order_id = orders.id AND route = 'webhook')
WHERE id = (SELECT order_id FROM messages WHERE id = ? AND route = 'webhook')
"""
_HELD_AGAINST: Final = ("version", "commit_id", "events", "events_digest", "notes", "notes_digest")
_MARK_READ: Final = """
UPDATE messages SET read_at = ? WHERE id = ? AND recipient = ? AND route = 'in_app' AND read_at IS NULL
"""
_RECORD: Final = """
UPDATE messages SET token = NULL, state = ?, tries = ?, next_try = ?, error = ?, delivered_at = ?
WHERE id = ? AND token IS ?
"""


class SQLiteStorage:
    """Keeps orders in one SQLite file. Threads may share it, and any number of processes may open the file.

    It makes its tables, and brings a file of an older version to its own. Each thread has a connection of its own,
    opened when it is first needed. See `orderflow.ports.Storage` for what it promises.

    Args:
        path: The file; it is made if it is not there. It must be on a disk of this machine: SQLite's locks do not
            work over most network file systems.
        synchronous: `"FULL"`: what was committed outlives a power cut. `"NORMAL"`: it outlives the process, and a
            power cut may take the last commits, which is several times as fast.
        timeout: How long a call waits for others to finish writing, in seconds: first for the threads of this process,
            then for other processes.

    Raises:
        ValidationError: If an argument is not what it must be.
        StorageError: If the file can't be opened or made, is no database, another program's, or of a newer version.
    """

    def __init__(
        self, path: str | os.PathLike[str], *, synchronous: Literal["FULL", "NORMAL"] = "FULL", timeout: float = 10.0
    ) -> None:
        told = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
        if not isinstance(told, str) or not told or "\0" in told or told == ":memory:" or told.startswith("file:"):
            raise ValidationError("path must be the path of a file; MemoryStorage keeps orders in memory")
        if synchronous not in ("FULL", "NORMAL"):
            raise ValidationError("synchronous must be FULL or NORMAL")
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 <= timeout <= 3600:
            raise ValidationError("timeout must be 0 to 3600 seconds")
        self._connections = Connections(told, synchronous, timeout)  # says what is wrong with the file

    def close(self) -> None:
        """Close every connection. Every later call raises StorageError."""
        self._connections.close()

    def load(self, order_id: str) -> Order | None:
        """See `orderflow.ports.Storage.load`."""
        with self._connections.reading() as connection:
            found = connection.execute(_LOAD, {"id": order_id}).fetchall()
        parts: tuple[list[str], ...] = ([], [], [], [])
        for part, _, record in sorted(found):
            parts[part].append(record)
        own, events, attempts, notes = parts
        return rows.loaded(own[0], events, attempts, notes) if own else None

    def commit(
        self,
        order: Order,
        *,
        expected_version: int,
        commit_id: str,
        messages: Sequence[Owed] = (),
        command: CommandRecord | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """See `orderflow.ports.Storage.commit`."""
        told = rows.written(order)
        owed = [rows.message_row(one) for one in messages]
        with self._connections.writing() as connection:
            before = next(iter(_named(connection.execute(_STORED, (order.id,)))), None)
            stored = rows.Stored(**{name: before[name] for name in _HELD_AGAINST}) if before is not None else None
            if not rows.check(
                order,
                told,
                stored,
                expected_version=expected_version,
                commit_id=commit_id,
                messages=messages,
                command=command,
            ):
                return
            columns = {
                **told.columns,
                "commit_id": commit_id,
                "webhook": rows.webhook(before["webhook"] if before is not None else None, owed),
                "due_at": rows.micros(due_at),
                "held_until": None,
            }
            if before is None:
                _create(connection, order, columns)
            else:
                _replace(connection, before, columns)
            _keep_parts(connection, order, told, stored)
            _keep_messages(connection, owed)
            if command is not None:
                connection.execute(_KEEP_COMMAND, rows.command_row(command))

    def find_command(self, order_id: str, key: str) -> CommandRecord | None:
        """See `orderflow.ports.Storage.find_command`."""
        with self._connections.reading() as connection:
            found = connection.execute(
                "SELECT record FROM commands WHERE order_id = ? AND key = ?", (order_id, key)
            ).fetchone()
        return rows.told_command(found[0]) if found is not None else None

    def find(self, query: OrderQuery) -> OrderPage:
        """See `orderflow.ports.Storage.find`. It walks an index; no page costs more for being far from the first."""
        search = find(query, _DIALECT)
        with self._connections.reading() as connection:
            try:
                sql, values = next(search)
                while True:
                    sql, values = search.send(connection.execute(sql, values).fetchall())
            except StopIteration as end:
                page: OrderPage = end.value
                return page

    def counts(self, store_id: str) -> Mapping[OrderStatus, int]:
        """See `orderflow.ports.Storage.counts`."""
        with self._connections.reading() as connection:
            told = dict(
                connection.execute(
                    "SELECT status, count(*) FROM orders WHERE store_id = ? AND verified = 1 GROUP BY status",
                    (store_id,),
                ).fetchall()
            )
        return {status: told.get(status.value, 0) for status in OrderStatus}

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        """See `orderflow.ports.Storage.claim_due`."""
        with self._connections.writing() as connection:
            return claim_due(connection, now, now + lease, limit)

    def claim_messages(
        self, *, now: datetime, lease: timedelta, limit: int, routes: frozenset[str], order_id: str | None = None
    ) -> Sequence[Owed]:
        """See `orderflow.ports.Storage.claim_messages`."""
        with self._connections.writing() as connection:
            return claim_messages(connection, now, now + lease, limit, sorted(routes), order_id)

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """See `orderflow.ports.Storage.record_deliveries`."""
        with self._connections.writing() as connection:
            for one in deliveries:
                done = rows.micros(one.at) if one.state == "delivered" else None
                values = (one.state.value, one.tries, rows.micros(one.next_try), one.error, done, one.id, one.token)
                if connection.execute(_RECORD, values).rowcount:
                    connection.execute(_TELL_WEBHOOK, (one.id,))

    def messages(self, order_id: str) -> Sequence[MessageState]:
        """See `orderflow.ports.Storage.messages`."""
        with self._connections.reading() as connection:
            found = _named(
                connection.execute(
                    "SELECT * FROM messages WHERE order_id = ? ORDER BY seq, recipient, route", (order_id,)
                )
            )
        return tuple(rows.message_state(row) for row in found)

    def inbox(self, recipient: str, *, unread_only: bool, limit: int, after: str | None) -> InboxPage:
        """See `orderflow.ports.Storage.inbox`."""
        sql = (
            "SELECT message, read_at, occurred_at, order_id, seq FROM messages WHERE route = 'in_app' AND recipient = ?"
        )
        values: list[Any] = [recipient]
        if unread_only:
            sql += " AND read_at IS NULL"
        if after is not None:
            sql += " AND (occurred_at, order_id, seq) < (?, ?, ?)"
            values += inbox_position(after)
        sql += " ORDER BY occurred_at DESC, order_id DESC, seq DESC LIMIT ?"
        with self._connections.reading() as connection:
            found = connection.execute(sql, (*values, limit + 1)).fetchall()
        shown = [rows.told_message(message, read_at) for message, read_at, *_ in found[:limit]]
        return InboxPage(
            [message for message in shown if message is not None],
            inbox_cursor(tuple(found[limit - 1][2:])) if len(found) > limit else None,
        )

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        """See `orderflow.ports.Storage.mark_read`."""
        with self._connections.writing() as connection:
            connection.executemany(
                _MARK_READ,
                [(rows.micros(at), message_id, recipient) for message_id in message_ids],
            )


def _create(connection: sqlite3.Connection, order: Order, columns: dict[str, Any]) -> None:
    found_by = search_words(order)
    columns["words"] = rows.told_words(found_by)
    connection.execute(_insert("orders", columns), columns)
    connection.executemany("INSERT INTO words (word, order_id) VALUES (?, ?)", [(word, order.id) for word in found_by])


def _replace(connection: sqlite3.Connection, before: dict[str, Any], columns: dict[str, Any]) -> None:
    """Write what has changed: SQLite renews the index of every column that is named, even by what it was."""
    changed = [name for name in columns if name != "id" and (name not in before or before[name] != columns[name])]
    told = ", ".join(f"{name} = :{name}" for name in changed)
    connection.execute(f"UPDATE orders SET {told} WHERE id = :id", columns)


def _keep_parts(connection: sqlite3.Connection, order: Order, told: rows.Written, stored: rows.Stored | None) -> None:
    first_event, first_note = (stored.events, stored.notes) if stored is not None else (0, 0)
    events = [(order.id, seq, told.events[seq - 1]) for seq in range(first_event + 1, len(told.events) + 1)]
    notes = [(order.id, number, told.notes[number - 1]) for number in range(first_note + 1, len(told.notes) + 1)]
    connection.executemany("INSERT INTO events (order_id, seq, record) VALUES (?, ?, ?)", events)
    connection.executemany(_KEEP_ATTEMPT, [(order.id, *attempt) for attempt in told.attempts])
    connection.executemany("INSERT INTO notes (order_id, number, record) VALUES (?, ?, ?)", notes)
    (kept,) = connection.execute("SELECT count(*) FROM attempts WHERE order_id = ?", (order.id,)).fetchone()
    if kept != len(told.attempts):
        raise StorageError(f"order {order.id} was not committed: no attempt may be taken away")


def _keep_messages(connection: sqlite3.Connection, owed: Sequence[dict[str, Any]]) -> None:
    if owed:
        connection.executemany(_insert("messages", owed[0]), owed)


def _insert(table: str, columns: Mapping[str, Any]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join(f':{name}' for name in columns)})"


def _named(cursor: sqlite3.Cursor) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
