"""Ten thousand orders in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orderflow import Actor, OrderQuery, OrderStatus
from orderflow.adapters.memory import MemoryStorage
from reading.desk import START, Facts, ids, order_of, put
from shops import MERCHANT, STORE, Shop

MANY = 10_000
STATUSES = list(OrderStatus)


class Counting(MemoryStorage):
    """Counts the calls of its methods."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_") and name != "calls":
            self.calls.append(name)
        return super().__getattribute__(name)


@pytest.fixture(scope="module")
def full() -> Counting:
    storage = Counting()
    for number in range(MANY):
        put(
            storage,
            Facts(
                id=f"{number:05}",
                minute=number,
                customer_id=f"m-{number % 100}",
                status=STATUSES[number % 7],
                store_id=STORE if number % 2 else "studio-8",
            ),
        )
    return storage


def test_a_page_of_fifty_is_one_call(full: Counting) -> None:
    orders = Shop().service(storage=full)
    full.calls.clear()
    page = orders.find(OrderQuery(), by=MERCHANT)
    assert ids(page) == [f"{MANY - 1 - 2 * number:05}" for number in range(50)]
    following = orders.find(OrderQuery(after=page.next), by=MERCHANT)
    assert len(following.rows) == 50
    assert full.calls == ["find", "find"]


def test_counting_is_one_call(full: Counting) -> None:
    orders = Shop().service(storage=full)
    full.calls.clear()
    told = orders.counts(store_id=STORE, by=MERCHANT)
    assert sum(told.values()) == MANY / 2
    assert full.calls == ["counts"]


def test_a_customer_finds_their_hundred(full: Counting) -> None:
    orders = Shop().service(storage=full)
    page = orders.find(OrderQuery(limit=200), by=Actor.customer("m-7"))
    assert len(page.rows) == MANY / 100
    assert page.next is None


def test_a_sweep_takes_its_limit_and_says_that_there_is_more() -> None:
    shop = Shop()
    for number in range(MANY):
        order = order_of(Facts(id=f"{number:05}"))
        due_at = START - timedelta(seconds=number)
        shop.storage.commit(order, expected_version=0, commit_id=f"c-{number}", due_at=due_at)
    report = shop.orders.run_due(limit=100)
    assert report.remaining
    later = shop.storage.claim_due(now=START, lease=timedelta(minutes=2), limit=MANY)
    assert len(later.order_ids) == MANY - 100
    assert later.order_ids[0] == f"{MANY - 101:05}"  # the longest due went first
