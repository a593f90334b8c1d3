"""A storage in memory: all the promises of `orderflow.ports.Storage`, but that it ends with the process."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

import attrs

from ...attempt import AttemptState, Purpose
from ...command import CommandRecord
from ...errors import ConcurrentUpdate, DuplicateOrder, StorageError
from ...message import (
    Channel,
    Delivery,
    DeliveryState,
    InboxPage,
    MessageState,
    Owed,
    inbox_cursor,
    inbox_key,
    inbox_position,
)
from ...order import Order
from ...ports import Claimed
from ...query import (
    OrderPage,
    OrderQuery,
    OrderSummary,
    WebhookState,
    matches,
    page_of,
    position_of,
    search_words,
    sort_key,
    summary_of,
)
from ...status import OrderStatus

__all__ = ["MemoryStorage"]

_PAID = (AttemptState.OPEN, AttemptState.REVIEW, AttemptState.APPROVED)


@attrs.define
class _Row:
    """One row of the outbox, and what became of it."""

    owed: Owed
    state: DeliveryState
    error: str = ""
    delivered_at: datetime | None = None


@attrs.define
class _Kept:
    """One order, with what is kept beside it."""

    order: Order
    commit_id: str
    due_at: datetime | None
    found_by: tuple[str, ...]
    held_until: datetime | None = None
    outbox: dict[str, _Row] = attrs.Factory(dict)
    commands: dict[str, CommandRecord] = attrs.Factory(dict)

    def summary(self) -> OrderSummary:
        states = {row.state for row in self.outbox.values() if row.owed.route == Channel.WEBHOOK.value}
        for state, told in _WEBHOOK_STATES:
            if state in states:
                return summary_of(self.order, told)
        return summary_of(self.order)


_WEBHOOK_STATES = (
    (DeliveryState.FAILED, WebhookState.FAILED),
    (DeliveryState.WAITING, WebhookState.PENDING),
    (DeliveryState.DELIVERED, WebhookState.DELIVERED),
)


class MemoryStorage:
    """Keeps orders in memory, for tests and demos. Threads may share it. See `orderflow.ports.Storage`."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._orders: dict[str, _Kept] = {}
        self._inboxes: dict[str, dict[str, _Row]] = {}
        self._rows: dict[str, _Row] = {}
        self._waiting: dict[str, _Row] = {}
        self._due: dict[str, _Kept] = {}
        self._tokens = itertools.count(1)

    def load(self, order_id: str) -> Order | None:
        """See `orderflow.ports.Storage.load`."""
        with self._lock:
            kept = self._orders.get(order_id)
            return kept.order if kept else None

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
        with self._lock:
            kept = self._orders.get(order.id)
            if kept is not None and kept.commit_id == commit_id:
                return
            if kept is not None and expected_version == 0:
                raise DuplicateOrder(order.id)
            if (kept.order.version if kept else 0) != expected_version:
                raise ConcurrentUpdate(order.id)
            _check(order, kept, expected_version, messages, command, self._rows)
            self._write(order, kept, commit_id, messages, command, due_at)

    def _write(
        self,
        order: Order,
        kept: _Kept | None,
        commit_id: str,
        messages: Sequence[Owed],
        command: CommandRecord | None,
        due_at: datetime | None,
    ) -> None:
        if kept is None:
            kept = self._orders[order.id] = _Kept(order, commit_id, due_at, search_words(order))
        kept.order, kept.commit_id, kept.due_at, kept.held_until = order, commit_id, due_at, None
        self._due.pop(order.id, None)
        if due_at is not None:
            self._due[order.id] = kept
        if command is not None:
            kept.commands[command.key] = command
        for owed in messages:
            if owed.route == Channel.IN_APP.value:
                row = _Row(owed, DeliveryState.DELIVERED, delivered_at=owed.occurred_at)
                self._inboxes.setdefault(owed.recipient, {})[owed.id] = row
            else:
                row = self._waiting[owed.id] = _Row(owed, DeliveryState.WAITING)
            kept.outbox[owed.id] = self._rows[owed.id] = row

    def find_command(self, order_id: str, key: str) -> CommandRecord | None:
        """See `orderflow.ports.Storage.find_command`."""
        with self._lock:
            kept = self._orders.get(order_id)
            return kept.commands.get(key) if kept else None

    def find(self, query: OrderQuery) -> OrderPage:
        """See `orderflow.ports.Storage.find`. It looks at every order."""
        position = position_of(query)
        backwards = position is not None and position.direction == "previous"
        with self._lock:
            found = []
            for kept in self._orders.values():
                row = kept.summary()
                if matches(query, kept.order, row, kept.found_by):
                    found.append((sort_key(row, query.sort), row))
        downwards = query.descending != backwards
        found.sort(key=lambda one: one[0], reverse=downwards)
        rows = (row for key, row in found if position is None or position.admits(key, downwards=downwards))
        return page_of(query, itertools.islice(rows, query.limit + 1))

    def counts(self, store_id: str) -> Mapping[OrderStatus, int]:
        """See `orderflow.ports.Storage.counts`."""
        with self._lock:
            told = Counter(
                kept.order.status
                for kept in self._orders.values()
                if kept.order.store_id == store_id and kept.order.verified
            )
        return {status: told[status] for status in OrderStatus}

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        """See `orderflow.ports.Storage.claim_due`."""
        with self._lock:
            free = [kept for kept in self._due.values() if _free_at(kept) <= now]
            free.sort(key=lambda kept: (kept.due_at, kept.order.id))
            claimed = free[:limit]
            for kept in claimed:
                kept.held_until = now + lease
            later = [_free_at(kept) for kept in self._due.values()]
            tries = [row.owed.next_try for row in self._waiting.values() if row.owed.next_try is not None]
            later += [moment for moment in tries if moment > now]
            return Claimed([kept.order.id for kept in claimed], min(later, default=None))

    def claim_messages(
        self, *, now: datetime, lease: timedelta, limit: int, routes: frozenset[str], order_id: str | None = None
    ) -> Sequence[Owed]:
        """See `orderflow.ports.Storage.claim_messages`."""
        with self._lock:
            claimed: dict[str, Owed] = {}
            for row in self._candidates(routes, order_id):
                if len(claimed) >= limit:
                    break
                owed = row.owed
                if (owed.next_try is None or owed.next_try <= now) and self._is_its_turn(owed, claimed):
                    row.owed = attrs.evolve(owed, token=f"claim-{next(self._tokens)}", next_try=now + lease)
                    claimed[owed.id] = row.owed
            return tuple(claimed.values())

    def _candidates(self, routes: frozenset[str], order_id: str | None) -> Iterator[_Row]:
        if order_id is None:
            rows = list(self._waiting.values())
        elif order_id in self._orders:
            rows = [row for row in self._orders[order_id].outbox.values() if row.state is DeliveryState.WAITING]
        else:
            rows = []
        return iter(sorted((row for row in rows if row.owed.route in routes), key=lambda row: inbox_key(row.owed)))

    def _is_its_turn(self, owed: Owed, claimed: Mapping[str, Owed]) -> bool:
        if owed.message is not None and owed.tries:
            return True
        earlier = (
            row
            for row in self._orders[owed.order_id].outbox.values()
            if row.owed.route == owed.route and row.owed.recipient == owed.recipient and row.owed.seq < owed.seq
        )
        return all(
            row.state is not DeliveryState.WAITING
            or row.owed.id in claimed
            or (owed.message is not None and row.owed.tries > 0)
            for row in earlier
        )

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """See `orderflow.ports.Storage.record_deliveries`."""
        with self._lock:
            for delivery in deliveries:
                row = self._rows.get(delivery.id)
                if row is None or row.owed.token != delivery.token:
                    continue
                row.owed = attrs.evolve(row.owed, token=None, next_try=delivery.next_try, tries=delivery.tries)
                row.state, row.error = delivery.state, delivery.error
                row.delivered_at = delivery.at if delivery.state is DeliveryState.DELIVERED else None
                if delivery.state is DeliveryState.WAITING:
                    self._waiting[delivery.id] = row
                else:
                    self._waiting.pop(delivery.id, None)

    def messages(self, order_id: str) -> Sequence[MessageState]:
        """See `orderflow.ports.Storage.messages`."""
        with self._lock:
            kept = self._orders.get(order_id)
            states = [_state_of(row) for row in kept.outbox.values()] if kept else []
        return tuple(sorted(states, key=lambda state: (state.seq, state.recipient, state.route)))

    def inbox(self, recipient: str, *, unread_only: bool, limit: int, after: str | None) -> InboxPage:
        """See `orderflow.ports.Storage.inbox`."""
        start = inbox_position(after) if after is not None else None
        with self._lock:
            rows = [
                row.owed
                for row in self._inboxes.get(recipient, {}).values()
                if (start is None or inbox_key(row.owed) < start) and not (unread_only and _is_read(row.owed))
            ]
        rows.sort(key=inbox_key, reverse=True)
        shown = rows[:limit]
        return InboxPage(
            tuple(owed.message for owed in shown if owed.message is not None),
            inbox_cursor(inbox_key(shown[-1])) if len(rows) > limit else None,
        )

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        """See `orderflow.ports.Storage.mark_read`."""
        with self._lock:
            inbox = self._inboxes.get(recipient, {})
            for message_id in message_ids:
                row = inbox.get(message_id)
                if row is not None and row.owed.message is not None and not _is_read(row.owed):
                    row.owed = attrs.evolve(row.owed, message=attrs.evolve(row.owed.message, read_at=at))


