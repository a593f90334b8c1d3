"""A commit: what is stored is read under the row's lock, held against the commit, and written over.

PostgreSQL is asked twice, since a round trip is what costs there; SQLite, which has none, statement by statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import CTE, Executable, Table, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from ...command import CommandRecord
from ...errors import StorageError
from ...message import Owed
from ...order import Order
from ...query import search_words
from .. import rows
from .arrays import arrays, unnested
from .plans import GaveWay, Plan, ask
from .tables import Tables

__all__ = ["Committing"]

#: What must be known of a stored order to commit over it.
_HELD_AGAINST: Final = ("version", "commit_id", "events", "events_digest", "notes", "notes_digest")
_PARTS: Final = {
    "events": ("order_id", "seq", "record"),
    "notes": ("order_id", "number", "record"),
    "attempts": ("order_id", "key", "position", "purpose", "state", "record"),
    "commands": ("order_id", "key", "record"),
    "words": ("word", "order_id"),
    "messages": (
        "id",
        "order_id",
        "seq",
        "route",
        "recipient",
        "occurred_at",
        "state",
        "tries",
        "token",
        "next_try",
        "error",
        "delivered_at",
        "read_at",
        "message",
    ),
}
#: What a later record of the same key replaces.
_REPLACED: Final = {"attempts": ("position", "purpose", "state", "record"), "commands": ("record",)}


class Committing:
    """The plan, over the tables of one storage."""

    def __init__(self, tables: Tables, *, is_postgres: bool) -> None:
        self._tables = tables
        self._is_postgres = is_postgres
        of = tables.orders.c
        before = [*(of[name] for name in _HELD_AGAINST), of.webhook]
        is_it = of.id == bindparam("order_id")
        self._lock: Executable
        if is_postgres:
            self._lock = select(*before).where(is_it).with_for_update()
        else:
            # It changes nothing: SQLite gives the lock to a statement that writes, and nobody writes meanwhile.
            self._lock = update(tables.orders).where(is_it).values(held_until=of.held_until).returning(*before)
        kept = tables.attempts.c
        self._keys = select(kept.key).where(kept.order_id == bindparam("order_id"))

    def commit(
        self,
        order: Order,
        *,
        expected_version: int,
        commit_id: str,
        messages: Sequence[Owed] = (),
        command: CommandRecord | None = None,
        due_at: datetime | None = None,
    ) -> Plan[None]:
        """What is stored is read under the lock, and held against the commit."""
        told, owed = rows.written(order), [rows.message_row(one) for one in messages]
        before = next(iter((yield from ask(self._lock, {"order_id": order.id}))), None)
        stored = rows.Stored(*before[: len(_HELD_AGAINST)]) if before is not None else None
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
            "webhook": rows.webhook(before.webhook if before is not None else None, owed),
            "due_at": rows.micros(due_at),
            "held_until": None,
        }
        parts = _parts(order, told, stored, owed, command)
        if stored is not None:
            yield from self._take_nothing_away(order)
        else:
            columns["words"] = rows.told_words(search_words(order))
        yield from self._write(columns, parts, is_new=stored is None)

    def _take_nothing_away(self, order: Order) -> Plan[None]:
        kept = {row.key for row in (yield from ask(self._keys, {"order_id": order.id}))}
        if not kept <= {one.key for one in order.attempts}:
            raise StorageError(f"order {order.id} was not committed: no attempt may be taken away")

    def _write(self, columns: dict[str, Any], parts: Mapping[str, list[dict[str, Any]]], *, is_new: bool) -> Plan[None]:
        orders = self._tables.orders
        named = {table.info["orderflow"]: table for table in self._tables}
        own: Any
        if is_new:
            # Another process may have created it since: then this comes to no row, and the plan is begun anew.
            own = (postgresql if self._is_postgres else sqlite).insert(orders).values(columns).on_conflict_do_nothing()
        else:
            own = update(orders).where(orders.c.id == columns["id"]).values(columns)
        own = own.returning(orders.c.id)
        if not self._is_postgres:
            found = yield from ask(own)
            for name, some in parts.items():
                yield from ask(_kept(sqlite.insert(named[name]), named[name], name), some)
        else:
            written = own.cte("own")
            others = [_all_of(named[name], name, written) for name in parts]
            values: dict[str, Any] = {}
            for name, some in parts.items():
                values |= arrays(f"new_{name}", _PARTS[name], some)
            found = yield from ask(select(written.c.id).add_cte(*others), values)
        if not found:
            raise GaveWay("another process has created the order")


def _parts(
    order: Order,
    told: rows.Written,
    stored: rows.Stored | None,
    owed: list[dict[str, Any]],
    command: CommandRecord | None,
) -> dict[str, list[dict[str, Any]]]:
    """What is new, by table; tables with nothing new are left out."""
    first_event, first_note = (stored.events, stored.notes) if stored is not None else (0, 0)
    events = enumerate(told.events[first_event:], first_event + 1)
    notes = enumerate(told.notes[first_note:], first_note + 1)
    found_by = search_words(order) if stored is None else ()
    parts: dict[str, list[dict[str, Any]]] = {
        "events": [{"order_id": order.id, "seq": seq, "record": record} for seq, record in events],
        "notes": [{"order_id": order.id, "number": number, "record": record} for number, record in notes],
        "attempts": [dict(zip(_PARTS["attempts"], (order.id, *one), strict=True)) for one in told.attempts],
        "commands": [] if command is None else [dict(rows.command_row(command))],
        "words": [{"word": word, "order_id": order.id} for word in found_by],
        "messages": owed,
    }
    return {name: some for name, some in parts.items() if some}


def _kept(adding: Any, table: Table, name: str) -> Any:
    """Rows added, or put in the place of those with the same key, if they differ."""
    replaced = _REPLACED.get(name)
    if replaced is None:
        return adding
    return adding.on_conflict_do_update(
        index_elements=[table.c.order_id, table.c.key],
        set_={column: adding.excluded[column] for column in replaced},
        where=or_(*(adding.excluded[column] != table.c[column] for column in replaced)),
    )


def _all_of(table: Table, name: str, written: CTE) -> Any:
    """All new rows of a table, as a part of the one statement; none if the order's own row was not written."""
    columns = _PARTS[name]
    given = unnested(f"new_{name}", columns)
    chosen = select(*(given.c[column] for column in columns)).where(
        select(func.count()).select_from(written).scalar_subquery() == 1
    )
    adding = postgresql.insert(table).from_select(list(columns), chosen)
    return _kept(adding, table, name).cte(f"kept_{name}")
