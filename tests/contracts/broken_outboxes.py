"""Storages that tell wrongly what became of messages, or show them wrongly in the app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import attrs

from orderflow import OrderPage, OrderQuery, OrderSummary, ValidationError, WebhookState
from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import Delivery, DeliveryState, InboxPage


class NoFencing(MemoryStorage):
    """Writes down a delivery whoever reports it."""

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        known = [one for one in deliveries if one.id in self._rows]
        super().record_deliveries([attrs.evolve(one, token=self._rows[one.id].owed.token) for one in known])


class DeliveriesMakeVersions(MemoryStorage):
    """Counts a delivery as a change of the order."""

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        super().record_deliveries(deliveries)
        for one in deliveries:
            if one.id in self._rows:
                kept = self._orders[self._rows[one.id].owed.order_id]
                kept.order = attrs.evolve(kept.order, version=kept.order.version + 1)


class AllOrNoDeliveries(MemoryStorage):
    """Writes no delivery down if one of them is of an unknown row."""

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        if all(one.id in self._rows for one in deliveries):
            super().record_deliveries(deliveries)


class FailuresForgotten(MemoryStorage):
    """Tells that a webhook is pending if any waits, whether another failed or not."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        return OrderPage([self._told(row) for row in page.rows], page.next, page.previous)

    def _told(self, row: OrderSummary) -> OrderSummary:
        rows = [kept for kept in self._orders[row.id].outbox.values() if kept.owed.route == "webhook"]
        waits = any(kept.state is DeliveryState.WAITING for kept in rows)
        return attrs.evolve(row, webhook=WebhookState.PENDING) if waits else row


class DoubledInbox(MemoryStorage):
    """Shows a message once for each time that it was committed."""

    def inbox(self, recipient: str, **asked: Any) -> InboxPage:
        page = super().inbox(recipient, **asked)
        return InboxPage(page.messages * 2, page.next)


class OldestFirst(MemoryStorage):
    """Shows an inbox from its beginning."""

    def inbox(self, recipient: str, **asked: Any) -> InboxPage:
        page = super().inbox(recipient, **asked)
        return InboxPage(page.messages[::-1], page.next)


class BrokenCursorsBegin(MemoryStorage):
    """Takes a cursor that it can't read for none."""

    def inbox(self, recipient: str, *, after: str | None, **asked: Any) -> InboxPage:
        try:
            return super().inbox(recipient, after=after, **asked)
        except ValidationError:
            return super().inbox(recipient, after=None, **asked)


class ReadByAnyone(MemoryStorage):
    """Marks a message as read whoever says so."""

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        for somebody in list(self._inboxes):
            super().mark_read(somebody, message_ids, at)


class LastRead(MemoryStorage):
    """Keeps the moment at which a message was last read."""

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        for message_id in message_ids:
            row = self._inboxes.get(recipient, {}).get(message_id)
            if row is not None and row.owed.message is not None:
                row.owed = attrs.evolve(row.owed, message=attrs.evolve(row.owed.message, read_at=at))
