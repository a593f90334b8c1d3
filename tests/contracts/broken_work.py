"""Storages that hand out work wrongly: orders that are due, and rows of the outbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from orderflow import Order
from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import Claimed, Owed


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


class NothingLeftOut(MemoryStorage):
    """Tells of what is to come, and not of what the limit left out."""

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        claimed = super().claim_due(now=now, lease=lease, limit=limit)
        later = [kept.held_until or kept.due_at for kept in self._due.values()]
        return Claimed(claimed.order_ids, min((moment for moment in later if moment and moment > now), default=None))


class DueWithoutLimit(MemoryStorage):
    """Hands out every order that is due."""

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        return super().claim_due(now=now, lease=lease, limit=1_000)


class DueByName(MemoryStorage):
    """Hands out orders by their ids, so that some may wait for ever."""

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        claimed = super().claim_due(now=now, lease=lease, limit=limit)
        return Claimed(sorted(claimed.order_ids), claimed.next_at)


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

    def claim_messages(self, **asked: Any) -> Sequence[Owed]:
        claimed = super().claim_messages(**asked)
        for owed in claimed:
            self._rows[owed.id].owed = attrs.evolve(owed, next_try=None)
        return claimed


class RowsOfEveryRoute(MemoryStorage):
    """Hands out rows that the caller can't deliver."""

    def claim_messages(self, *, routes: frozenset[str], **asked: Any) -> Sequence[Owed]:
        return super().claim_messages(routes=routes | {"webhook"}, **asked)


class ClaimsForgotten(MemoryStorage):
    """Forgets that a row came claimed."""

    def commit(self, order: Order, *, messages: Sequence[Owed] = (), **rest: Any) -> None:
        free = [attrs.evolve(one, token=None, next_try=None) for one in messages]
        super().commit(order, messages=free, **rest)


class FirstTriesOutOfOrder(MemoryStorage):
    """Lets a message overtake the one before it; a handler's rows wait."""

    def _is_its_turn(self, owed: Owed, claimed: Mapping[str, Owed]) -> bool:
        return owed.message is not None or super()._is_its_turn(owed, claimed)


class RetriesHoldBack(MemoryStorage):
    """Keeps a message waiting until all before it are done with, as though it were a handler's row."""

    def _is_its_turn(self, owed: Owed, claimed: Mapping[str, Owed]) -> bool:
        return super()._is_its_turn(attrs.evolve(owed, message=None), claimed)


class HandlersOutOfOrder(MemoryStorage):
    """Hands out a handler's rows as they come."""

    def _is_its_turn(self, owed: Owed, claimed: Mapping[str, Owed]) -> bool:
        return True
