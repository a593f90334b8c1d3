"""Handing out work: orders for the sweep, and rows of the outbox, each to one process at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from ...ids import unique
from ...message import Owed
from ...ports import Claimed
from .. import rows

__all__ = ["claim_due", "claim_messages"]

_FREE: Final = """
SELECT id FROM orders WHERE due_at IS NOT NULL AND due_at <= :now AND (held_until IS NULL OR held_until <= :now)
ORDER BY due_at, id LIMIT :limit
"""
# Three walks, each to the first entry of its index.
_NEXT: Final = """
SELECT min(moment) FROM (
    SELECT * FROM (
        SELECT due_at AS moment FROM orders WHERE due_at IS NOT NULL AND held_until IS NULL ORDER BY due_at LIMIT 1)
    UNION ALL SELECT * FROM (SELECT min(held_until) FROM orders WHERE held_until IS NOT NULL)
    UNION ALL SELECT * FROM (
        SELECT min(next_try) FROM messages WHERE state = 'waiting' AND next_try IS NOT NULL AND next_try > :now))
"""
# The first try of a row waits for the first tries of those before it, and a handler's row until those are done with,
# unless they are handed out with it.
_READY: Final = """
SELECT * FROM (
    SELECT * FROM messages AS m
    WHERE m.state = 'waiting' AND {is_free} AND m.route IN ({routes}) {of_order}
    AND NOT EXISTS (
        SELECT 1 FROM messages AS e
        WHERE e.order_id = m.order_id AND e.seq < m.seq AND e.recipient = m.recipient AND e.route = m.route
        AND e.state = 'waiting' AND e.next_try > :now AND (m.message IS NULL OR (m.tries = 0 AND e.tries = 0)))
    ORDER BY m.occurred_at, m.order_id, m.seq LIMIT :limit)
"""
# Apart, because each has an index of its own: a walk along those that wait would pass all that are to be tried later.
_FREE_ROWS: Final = ("m.next_try IS NULL", "m.next_try <= :now")


def claim_due(connection: sqlite3.Connection, now: datetime, until: datetime, limit: int) -> Claimed:
    """Orders with work, held until a moment; in the caller's transaction."""
    moments = {"now": rows.micros(now), "until": rows.micros(until), "limit": limit}
    ids = [order_id for (order_id,) in connection.execute(_FREE, moments).fetchall()]
    connection.executemany(
        "UPDATE orders SET held_until = ? WHERE id = ?", [(moments["until"], order_id) for order_id in ids]
    )
    (next_at,) = connection.execute(_NEXT, moments).fetchone()
    return Claimed(ids, rows.from_micros(next_at))


def claim_messages(
    connection: sqlite3.Connection,
    now: datetime,
    until: datetime,
    limit: int,
    routes: Sequence[str],
    order_id: str | None,
) -> tuple[Owed, ...]:
    """Rows of the outbox under new tokens, held until a moment; in the caller's transaction."""
    values: dict[str, Any] = {"now": rows.micros(now), "limit": limit, "order_id": order_id}
    values |= {f"route{number}": route for number, route in enumerate(routes)}
    marks = ", ".join(f":route{number}" for number in range(len(routes)))
    of_order = "" if order_id is None else "AND m.order_id = :order_id"
    free_rows = _FREE_ROWS if order_id is None else (f"({' OR '.join(_FREE_ROWS)})",)
    parts = [_READY.format(is_free=is_free, routes=marks, of_order=of_order) for is_free in free_rows]
    sql = " UNION ALL ".join(parts) + "ORDER BY occurred_at, order_id, seq LIMIT :limit"
    cursor = connection.execute(sql, values)
    names = [column[0] for column in cursor.description]
    claimed = [
        {**dict(zip(names, row, strict=True)), "token": unique(), "next_try": rows.micros(until)}
        for row in cursor.fetchall()
    ]
    connection.executemany("UPDATE messages SET token = :token, next_try = :next_try WHERE id = :id", claimed)
    return tuple(rows.owed_from(row) for row in claimed)
