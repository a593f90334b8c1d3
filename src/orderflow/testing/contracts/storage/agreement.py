"""The same orders in the storage and in memory: every query gives the same rows, page by page."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import attrs
import pytest

from .... import AttemptState, Customer, Item, Money, Order, OrderQuery, OrderStatus, WebhookState
from ....adapters.memory import MemoryStorage
from ....ports import Storage
from ....query import SORT_KEYS
from .built import NOW, attempt, claim, keep, onwards, order, outcome, owed
from .case import StorageCase

__all__ = ["Agreement"]

_ORDERS: Final = 120
_NAMES: Final = (
    "Birthday video",
    "birthday CARD",
    "Signed print",
    "\u00c9toile film\u00e9e",
    "Zo\u00eb's song",
    "x_y 100%",
)
_STATES: Final = ("delivered", "failed", "waiting")

FILTERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"store_id": "studio-7"},
    {"statuses": [OrderStatus.RECEIVED]},
    {"store_id": "studio-7", "statuses": [OrderStatus.COMPLETED]},
    {"store_id": "studio-7", "statuses": [OrderStatus.ACCEPTED, OrderStatus.EXPIRED, OrderStatus.CANCELED]},
    {"placed_from": NOW + timedelta(hours=3), "placed_until": NOW + timedelta(hours=9)},
    {"store_id": "studio-7", "placed_from": NOW + timedelta(hours=3)},
    {"total_min": Money("20", "USD"), "total_max": Money("60", "USD")},
    {"store_id": "studio-7", "total_max": Money(40, "JPY")},
    {"total_min": Money(0, "USD")},
    {"text": "birth"},
    {"store_id": "studio-7", "text": "BIRTHDAY v"},
    {"text": "\u00e9toile"},
    {"text": "zo"},
    {"transaction_id": "txn-1"},
    {"store_id": "studio-7", "transaction_id": "txn-10"},
    {"webhook": WebhookState.FAILED},
    {"store_id": "studio-7", "webhook": WebhookState.PENDING},
    {"store_id": "studio-7", "webhook": WebhookState.DELIVERED},
    {"webhook": WebhookState.NONE},
    {"customer_id": "c-3"},
    {"store_id": "studio-7", "customer_id": "c-2", "statuses": [OrderStatus.RECEIVED, OrderStatus.DECLINED]},
    {"needs_review": True},
    {"store_id": "studio-7", "needs_review": False},
    {"include_unverified": True},
    {"store_id": "studio-8", "include_unverified": True, "text": "video"},
)


def _made(chance: random.Random, number: int) -> Order:
    currency = chance.choice(("USD", "USD", "JPY"))
    items = [
        Item(name=chance.choice(_NAMES), unit_price=Money(chance.randrange(0, 90, 10), currency))
        for _ in range(chance.randrange(1, 4))
    ]
    state = chance.choice((None, None, AttemptState.APPROVED, AttemptState.REVIEW))
    charges = () if state is None else (_charge(chance, number, state),)
    placed_at = NOW + timedelta(hours=chance.randrange(12))
    return order(
        f"ord-{number:03}",
        store_id=chance.choice(("studio-7", "studio-7", "studio-8")),
        customer=Customer(id=f"c-{chance.randrange(5)}", name=chance.choice(_NAMES), email="a@example.com"),
        items=items,
        attempts=charges,
        status=chance.choice(list(OrderStatus)),
        verified=chance.random() < 0.9,
        placed_at=placed_at,
        updated_at=placed_at,
    )


def _charge(chance: random.Random, number: int, state: AttemptState) -> Any:
    transaction = chance.choice((f"txn-{number}", "TXN-1", f"txn_{number}"))
    return attempt(1, order_id=f"ord-{number:03}", key=f"key-{number}", state=state, transaction_id=transaction)


def fill(stores: tuple[Storage, ...], seed: int = 7) -> list[Order]:
    """The same random orders in each storage, with webhooks in every state."""
    made = []
    for number in range(_ORDERS):
        chance = random.Random(f"{seed} {number}")
        kept = _made(chance, number)
        row = owed(1, "webhook", "merchant:x", order_id=kept.id)
        told = chance.choice((None, *_STATES))
        for store in stores:
            keep(store, kept, *([] if told is None else [row]))
            if told in ("delivered", "failed"):
                (claimed,) = claim(store, order_id=kept.id)
                store.record_deliveries([outcome(claimed, told)])
        made.append(kept)
    return made


def walk(store: Storage, query: OrderQuery) -> Iterator[list[Any]]:
    """Every page from the first to the last, and back again to the first."""
    page = store.find(query)
    yield list(page.rows)
    turns = itertools.count(1)
    while page.next is not None:
        assert next(turns) < _ORDERS, "the pages have no end"
        page = store.find(attrs.evolve(query, after=page.next))
        yield list(page.rows)
    while page.previous is not None:
        assert next(turns) < 2 * _ORDERS, "the pages have no beginning"
        page = store.find(attrs.evolve(query, after=page.previous))
        yield list(page.rows)


class Agreement(StorageCase):
    """`MemoryStorage` looks at every order, one by one: whoever is cleverer must find the same."""

    @pytest.fixture
    def memory(self) -> MemoryStorage:
        """What the storage is compared with."""
        return MemoryStorage()

    def test_every_sort_of_every_filter_gives_the_same_rows(self, store: Storage, memory: MemoryStorage) -> None:
        fill((store, memory))
        for key, sign, asked in itertools.product(SORT_KEYS, ("", "-"), FILTERS):
            query = OrderQuery(sort=sign + key, limit=200, **asked)
            assert store.find(query) == memory.find(query), f"{sign}{key} {asked}"

    @pytest.mark.parametrize("sign", ["", "-"])
    @pytest.mark.parametrize("key", SORT_KEYS)
    def test_pages_lead_there_and_back_over_every_tie(
        self, store: Storage, memory: MemoryStorage, key: str, sign: str
    ) -> None:
        fill((store, memory))
        for asked in FILTERS[:5]:
            query = OrderQuery(sort=sign + key, limit=7, **asked)
            assert list(walk(store, query)) == list(walk(memory, query)), f"{sign}{key} {asked}"

    def test_every_status_of_every_store_is_counted_alike(self, store: Storage, memory: MemoryStorage) -> None:
        fill((store, memory))
        for store_id in ("studio-7", "studio-8", "studio-9"):
            assert store.counts(store_id) == memory.counts(store_id)

    def test_what_changes_is_found_where_it_is_now(self, store: Storage, memory: MemoryStorage) -> None:
        made = fill((store, memory))
        for number, before in enumerate(made[::3]):
            changed = onwards(before, status=OrderStatus.COMPLETED, verified=True)
            for one in (store, memory):
                keep(one, changed, *([owed(2, "webhook", "merchant:x", order_id=before.id)] if number % 2 else []))
        for key, asked in itertools.product(SORT_KEYS, FILTERS):
            query = OrderQuery(sort=key, limit=200, **asked)
            assert store.find(query) == memory.find(query), f"{key} {asked}"

    def test_pages_are_stable_while_orders_arrive(self, store: Storage) -> None:
        """Who reads on neither misses an order that was there, nor sees one twice."""
        made = [kept for kept in fill((store,)) if kept.verified and kept.store_id == "studio-7"]
        query = OrderQuery(store_id="studio-7", sort="placed_at", limit=9)
        page = store.find(query)
        seen = [row.id for row in page.rows]
        numbers = itertools.count()
        while page.next is not None:
            number = next(numbers)
            assert number < _ORDERS, "the pages have no end"
            moment = NOW + timedelta(hours=number)
            keep(store, order(f"new-{number:03}", placed_at=moment, updated_at=moment))
            page = store.find(attrs.evolve(query, after=page.next))
            seen += [row.id for row in page.rows]
        old = [one for one in seen if one.startswith("ord-")]
        assert len(set(seen)) == len(seen)
        assert sorted(old) == sorted(kept.id for kept in made)
