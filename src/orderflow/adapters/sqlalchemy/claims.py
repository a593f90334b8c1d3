"""Handing out work: orders for the sweep, and rows of the outbox, each to one process at a time.

On PostgreSQL whoever comes second passes over what another is claiming; on SQLite one writes at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from ...ids import unique
from ...message import Owed
from ...ports import Claimed
from .. import rows
from .plans import Plan, ask
from .tables import Tables

__all__ = ["Claiming"]

_NOW = bindparam("now", type_=BigInteger)
_UNTIL = bindparam("until", type_=BigInteger)


class Claiming:
    """The plans, over the tables of one storage."""

    def __init__(self, tables: Tables) -> None:
        self._hold_orders = _hold_orders(tables.orders)
        self._next = _next(tables)
        self._hold_rows = _hold_rows(tables.messages)
        self._hold_rows_of_order = _hold_rows(tables.messages, of_order=True)

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Plan[Claimed]:
        """Two statements, of which the second looks when the first is done."""
        moments = {"now": rows.micros(now), "until": rows.micros(now + lease)}
        held = yield from ask(self._hold_orders, {**moments, "most": limit})
        ((*later,),) = yield from ask(self._next, {"now": moments["now"]})
        first = min((moment for moment in later if moment is not None), default=None)
        return Claimed([order_id for _, order_id in sorted(tuple(row) for row in held)], rows.from_micros(first))

    def claim_messages(
        self, *, now: datetime, lease: timedelta, limit: int, routes: frozenset[str], order_id: str | None = None
    ) -> Plan[Sequence[Owed]]:
        """One statement."""
        values = {
            "now": rows.micros(now),
            "until": rows.micros(now + lease),
            "most": limit,
            "routes": sorted(routes),
            "claim": unique(),
        }
        if order_id is None:
            held = yield from ask(self._hold_rows, values)
        else:
            held = yield from ask(self._hold_rows_of_order, {**values, "order": order_id})
        return tuple(rows.owed_from(row._mapping) for row in sorted(held, key=_place))


def _place(row: Owed) -> tuple[datetime, str, int]:
    return (row.occurred_at, row.order_id, row.seq)


def _hold_orders(orders: Table) -> Executable:
    of = orders.c
    is_free = and_(of.due_at.is_not(None), of.due_at <= _NOW, or_(of.held_until.is_(None), of.held_until <= _NOW))
    free = (
        select(of.id)
        .where(is_free)
        .order_by(of.due_at, of.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    return update(orders).where(of.id.in_(select(free.c.id))).values(held_until=_UNTIL).returning(of.due_at, of.id)


def _next(tables: Tables) -> Executable:
    """Three walks, each to the first entry of its index."""
    orders, messages = tables.orders.c, tables.messages.c
    due = select(orders.due_at).where(orders.due_at.is_not(None), orders.held_until.is_(None))
    let_go = select(orders.held_until).where(orders.held_until.is_not(None))
    tried = select(messages.next_try).where(
        messages.state == literal_column("'waiting'"), messages.next_try.is_not(None), messages.next_try > _NOW
    )
    walks = (
        due.order_by(orders.due_at).limit(literal_column("1")),
        let_go.order_by(orders.held_until).limit(literal_column("1")),
        tried.order_by(messages.next_try).limit(literal_column("1")),
    )
    return select(*(walk.scalar_subquery() for walk in walks))


def _hold_rows(messages: Table, *, of_order: bool = False) -> Executable:
    """The first try of a row waits for the first tries of those before it, and a handler's row until those are done.

    Those that are handed out with it count as tried. So the rule is looked at twice: before rows are locked, lest those
    that must wait fill the limit, and afterwards for those before them that another process is claiming now.
    """
    of, earlier = messages.c, messages.alias("earlier")
    # Apart, because each has an index of its own: a walk along those that wait would pass all that are tried later.
    free = (of.next_try.is_(None), and_(of.next_try.is_not(None), of.next_try <= _NOW))
    walks = [
        _free(messages, is_free, earlier, of_order=of_order).with_for_update(skip_locked=True).cte(name)
        for name, is_free in zip(("never_tried", "tried"), free, strict=True)
    ]
    locked = union_all(*(select(walk) for walk in walks)).cte("locked")
    order = (locked.c.occurred_at, locked.c.order_id, locked.c.seq)
    held_back = exists().where(
        _holds_back(earlier, locked.c, locked.c.is_handler), earlier.c.id.not_in(select(locked.c.id))
    )
    turn = func.row_number().over(order_by=order).label("turn")
    ready = select(locked.c.id, turn).where(~held_back).order_by(*order).limit(bindparam("most")).cte("ready")
    token = bindparam("claim", type_=Text).concat("-").concat(cast(ready.c.turn, Text))
    held = update(messages).where(of.id == ready.c.id).values(token=token, next_try=_UNTIL)
    return held.returning(*of)


def _free(messages: Table, is_free: ColumnElement[bool], earlier: Any, *, of_order: bool) -> Any:
    of = messages.c
    is_handler = of.message.is_(None)
    known = (of.id, of.order_id, of.seq, of.recipient, of.route, of.occurred_at, of.tries)
    found = select(*known, is_handler.label("is_handler"))
    is_held = _holds_back(earlier, of, is_handler)
    found = found.where(of.state == literal_column("'waiting'"), is_free)
    found = found.where(~exists().where(is_held, earlier.c.next_try > _NOW))
    found = found.where(of.route.in_(bindparam("routes", expanding=True)))
    if of_order:
        found = found.where(of.order_id == bindparam("order", type_=Text))
    return found.order_by(of.occurred_at, of.order_id, of.seq).limit(bindparam("most"))


def _holds_back(earlier: Any, one: Any, is_handler: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a row that waits comes before another, and holds it back unless it is handed out too."""
    none: ColumnElement[Any] = literal_column("0")
    return and_(
        earlier.c.order_id == one.order_id,
        earlier.c.seq < one.seq,
        earlier.c.recipient == one.recipient,
        earlier.c.route == one.route,
        earlier.c.state == literal_column("'waiting'"),
        or_(is_handler, and_(one.tries == none, earlier.c.tries == none)),
    )
