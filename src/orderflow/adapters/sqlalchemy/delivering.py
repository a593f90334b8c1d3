"""Writing down what deliveries came to, and what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Executable, ScalarSelect, Table, bindparam, case, func, select, update
from sqlalchemy import literal_column as literal

from ...message import Channel, Delivery, DeliveryState
from ...query import WebhookState
from .. import rows
from .arrays import arrays, type_of, unnested
from .plans import Plan, ask
from .tables import Tables

__all__ = ["Delivering"]

#: How many ids one statement names: databases take no more than some thousands of parameters.
_MOST: Final = 500
_WEBHOOK: Final = Channel.WEBHOOK.value
_COLUMNS: Final = ("id", "token", "state", "tries", "next_try", "error", "delivered_at")


class Delivering:
    """The plans, over the tables of one storage."""

    def __init__(self, tables: Tables, *, is_postgres: bool) -> None:
        self._messages = tables.messages
        self._is_postgres = is_postgres
        given = {name: bindparam(f"told_{name}", type_=type_of(name)) for name in _COLUMNS}
        self._record = _record(tables.messages, unnested("told", _COLUMNS).c if is_postgres else given)
        of = tables.orders.c
        ids = of.id.in_(bindparam("ids", expanding=True))
        self._lock = select(of.id).where(ids).order_by(of.id).with_for_update()
        self._tell = update(tables.orders).where(ids).values(webhook=_webhook_state(tables))

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> Plan[None]:
        """The rows, and then the webhook states of their orders, which are locked for it.

        Two processes that deliver webhooks of one order at once would else each miss what the other writes.
        """
        changed: set[tuple[str, str]] = set()
        for values in self._values([_columns(one) for one in deliveries]):
            found = yield from ask(self._record, values)
            changed |= {(row.order_id, row.route) for row in found}
        for ids in _batches(sorted(order_id for order_id, route in changed if route == _WEBHOOK)):
            yield from ask(self._lock, {"ids": ids})
            yield from ask(self._tell, {"ids": ids})

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> Plan[None]:
        """Those that were not."""
        of = self._messages.c
        unread = (of.recipient == recipient, of.route == literal("'in_app'"), of.read_at.is_(None))
        for ids in _batches(message_ids):
            yield from ask(update(self._messages).where(of.id.in_(ids), *unread).values(read_at=rows.micros(at)))

    def _values(self, told: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """PostgreSQL is told all at once; if some are about the same row, one after the other, like SQLite."""
        if not self._is_postgres:
            yield from ({f"told_{name}": value for name, value in one.items()} for one in told)
        elif len({one["id"] for one in told}) == len(told):
            yield arrays("told", _COLUMNS, told)
        else:
            yield from (arrays("told", _COLUMNS, [one]) for one in told)


def _columns(one: Delivery) -> dict[str, Any]:
    return {
        "id": one.id,
        "token": one.token,
        "state": one.state.value,
        "tries": one.tries,
        "next_try": rows.micros(one.next_try),
        "error": one.error,
        "delivered_at": rows.micros(one.at) if one.state is DeliveryState.DELIVERED else None,
    }


def _record(messages: Table, told: Any) -> Executable:
    """Write rows whose claims are still those that are told, and end the claims."""
    of = messages.c
    is_held = of.token.is_not_distinct_from(told["token"])
    values = {name: told[name] for name in _COLUMNS[2:]}
    held = update(messages).where(of.id == told["id"], is_held).values(token=None, **values)
    return held.returning(of.order_id, of.route)


def _webhook_state(tables: Tables) -> ScalarSelect[Any]:
    """The worst that became of an order's webhook messages."""
    of = tables.messages.c
    badness = case(
        (of.state == DeliveryState.FAILED.value, literal("2")),
        (of.state == DeliveryState.WAITING.value, literal("1")),
        else_=literal("0"),
    )
    states = {2: WebhookState.FAILED.value, 1: WebhookState.PENDING.value}
    worst = case(states, value=func.max(badness), else_=WebhookState.DELIVERED.value)
    is_webhook = of.route == Channel.WEBHOOK.value
    return select(worst).where(of.order_id == tables.orders.c.id, is_webhook).scalar_subquery()


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _MOST):
        yield ids[start : start + _MOST]
