"""The order page is the same as in memory, row for row: found along an index, or by sorting the few that match."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import attrs
import pytest

from orderflow import AttemptState, Customer, Item, Money, OrderQuery, OrderStatus
from orderflow.adapters import finding
from orderflow.adapters.memory import MemoryStorage
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.cursor import cursor_of
from orderflow.ports import Storage
from orderflow.query import SORT_KEYS, sort_key
from orderflow.testing.contracts.storage.built import NOW, SECOND, attempt, claim, keep, onwards, order, outcome, owed

ORDERS = 60
SORTS = [f"{way}{key}" for key in SORT_KEYS for way in ("", "-")]
NAMES = (
    "Birthday video",
    "birthday",
    "Song",
    "song book",
    "\u00c4rmel",
    "\uff5etilde",
    "Stra\u00dfe 7",
    "\U0001f600 a",
)
PEOPLE = ("Ana", "ana bell", "Zed", "\u00c4da", "\uff21ki", "\U0001d49c", "O'Hara", "I\u0307pek")
#: For each filter, values of which some find much, some little, some nothing.
FILTERS: dict[str, tuple[Any, ...]] = {
    "store_id": ("studio-1", "studio-2", "nobody"),
    "statuses": (["received"], ["completed", "expired"], list(OrderStatus)),
    "placed_from": (NOW, NOW + 2 * SECOND, NOW + 9 * SECOND),
    "placed_until": (NOW + SECOND, NOW + 3 * SECOND),
    "total_min": (Money("1.00", "USD"), Money("2", "JPY"), Money("9", "EUR")),
    "total_max": (Money("1.00", "USD"), Money("3.00", "USD")),
    "text": ("", "birth", "s", "song b", "\u00e4", "a", "A\u0308RMEL", "strasse", "i\u0307", "-", "7 stra", "x"),
    "transaction_id": ("", "t", "t1", "T", "\u00e4", "\ud7ff", "\U0010ffff", "t\U0010ffff"),
    "webhook": ("none", "pending", "delivered", "failed"),
    "customer_id": ("m-1", "m-2", "nobody"),
    "needs_review": (True, False),
    "include_unverified": (True,),
}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryStorage, SQLiteStorage]]:
    """The same orders in memory and in a file."""
    memory = MemoryStorage()
    file = SQLiteStorage(tmp_path_factory.mktemp("agreement") / "shop.db", synchronous="NORMAL")
    for storage in (memory, file):
        fill(storage, random.Random("agreement"))
    yield memory, file
    file.close()


def fill(storage: Storage, chance: random.Random) -> None:
    for number in range(ORDERS):
        one = an_order(chance, f"{chance.choice('aAbB_0')}-{number}")
        webhook = chance.choice(FILTERS["webhook"])
        keep(storage, one, *([owed(1, "webhook", order_id=one.id)] if webhook != "none" else []))
        if webhook in ("delivered", "failed"):
            (row,) = claim(storage, order_id=one.id)
            storage.record_deliveries([outcome(row, webhook)])
        if webhook != "none" and chance.random() < 0.3:
            keep(storage, onwards(one), owed(2, "webhook", order_id=one.id))


def an_order(chance: random.Random, order_id: str) -> Any:
    placed_at = NOW + chance.randrange(5) * SECOND
    price = Money(chance.randrange(5), chance.choice(("USD", "EUR", "JPY")))
    transaction = chance.choice((None, "t", "t1", "t12", "T1", "\u00e4", "\ud7ff", "\U0010ffff"))
    state = chance.choice((AttemptState.REVIEW, AttemptState.APPROVED))
    charge = attempt(order_id=order_id, transaction_id=transaction, state=state, amount=price)
    return order(
        order_id,
        store_id=chance.choice(("studio-1", "studio-1", "studio-2")),
        customer=Customer(chance.choice(("m-1", "m-1", "m-2")), chance.choice(PEOPLE), "a@example.com"),
        items=[Item(name, price) for name in chance.choices(NAMES, k=chance.randrange(1, 3))],
        status=chance.choice(list(OrderStatus)),
        verified=chance.random() < 0.8,
        placed_at=placed_at,
        updated_at=placed_at,
        attempts=(charge,) if transaction else (),
    )


def pages(storage: Storage, query: OrderQuery) -> list[tuple[Any, ...]]:
    """All pages on from a query's, then all back again."""
    found = [storage.find(query)]
    while found[-1].next is not None:
        found.append(storage.find(attrs.evolve(query, after=found[-1].next)))
    while found[-1].previous is not None:
        found.append(storage.find(attrs.evolve(query, after=found[-1].previous)))
    return [(page.rows, page.next, page.previous) for page in found]


@pytest.mark.parametrize("few", [-1, 1_000], ids=["walked", "sorted"])
@pytest.mark.parametrize("sort", SORTS)
def test_every_filter_under_every_sort_gives_the_same_pages(
    stores: tuple[MemoryStorage, SQLiteStorage], monkeypatch: pytest.MonkeyPatch, sort: str, few: int
) -> None:
    monkeypatch.setattr(finding, "_FEW", few)
    memory, file = stores
    for name, values in FILTERS.items():
        for value in values:
            query = OrderQuery(sort=sort, limit=15, **{name: value})
            assert pages(file, query) == pages(memory, query), query


@pytest.mark.parametrize("few", [-1, 10, 1_000], ids=["walked", "either", "sorted"])
@pytest.mark.parametrize("seed", range(2))
def test_filters_that_come_together_give_the_same_pages(
    stores: tuple[MemoryStorage, SQLiteStorage], monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    monkeypatch.setattr(finding, "_FEW", few)
    chance = random.Random(f"{seed} {few}")
    memory, file = stores
    found = 0
    for _ in range(40):
        asked = {name: chance.choice(FILTERS[name]) for name in chance.sample(list(FILTERS), chance.randrange(2, 5))}
        if "total_min" in asked and "total_max" in asked:
            del asked["total_min"]  # they may be of two currencies
        query = OrderQuery(sort=chance.choice(SORTS), limit=chance.choice((1, 7, 200)), **asked)
        told = pages(file, query)
        assert told == pages(memory, query), query
        found += bool(told[0][0])
    assert found > 10


@pytest.mark.parametrize("is_at", [0, 1], ids=["after a row", "from a row on"])
@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_at_any_row_gives_the_same_page(
    stores: tuple[MemoryStorage, SQLiteStorage], sort: str, is_at: int
) -> None:
    memory, file = stores
    for statuses in ([], ["received"]):
        query = OrderQuery(sort=sort, statuses=statuses, limit=3)
        for row in memory.find(OrderQuery(limit=200)).rows:
            for direction in ("next", "previous"):
                cursor = cursor_of(direction, is_at, query.fingerprint, cursor_of(*sort_key(row, sort)))
                asked = attrs.evolve(query, after=cursor)
                assert file.find(asked) == memory.find(asked), (row, direction)


def test_counts_are_the_same(stores: tuple[MemoryStorage, SQLiteStorage]) -> None:
    memory, file = stores
    for store_id in FILTERS["store_id"]:
        assert file.counts(store_id) == memory.counts(store_id)


def test_both_ways_of_finding_a_page_are_taken(stores: tuple[MemoryStorage, SQLiteStorage]) -> None:
    """What leaves more orders than are sorted is filtered on the way along an index; the page is the same."""
    _, file = stores
    queries = [OrderQuery(text=text, sort="total", limit=9) for text in ("birth", "s", "a")]
    told = []
    for few, query in itertools.product((-1, 1_000), queries):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(finding, "_FEW", few)
            told.append(pages(file, query))
    assert told[:3] == told[3:]
