"""Finding and counting, as a storage is asked; tests/reading asks the services."""

from __future__ import annotations

import pytest

from adapters.built import NOW, SECOND, keep, onwards, order
from orderflow import OrderQuery, OrderStatus, ValidationError
from orderflow.ports import Storage
from orderflow.query import summary_of

STUDIO = "studio-7"


def test_an_empty_storage_finds_one_empty_page(storage: Storage) -> None:
    page = storage.find(OrderQuery())
    assert (page.rows, page.next, page.previous) == ((), None, None)


def test_a_row_tells_of_the_order_as_it_stands(storage: Storage) -> None:
    first = keep(storage, order())
    assert storage.find(OrderQuery()).rows == (summary_of(first),)
    second = keep(storage, onwards(first, status=OrderStatus.CANCELED))
    assert storage.find(OrderQuery()).rows == (summary_of(second),)
    assert storage.find(OrderQuery(statuses=["received"])).rows == ()


def test_pages_lead_there_and_back(storage: Storage) -> None:
    for number in range(5):
        keep(storage, order(f"ord-{number}", placed_at=NOW + number * SECOND, updated_at=NOW + number * SECOND))
    first = storage.find(OrderQuery(limit=2))
    second = storage.find(OrderQuery(limit=2, after=first.next))
    third = storage.find(OrderQuery(limit=2, after=second.next))
    assert [[row.id[-1] for row in page.rows] for page in (first, second, third)] == [["4", "3"], ["2", "1"], ["0"]]
    assert (first.previous, third.next) == (None, None)
    assert storage.find(OrderQuery(limit=2, after=third.previous)).rows == second.rows
    assert storage.find(OrderQuery(limit=2, after=second.previous)).rows == first.rows


def test_a_cursor_of_another_query_is_refused(storage: Storage) -> None:
    keep(storage, order("a"))
    keep(storage, order("b"))
    after = storage.find(OrderQuery(limit=1)).next
    for other in (OrderQuery(after=after, sort="placed_at"), OrderQuery(after=after, store_id=STUDIO)):
        with pytest.raises(ValidationError):
            storage.find(other)


@pytest.mark.parametrize("broken", ["x", "é", "====", "bm90IGpzb24=", "W10="])
def test_a_broken_cursor_is_refused(storage: Storage, broken: str) -> None:
    with pytest.raises(ValidationError):
        storage.find(OrderQuery(after=broken))


def test_all_seven_statuses_are_counted(storage: Storage) -> None:
    assert storage.counts(STUDIO) == dict.fromkeys(OrderStatus, 0)
    for number, status in enumerate(OrderStatus):
        for which in range(number):
            keep(storage, order(f"{status}-{which}", status=status))
    assert storage.counts(STUDIO) == {status: number for number, status in enumerate(OrderStatus)}


def test_only_the_stores_own_orders_are_counted(storage: Storage) -> None:
    keep(storage, order("a"))
    keep(storage, order("b", store_id="studio-8"))
    assert storage.counts(STUDIO)[OrderStatus.RECEIVED] == 1
    assert storage.counts("studio-9") == dict.fromkeys(OrderStatus, 0)


def test_only_announced_orders_are_counted(storage: Storage) -> None:
    keep(storage, order("a", verified=False))
    keep(storage, order("b", verified=False, status=OrderStatus.DECLINED))
    assert storage.counts(STUDIO) == dict.fromkeys(OrderStatus, 0)


def test_counts_follow_the_orders(storage: Storage) -> None:
    keep(storage, onwards(keep(storage, order()), status=OrderStatus.ACCEPTED))
    told = storage.counts(STUDIO)
    assert (told[OrderStatus.RECEIVED], told[OrderStatus.ACCEPTED]) == (0, 1)
