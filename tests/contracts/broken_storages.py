"""Storages that break one promise each, as storages in the field do."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from orderflow import Order, OrderPage, OrderQuery, OrderStatus, StorageError
from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import Claimed, CommandRecord, Delivery, InboxPage, Owed


class LostUpdate(MemoryStorage):
    """Writes over whatever version is there."""

    def commit(self, order: Order, *, expected_version: int, **rest: Any) -> None:
        stored = self._orders.get(order.id)
        if stored is not None and expected_version:
            expected_version = stored.order.version
            order = attrs.evolve(order, version=expected_version + 1)
        super().commit(order, expected_version=expected_version, **rest)


class ForgetsCommits(MemoryStorage):
    """Takes the repetition of a commit for another one."""

    def commit(self, order: Order, *, commit_id: str, **rest: Any) -> None:
        super().commit(order, commit_id=f"{commit_id} {time.monotonic_ns()}", **rest)


class RemembersEveryCommit(MemoryStorage):
    """Lets any commit be repeated, however old, as though nothing had come in between."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: set[tuple[str, str]] = set()

    def commit(self, order: Order, *, commit_id: str, **rest: Any) -> None:
        if (order.id, commit_id) in self._seen:
            return
        super().commit(order, commit_id=commit_id, **rest)
        self._seen.add((order.id, commit_id))


class ReplacesOrders(MemoryStorage):
    """Creates an order though its id is taken."""

    def commit(self, order: Order, *, expected_version: int, commit_id: str, **rest: Any) -> None:
        if expected_version == 0:
            self._orders.pop(order.id, None)
        super().commit(order, expected_version=expected_version, commit_id=commit_id, **rest)


class OutboxApart(MemoryStorage):
    """Writes the order first, and what it owes in another transaction."""

    def commit(self, order: Order, *, messages: Sequence[Owed] = (), **rest: Any) -> None:
        super().commit(order, **rest)
        kept = self._orders[order.id]
        taken = {(row.owed.seq, row.owed.recipient, row.owed.route) for row in kept.outbox.values()}
        if len({(one.seq, one.recipient, one.route) for one in messages} - taken) != len(messages):
            raise StorageError("somebody was owed twice, and the order is committed")
        self._write(order, kept, rest["commit_id"], messages, None, rest.get("due_at"))


class OutboxDoubled(MemoryStorage):
    """Adds the rows of the outbox anew each time a commit is repeated, under other ids."""

    def commit(self, order: Order, *, messages: Sequence[Owed] = (), commit_id: str, **rest: Any) -> None:
        stored = self._orders.get(order.id)
        if stored is not None and stored.commit_id == commit_id:
            again = [attrs.evolve(one, id=f"{one.id}.{len(self._rows)}") for one in messages]
            self._write(stored.order, stored, commit_id, again, None, stored.due_at)
            return
        super().commit(order, messages=messages, commit_id=commit_id, **rest)


class TwoOpenCharges(MemoryStorage):
    """Keeps as many open charges as it is given."""

    def commit(self, order: Order, *, expected_version: int, commit_id: str, **rest: Any) -> None:
        try:
            super().commit(order, expected_version=expected_version, commit_id=commit_id, **rest)
        except StorageError as error:
            if "at most one charge" not in str(error):
                raise
            kept = self._orders.get(order.id)
            self._write(order, kept, commit_id, rest.get("messages", ()), None, rest.get("due_at"))


class GapsInTheTimeline(MemoryStorage):
    """Keeps events however they are numbered."""

    def commit(self, order: Order, *, expected_version: int, commit_id: str, **rest: Any) -> None:
        try:
            super().commit(order, expected_version=expected_version, commit_id=commit_id, **rest)
        except StorageError as error:
            if "events must be numbered" not in str(error):
                raise
            self._write(order, self._orders.get(order.id), commit_id, rest.get("messages", ()), None, None)


class KeepsTheFirstCommand(MemoryStorage):
    """Never replaces the record of a key."""

    def commit(self, order: Order, *, command: CommandRecord | None = None, **rest: Any) -> None:
        if command is not None and self.find_command(order.id, command.key) is not None:
            command = None
        super().commit(order, command=command, **rest)


class LeasesWithoutEnd(MemoryStorage):
    """Holds an order for whoever took it first, for ever."""

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        return super().claim_due(now=now, lease=timedelta(days=10_000), limit=limit)


class NoLeases(MemoryStorage):
    """Hands an order to everyone who asks."""

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        claimed = super().claim_due(now=now, lease=lease, limit=limit)
        for order_id in claimed.order_ids:
            self._orders[order_id].held_until = None
        return claimed


