"""A worker of the shop: does what shops do, at random, until it is killed, and writes down what it was told."""

from __future__ import annotations

import logging
import os
import random
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from orderflow import Order, OrderNotFound, OrderQuery, OrderService, StorageError
from shops import OPERATOR
from soak.errands import MAY_RAISE, Errand, new_errand, new_submit, run
from soak.lines import Lines, mend, read
from soak.settings import Settings

__all__ = ["told_of", "work"]

_SUBMITS = 0.25
_SWEEPS = 0.1
_LOOKS = 0.1
_RECENT = 40
_REPEATS = 0.7
_MOST_REPEATS = 4
_GIVES_UP = 0.3
_BREATH = 0.05  # seconds
_SWEEP_LIMIT = 20


class _Worker:
    """One life of a worker.

    Args:
        orders: Its service.
        chance: Its choices.
        journal: Where it writes what it was told.
        name: Different for each life.
    """

    def __init__(self, orders: OrderService, chance: random.Random, journal: Lines, name: str) -> None:
        self._orders = orders
        self._chance = chance
        self._journal = journal
        self._name = name
        self._count = 0
        self._recent: list[str] = []

    def act(self) -> None:
        """Do something."""
        self._count += 1
        key = f"{self._name}-{self._count}"
        draw = self._chance.random()
        if draw < _SWEEPS:
            self._ask(self._orders.run_due, _SWEEP_LIMIT)
        elif draw < _SWEEPS + _LOOKS or (self._count == 1):
            page = self._ask(self._orders.find, OrderQuery(limit=_RECENT, include_unverified=True), by=OPERATOR)
            self._recent = [row.id for row in page.rows] if page is not None else self._recent
        elif draw < _SWEEPS + _LOOKS + _SUBMITS or not self._recent:
            self._recent = [key, *self._recent[: _RECENT - 1]]
            self.go(new_submit(self._chance, key))
        else:
            order = self._ask(self._orders.get, self._recent_order(), by=OPERATOR)
            if order is not None:
                self.go(new_errand(self._chance, key, order))

    def _recent_order(self) -> str:
        """Mostly one of the newest, so that several workers are at the same order at once."""
        return self._recent[int(len(self._recent) * self._chance.random() ** 2)]

    def go(self, errand: Errand) -> None:
        """Run an errand; and run it again, as a caller does who was told that the outcome is unknown, or is unsure."""
        self._journal.add({"errand": errand}, sync=False)
        for _ in range(_MOST_REPEATS):
            if self._answer(errand) != "StorageError" or self._chance.random() > _REPEATS:
                break

    def _answer(self, errand: Errand) -> str:
        try:
            order = run(self._orders, errand)
        except MAY_RAISE[errand["act"]] as error:
            name = type(error).__name__
            self._journal.add({"done": errand, "error": name})
            _take_a_breath(error)
            return name
        self._journal.add({"done": errand, "told": told_of(order) if order is not None else None})
        return ""

    def _ask(self, question: Any, *arguments: Any, **named: Any) -> Any:
        """What is asked for; None if the storage was not there, or no such order has come to be."""
        try:
            return question(*arguments, **named)
        except (StorageError, OrderNotFound) as error:
            self._journal.add({"error": type(error).__name__}, sync=False)
            _take_a_breath(error)
            return None


def _take_a_breath(error: Exception) -> None:
    """A storage that is not there is not asked again at once."""
    if isinstance(error, StorageError):
        time.sleep(_BREATH)


def told_of(order: Order) -> dict[str, Any]:
    """What a caller now knows of an order, and may rely on."""
    return {
        "version": order.version,
        "status": order.status.value,
        "events": [[event.seq, event.kind.value] for event in order.timeline],
        "attempts": [[one.purpose.value, one.number, one.state.value] for one in order.attempts],
    }


def work(settings: Settings, slot: int, life: int) -> None:
    """Work until killed. What the life before left unanswered is mostly done first, under its key."""
    logging.disable(logging.CRITICAL)  # trouble is what this is about
    name = f"{settings.seed}-{slot}-{life}"
    path = _journal(settings, slot, life)
    journal = Lines(path)
    parent = os.getppid()
    try:
        with settings.storage() as storage:
            chance = random.Random(name)
            worker = _Worker(settings.service(storage, chance), chance, journal, name)
            left = _left_unanswered(_journal(settings, slot, life - 1))
            if left is not None and chance.random() > _GIVES_UP:
                worker.go(left)
            while os.getppid() == parent:
                worker.act()
    except Exception:
        journal.add({"broken": traceback.format_exc()})
        sys.exit(1)


def _journal(settings: Settings, slot: int, life: int) -> Path:
    return settings.folder / f"journal-{slot:02}-{life:06}.jsonl"


def _left_unanswered(path: Path) -> Errand | None:
    mend(path)
    lines = list(read(path))
    errand: Errand | None = lines[-1].get("errand") if lines else None
    return errand