def _check(
    order: Order,
    kept: _Kept | None,
    expected_version: int,
    messages: Sequence[Owed],
    command: CommandRecord | None,
    rows: Mapping[str, _Row],
) -> None:
    """The constraints of `Storage.commit`.

    Raises:
        StorageError: If the commit would break one.
    """
    before = kept.order if kept else None
    old = before.timeline if before else ()
    charges = [one for one in order.attempts if one.purpose is Purpose.CHARGE and one.state in _PAID]
    places = [(one.seq, one.recipient, one.route) for one in messages]
    taken = {(row.owed.seq, row.owed.recipient, row.owed.route) for row in kept.outbox.values()} if kept else set()
    broken = (
        ("its version must be one more than expected", order.version != expected_version + 1),
        ("its timeline must go on from the stored one", order.timeline[: len(old)] != old),
        ("its events must be numbered 1, 2, 3 ...", [event.seq for event in order.timeline] != _numbers(order)),
        (
            "its notes must go on from the stored ones",
            before is not None and order.notes[: len(before.notes)] != before.notes,
        ),
        (
            "no attempt may be taken away",
            not {one.key for one in (before.attempts if before else ())} <= {one.key for one in order.attempts},
        ),
        ("no two attempts may have one key", len({one.key for one in order.attempts}) != len(order.attempts)),
        ("at most one charge may be open, in review or approved", len(charges) > 1),
        ("a message is owed once per event, recipient and route", len({*places} - taken) != len(places)),
        ("what it owes must have new ids", len({one.id for one in messages} - rows.keys()) != len(messages)),
        ("what it owes must be about it", any(one.order_id != order.id for one in messages)),
        ("its command must be about it", command is not None and command.order_id != order.id),
    )
    for rule, is_broken in broken:
        if is_broken:
            raise StorageError(f"order {order.id} was not committed: {rule}")


def _numbers(order: Order) -> list[int]:
    return list(range(1, len(order.timeline) + 1))


def _free_at(kept: _Kept) -> datetime:
    """When an order's work may be handed out."""
    assert kept.due_at is not None  # it is among those that are due
    return kept.held_until or kept.due_at


def _is_read(owed: Owed) -> bool:
    return owed.message is not None and owed.message.read_at is not None


def _state_of(row: _Row) -> MessageState:
    owed = row.owed
    return MessageState(
        id=owed.id,
        order_id=owed.order_id,
        seq=owed.seq,
        route=owed.route,
        recipient=owed.recipient,
        message=owed.message,
        state=row.state,
        tries=owed.tries,
        next_try=owed.next_try,
        last_error=row.error,
        delivered_at=row.delivered_at,
    )
