"""Finding and counting, as a storage is asked; tests/reading asks the services."""

from __future__ import annotations

import pytest

from .... import OrderQuery, OrderStatus, ValidationError
from ....ports import Storage
from ....query import summary_of
from .built import NOW, SECOND, keep, onwards, order
from .case import StorageCase

STUDIO = "studio-7"


class Finding(StorageCase):
    """Orders are found, sorted, paged and counted as `orderflow.query` says."""

    def test_an_empty_storage_finds_one_empty_page(self, store: Storage) -> None:
        page = store.find(OrderQuery())
        assert (page.rows, page.next, page.previous) == ((), None, None)

    def test_a_row_tells_of_the_order_as_it_stands(self, store: Storage) -> None:
        first = keep(store, order())
        assert store.find(OrderQuery()).rows == (summary_of(first),)
        second = keep(store, onwards(first, status=OrderStatus.CANCELED))
        assert store.find(OrderQuery()).rows == (summary_of(second),)
        assert store.find(OrderQuery(statuses=[OrderStatus.RECEIVED])).rows == ()

    def test_pages_lead_there_and_back(self, store: Storage) -> None:
        for number in range(5):
            keep(store, order(f"ord-{number}", placed_at=NOW + number * SECOND, updated_at=NOW + number * SECOND))
        first = store.find(OrderQuery(limit=2))
        second = store.find(OrderQuery(limit=2, after=first.next))
        third = store.find(OrderQuery(limit=2, after=second.next))
        assert [[row.id[-1] for row in page.rows] for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
        assert (first.previous, third.next) == (None, None)
        assert store.find(OrderQuery(limit=2, after=third.previous)).rows == second.rows
        assert store.find(OrderQuery(limit=2, after=second.previous)).rows == first.rows

    def test_a_cursor_of_another_query_is_refused(self, store: Storage) -> None:
        keep(store, order("a"))
        keep(store, order("b"))
        after = store.find(OrderQuery(limit=1)).next
        for other in (OrderQuery(after=after, sort="placed_at"), OrderQuery(after=after, store_id=STUDIO)):
            with pytest.raises(ValidationError):
                store.find(other)

    @pytest.mark.parametrize("broken", ["x", "é", "====", "bm90IGpzb24=", "W10="])
    def test_a_broken_cursor_of_orders_is_refused(self, store: Storage, broken: str) -> None:
        with pytest.raises(ValidationError):
            store.find(OrderQuery(after=broken))

    def test_all_seven_statuses_are_counted(self, store: Storage) -> None:
        assert store.counts(STUDIO) == dict.fromkeys(OrderStatus, 0)
        for number, status in enumerate(OrderStatus):
            for which in range(number):
                keep(store, order(f"{status}-{which}", status=status))
        assert store.counts(STUDIO) == {status: number for number, status in enumerate(OrderStatus)}

    def test_only_the_stores_own_orders_are_counted(self, store: Storage) -> None:
        keep(store, order("a"))
        keep(store, order("b", store_id="studio-8"))
        assert store.counts(STUDIO)[OrderStatus.RECEIVED] == 1
        assert store.counts("studio-9") == dict.fromkeys(OrderStatus, 0)

    def test_only_announced_orders_are_counted(self, store: Storage) -> None:
        keep(store, order("a", verified=False))
        keep(store, order("b", verified=False, status=OrderStatus.DECLINED))
        assert store.counts(STUDIO) == dict.fromkeys(OrderStatus, 0)

    def test_counts_follow_the_orders(self, store: Storage) -> None:
        keep(store, onwards(keep(store, order()), status=OrderStatus.ACCEPTED))
        told = store.counts(STUDIO)
        assert (told[OrderStatus.RECEIVED], told[OrderStatus.ACCEPTED]) == (0, 1)
