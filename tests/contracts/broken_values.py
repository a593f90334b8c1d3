"""Storages that give back other values than they were given, or values of two commits."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import timedelta
from typing import Any

import attrs

from orderflow import ConcurrentUpdate, Money, Order
from orderflow.adapters.memory import MemoryStorage
from orderflow.ports import CommandRecord


class WholeSeconds(MemoryStorage):
    """Keeps moments to the second."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        return order and attrs.evolve(order, placed_at=order.placed_at.replace(microsecond=0))


class ShiftedTimes(MemoryStorage):
    """Takes the local time of its server for UTC."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        return order and attrs.evolve(order, updated_at=order.updated_at + timedelta(hours=2))


class ShortTexts(MemoryStorage):
    """Keeps a hundred characters of a text."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        return order and attrs.evolve(order, reason=order.reason[:100])


class MoneyThroughFloats(MemoryStorage):
    """Keeps amounts as floating-point numbers."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        if order is None:
            return None
        items = [attrs.evolve(one, unit_price=_rounded(one.unit_price)) for one in order.items]
        return attrs.evolve(order, items=items)


class DataLost(MemoryStorage):
    """Keeps the first entry of an event's data."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        if order is None:
            return None
        events = [attrs.evolve(event, data=dict(list(event.data.items())[:1])) for event in order.timeline]
        return attrs.evolve(order, timeline=events)


class KeysWithoutCase(MemoryStorage):
    """Takes keys for the same that differ in case."""

    def find_command(self, order_id: str, key: str) -> CommandRecord | None:
        commands = self._orders[order_id].commands if order_id in self._orders else {}
        return {kept.casefold(): command for kept, command in commands.items()}.get(key.casefold())


class TornReads(MemoryStorage):
    """Reads an order, and then its notes, which may be of a later commit."""

    def load(self, order_id: str) -> Order | None:
        order = super().load(order_id)
        time.sleep(0.001)
        later = super().load(order_id)
        return attrs.evolve(order, notes=later.notes) if order and later else None


class NoLock(MemoryStorage):
    """Compares and sets, with time between the two."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = _NoLock()  # type: ignore[assignment]

    def _write(self, *written: Any) -> None:
        time.sleep(0)
        super()._write(*written)


class NoLockAwaited(MemoryStorage):
    """Gives way to other tasks between comparing and setting."""

    async def commit(self, order: Order, *, expected_version: int, **rest: Any) -> None:  # type: ignore[override]
        stored = self._orders.get(order.id)
        if stored is None:
            super().commit(order, expected_version=expected_version, **rest)
        elif stored.order.version != expected_version:
            raise ConcurrentUpdate(order.id)
        else:
            await asyncio.sleep(0)
            self._write(order, stored, rest["commit_id"], rest.get("messages", ()), None, rest.get("due_at"))


class _NoLock:
    def __enter__(self) -> None:
        threading.Event().wait(0)

    def __exit__(self, *error: object) -> None:
        pass


def _rounded(amount: Money) -> Money:
    return Money.from_minor_units(min(int(float(amount.minor_units)), 10**18 - 1), amount.currency)
