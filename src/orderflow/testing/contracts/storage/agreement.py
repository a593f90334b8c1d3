"""The same orders in the storage and in memory: every query gives the same rows, page by page."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from .... import OrderQuery
from ....adapters.memory import MemoryStorage
from ....ports import Storage
from ....query import SORT_KEYS
from .built import NOW, keep, order
from .case import StorageCase
from .crowd import FILTERS, ORDERS, change, fill, queries, walk

__all__ = ["Agreement"]


_ABOUT_CHANGES = [asked for asked in FILTERS if not {"statuses", "webhook", "include_unverified"}.isdisjoint(asked)]


def same_rows(store: Storage, memory: MemoryStorage, filters: Iterable[dict[str, Any]]) -> None:
    """Every sort of every filter in both directions, row for row, and the counts."""
    for key, asked in itertools.product(SORT_KEYS, filters):
        rows = memory.find(OrderQuery(sort=key, limit=200, **asked)).rows
        assert store.find(OrderQuery(sort=key, limit=200, **asked)).rows == rows, f"{key} {asked}"
        assert store.find(OrderQuery(sort=f"-{key}", limit=200, **asked)).rows == rows[::-1], f"-{key} {asked}"
    for store_id in ("studio-7", "studio-8", "studio-9"):
        assert store.counts(store_id) == memory.counts(store_id), f"the counts of {store_id}"


class Agreement(StorageCase):
    """`MemoryStorage` looks at every order, one by one: whoever is cleverer must find the same."""

    @pytest.fixture
    def memory(self) -> MemoryStorage:
        """What the storage is compared with."""
        return MemoryStorage()

    def test_every_sort_of_every_filter_gives_the_same_rows(self, store: Storage, memory: MemoryStorage) -> None:
        fill((store, memory))
        same_rows(store, memory, FILTERS)

    def test_what_changes_is_found_where_it_is_now(self, store: Storage, memory: MemoryStorage) -> None:
        chance = random.Random(1)
        for before in fill((store, memory))[::3]:
            change((store, memory), before, chance)
        same_rows(store, memory, _ABOUT_CHANGES)

    @pytest.mark.parametrize("key", SORT_KEYS)
    def test_pages_lead_there_and_back_over_every_tie(self, store: Storage, memory: MemoryStorage, key: str) -> None:
        fill((store, memory))
        for sign, asked in itertools.product(("", "-"), FILTERS[1:7:2]):
            query = OrderQuery(sort=sign + key, limit=13, **asked)
            for page, expected in itertools.zip_longest(walk(store, query), walk(memory, query)):
                assert page == expected, f"{sign}{key} {asked}"

    def test_filters_go_together(self, store: Storage, memory: MemoryStorage) -> None:
        fill((store, memory))
        for query in queries(seed=3, count=50):
            for page, expected in itertools.zip_longest(walk(store, query), walk(memory, query)):
                assert page == expected, repr(query)

    def test_a_page_that_is_just_full_is_the_last(self, store: Storage) -> None:
        for number in range(6):
            keep(store, order(f"ord-{number}"))
        for limit, pages in ((1, 6), (2, 3), (3, 2), (6, 1), (7, 1)):
            there_and_back = list(walk(store, OrderQuery(limit=limit)))
            assert len(there_and_back) == 2 * pages - 1, f"{limit} rows a page"

    def test_pages_lead_on_from_rows_that_have_changed(self, store: Storage, memory: MemoryStorage) -> None:
        """Whatever became of the row at the border, and of all others on the page."""
        both = (store, memory)
        orders, chance = fill(both), random.Random(1)
        for key, sign in itertools.product(SORT_KEYS, ("", "-")):
            asked: dict[str, Any] = chance.choice(({"statuses": [orders[0].status]}, {"store_id": "studio-7"}))
            query = OrderQuery(sort=sign + key, limit=9, **asked)
            page = store.find(query)
            for way in ("next", "next", "previous", "next", "previous", "previous"):
                changed = {row.id for row in page.rows[:: chance.choice((1, 2, 8))]}
                orders = [change(both, one, chance) if one.id in changed else one for one in orders]
                asked_on = attrs.evolve(query, after=getattr(page, way))
                page = store.find(asked_on)
                assert page == memory.find(asked_on), f"{query.sort} {asked}"

    def test_pages_are_stable_while_orders_arrive(self, store: Storage) -> None:
        """Who reads on neither misses an order that was there, nor sees one twice."""
        made = [kept for kept in fill((store,)) if kept.verified and kept.store_id == "studio-7"]
        query = OrderQuery(store_id="studio-7", sort="placed_at", limit=9)
        page = store.find(query)
        seen = [row.id for row in page.rows]
        numbers = itertools.count()
        while page.next is not None:
            number = next(numbers)
            assert number < ORDERS, "the pages have no end"
            moment = NOW + timedelta(hours=number)
            keep(store, order(f"new-{number:03}", placed_at=moment, updated_at=moment))
            page = store.find(attrs.evolve(query, after=page.next))
            seen += [row.id for row in page.rows]
        old = [one for one in seen if one.startswith("ord-")]
        assert len(set(seen)) == len(seen)
        assert sorted(old) == sorted(kept.id for kept in made)