class LeaseOutlivesTheCommit(MemoryStorage):
    """Keeps an order held though it was committed."""

    def commit(self, order: Order, **rest: Any) -> None:
        stored = self._orders.get(order.id)
        held_until = stored.held_until if stored else None
        super().commit(order, **rest)
        self._orders[order.id].held_until = held_until


class NothingAhead(MemoryStorage):
    """Never tells when the next work falls due."""

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        return Claimed(super().claim_due(now=now, lease=lease, limit=limit).order_ids)


class NoFencing(MemoryStorage):
    """Writes down a delivery whoever reports it."""

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        known = [one for one in deliveries if one.id in self._rows]
        super().record_deliveries([attrs.evolve(one, token=self._rows[one.id].owed.token) for one in known])


class OneToken(MemoryStorage):
    """Gives every claim the same token."""

    def claim_messages(self, **asked: Any) -> Sequence[Owed]:
        claimed = []
        for owed in super().claim_messages(**asked):
            row = self._rows[owed.id]
            row.owed = attrs.evolve(row.owed, token="claimed")
            claimed.append(row.owed)
        return claimed


class RowsToEveryone(MemoryStorage):
    """Hands a row out though somebody is at it."""

    def claim_messages(self, *, now: datetime, **asked: Any) -> Sequence[Owed]:
        return super().claim_messages(now=now + timedelta(minutes=30), **asked)


class HandlersOutOfOrder(MemoryStorage):
    """Hands out a handler's rows as they come."""

    def _is_its_turn(self, owed: Owed, claimed: Mapping[str, Owed]) -> bool:
        return True


class DeliveriesMakeVersions(MemoryStorage):
    """Counts a delivery as a change of the order."""

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        super().record_deliveries(deliveries)
        for one in deliveries:
            if one.id in self._rows:
                kept = self._orders[self._rows[one.id].owed.order_id]
                kept.order = attrs.evolve(kept.order, version=kept.order.version + 1)


class UnorderedPages(MemoryStorage):
    """Lists orders as they were created."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        return OrderPage(sorted(page.rows, key=lambda row: row.id), page.next, page.previous)


class TiesLost(MemoryStorage):
    """Goes on after the last row's price, and leaves out those of the same price."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        if query.after is None or not page.rows:
            return page
        return OrderPage(page.rows[1:], page.next, page.previous)


class OldPlaces(MemoryStorage):
    """Finds orders by the status that they were created in."""

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[str, OrderStatus] = {}

    def commit(self, order: Order, **rest: Any) -> None:
        super().commit(order, **rest)
        self._first.setdefault(order.id, order.status)

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(attrs.evolve(query, statuses=()))
        rows = [row for row in page.rows if not query.statuses or self._first[row.id] in query.statuses]
        return OrderPage(rows, page.next, page.previous)


class CountsTheUnannounced(MemoryStorage):
    """Counts orders whose card was never verified."""

    def counts(self, store_id: str) -> Mapping[OrderStatus, int]:
        stored = [kept.order for kept in self._orders.values() if kept.order.store_id == store_id]
        return {status: sum(order.status is status for order in stored) for status in OrderStatus}


class Wildcards(MemoryStorage):
    """Takes the prefix of a transaction id for a pattern."""

    def find(self, query: OrderQuery) -> OrderPage:
        if query.transaction_id and set(query.transaction_id) & set("%_"):
            query = attrs.evolve(query, transaction_id=None)
        return super().find(query)


class LocalTimes(MemoryStorage):
    """Keeps moments to the second."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        return order and attrs.evolve(order, placed_at=order.placed_at.replace(microsecond=0))


class ShortTexts(MemoryStorage):
    """Keeps a hundred characters of a text."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        return order and attrs.evolve(order, reason=order.reason[:100])


class DoubledInbox(MemoryStorage):
    """Shows a message once for each time that it was committed."""

    def inbox(self, recipient: str, **asked: Any) -> InboxPage:
        page = super().inbox(recipient, **asked)
        return InboxPage(page.messages * 2, page.next)


class ReadByAnyone(MemoryStorage):
    """Marks a message as read whoever says so."""

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        for somebody in list(self._inboxes):
            super().mark_read(somebody, message_ids, at)


class NoLock(MemoryStorage):
    """Compares and sets, with time between the two."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = _NoLock()  # type: ignore[assignment]

    def _write(self, *written: Any) -> None:
        time.sleep(0)
        super()._write(*written)


class _NoLock:
    def __enter__(self) -> None:
        threading.Event().wait(0)

    def __exit__(self, *error: object) -> None:
        pass
