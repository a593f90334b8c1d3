"""The plans that read an order, its command, its messages, an inbox, and counts: a statement each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select, tuple_, union_all

from ...command import CommandRecord
from ...message import InboxPage, MessageState, inbox_cursor, inbox_position
from ...order import Order
from ...status import OrderStatus
from .. import rows
from .plans import Plan, ask
from .tables import Tables

__all__ = ["Reading"]


class Reading:
    """The plans, over the tables of one storage."""

    def __init__(self, tables: Tables) -> None:
        orders, self._messages = tables.orders, tables.messages
        parts: tuple[tuple[Any, Any, Any], ...] = (
            (orders.c.id, literal_column("0"), orders.c.record),
            (tables.events.c.order_id, tables.events.c.seq, tables.events.c.record),
            (tables.attempts.c.order_id, tables.attempts.c.position, tables.attempts.c.record),
            (tables.notes.c.order_id, tables.notes.c.number, tables.notes.c.record),
        )
        self._load = union_all(
            *(
                select(literal_column(str(part)).label("part"), place.label("place"), record)
                .where(order_id == bindparam("order_id"))
                .select_from(record.table)
                for part, (order_id, place, record) in enumerate(parts)
            )
        )
        of = tables.commands.c
        self._command = select(of.record).where(of.order_id == bindparam("order_id"), of.key == bindparam("key_"))
        self._counts = (
            select(orders.c.status, func.count())
            .where(orders.c.store_id == bindparam("store_id"), orders.c.verified == literal_column("1"))
            .group_by(orders.c.status)
        )

    def load(self, order_id: str) -> Plan[Order | None]:
        """One statement, so that it sees one state."""
        found = yield from ask(self._load, {"order_id": order_id})
        parts: tuple[list[str], ...] = ([], [], [], [])
        for part, _, record in sorted(tuple(row) for row in found):
            parts[part].append(record)
        own, events, attempts, notes = parts
        return rows.loaded(own[0], events, attempts, notes) if own else None

    def find_command(self, order_id: str, key: str) -> Plan[CommandRecord | None]:
        """The record."""
        found = yield from ask(self._command, {"order_id": order_id, "key_": key})
        return rows.told_command(found[0].record) if found else None

    def counts(self, store_id: str) -> Plan[Mapping[OrderStatus, int]]:
        """All seven."""
        found = yield from ask(self._counts, {"store_id": store_id})
        told: dict[str, int] = dict(tuple(row) for row in found)
        return {status: told.get(status.value, 0) for status in OrderStatus}

    def messages(self, order_id: str) -> Plan[Sequence[MessageState]]:
        """In their order."""
        of = self._messages.c
        found = yield from ask(
            select(self._messages).where(of.order_id == order_id).order_by(of.seq, of.recipient, of.route)
        )
        return tuple(rows.message_state(row._mapping) for row in found)

    def inbox(self, recipient: str, *, unread_only: bool, limit: int, after: str | None) -> Plan[InboxPage]:
        """A walk along the recipient's rows, from the cursor on."""
        of = self._messages.c
        key = (of.occurred_at, of.order_id, of.seq)
        page = select(of.message, of.read_at, *key).where(of.route == literal_column("'in_app'"))
        page = page.where(of.recipient == recipient)
        if unread_only:
            page = page.where(of.read_at.is_(None))
        if after is not None:
            page = page.where(tuple_(*key) < tuple_(*inbox_position(after)))
        found = yield from ask(page.order_by(*(column.desc() for column in key)).limit(limit + 1))
        shown = [rows.told_message(row.message, row.read_at) for row in found[:limit]]
        return InboxPage(
            [message for message in shown if message is not None],
            inbox_cursor(tuple(found[limit - 1])[2:]) if len(found) > limit else None,
        )
