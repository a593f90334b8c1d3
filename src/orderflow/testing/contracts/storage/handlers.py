"""Rows of handlers: strictly in order, for each handler and each order."""

from __future__ import annotations

import pytest

from ....ports import Storage
from .built import NOW, SECOND, claim, claim_ids, keep, order, outcome, owed
from .case import StorageCase
from .claims import HANDLER, fail, ids


class Handlers(StorageCase):
    """A handler's rows are handed out strictly in order."""

    def test_a_handlers_rows_handed_out_together_are_in_order(self, store: Storage) -> None:
        rows = [owed(seq, HANDLER, "handler") for seq in (1, 2, 3)]
        keep(store, order(), *rows)
        assert claim_ids(store) == ids(*rows)

    def test_a_handlers_retry_holds_back_its_later_rows(self, store: Storage) -> None:
        first, second = owed(1, HANDLER, "handler"), owed(2, HANDLER, "handler")
        keep(store, order(), first, second)
        one, other = claim(store)
        fail(store, one)
        store.record_deliveries([outcome(other, "waiting", tries=0)])
        assert claim(store) == []
        assert ids(first) == claim_ids(store, NOW + 5 * SECOND)[:1]
        assert claim(store, NOW + 5 * SECOND) == []

    @pytest.mark.parametrize("tries", [0, 1, 5])
    def test_a_handlers_row_waits_even_if_it_was_tried_before(self, store: Storage, tries: int) -> None:
        first, second = owed(1, HANDLER, "handler"), owed(2, HANDLER, "handler", tries=tries)
        keep(store, order(), first, second)
        claim(store, limit=1)
        assert claim(store) == []

    @pytest.mark.parametrize("state", ["delivered", "failed"])
    def test_a_handlers_row_that_is_done_lets_the_next_go(self, store: Storage, state: str) -> None:
        first, second = owed(1, HANDLER, "handler"), owed(2, HANDLER, "handler")
        keep(store, order(), first, second)
        (row,) = claim(store, limit=1)
        store.record_deliveries([outcome(row, state)])
        assert claim_ids(store) == ids(second)

    def test_one_handler_waits_for_no_other(self, store: Storage) -> None:
        first, second = owed(1, HANDLER, "handler"), owed(2, "count", "handler")
        keep(store, order(), first, second)
        claim(store, routes=frozenset({HANDLER}))
        assert claim_ids(store, routes=frozenset({"count"})) == ids(second)

    def test_one_orders_handler_waits_for_no_other_orders(self, store: Storage) -> None:
        keep(store, order(), owed(1, HANDLER, "handler"))
        claim(store)
        other = owed(2, HANDLER, "handler", order_id="ord-2")
        keep(store, order("ord-2"), other)
        assert claim_ids(store) == ids(other)
