"""Finding, paging and counting."""

from __future__ import annotations

from typing import Any
from unicodedata import normalize

import attrs
import pytest

from .... import AttemptState, OrderQuery, OrderStatus, ValidationError
from ....ports import Storage
from ....query import summary_of, words
from .built import ANA, NOW, SECOND, VIDEO, attempt, keep, onwards, order
from .case import StorageCase
from .rich import TEXTS

STUDIO = "studio-7"


def ids(storage: Storage, **asked: Any) -> list[str]:
    return [row.id for row in storage.find(OrderQuery(sort="placed_at", **asked)).rows]


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

    @pytest.mark.parametrize("text", TEXTS)
    def test_any_text_is_found_by_its_words_in_any_case(self, store: Storage, text: str) -> None:
        keep(store, order("a", items=[attrs.evolve(VIDEO, name=text)]))
        keep(store, order("b", customer=attrs.evolve(ANA, name=text)))
        keep(store, order("c"))
        expected = ["a", "b"] if words(text) else ["a", "b", "c"]  # a text without words asks for nothing
        for asked in (text, text.swapcase(), text.casefold(), normalize("NFD", text), text[: len(text) // 2 + 1]):
            assert ids(store, text=asked) == expected, asked
        assert ids(store, text=f"{text} zz") == []
        assert ids(store, text=f"z{text.lstrip()}") == []

    @pytest.mark.parametrize(("text", "is_found"), [("vid birth", True), ("ana vid", True), ("video x", False)])
    def test_each_word_of_a_text_begins_a_word(self, store: Storage, text: str, *, is_found: bool) -> None:
        keep(store, order("a"))
        assert ids(store, text=text) == (["a"] if is_found else [])
        assert ids(store, text="irthday") == ids(store, text="deo") == []

    @pytest.mark.parametrize("wild", ["%", "_", "t%", "t_n", "\\", "'", "*", "?", "[t]", "TXN"])
    def test_a_transaction_id_is_found_by_how_it_begins_and_by_no_wildcard(self, store: Storage, wild: str) -> None:
        for order_id, transaction in (("a", "txn-1"), ("b", f"{wild}-2")):
            charge = attempt(order_id=order_id, state=AttemptState.APPROVED, transaction_id=transaction)
            keep(store, order(order_id, attempts=(charge,)))
        assert ids(store, transaction_id=wild) == ["b"]
        assert ids(store, transaction_id="txn-") == ids(store, transaction_id="txn-1") == ["a"]

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
