"""Orders that the sweep has work on: handed out once, held for a lease, let go by a commit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ....ports import Storage
from .built import LEASE, NOW, SECOND, claim, due, keep, next_at, onwards, order, outcome, owed
from .case import StorageCase


class DueWork(StorageCase):
    """Orders with work are handed out once, held for a lease, and let go by a commit."""

    def test_an_order_is_handed_out_from_its_moment_on(self, store: Storage) -> None:
        keep(store, order(), due_at=NOW)
        assert due(store, NOW - SECOND) == ()
        assert due(store, NOW) == ("ord-1",)

    def test_an_order_that_is_never_due_is_not_handed_out(self, store: Storage) -> None:
        keep(store, order())
        assert due(store, NOW + timedelta(days=900)) == ()
        assert next_at(store) is None

    def test_a_commit_replaces_the_moment(self, store: Storage) -> None:
        first = keep(store, order(), due_at=NOW)
        second = keep(store, onwards(first), due_at=NOW + 5 * SECOND)
        assert due(store, NOW + 4 * SECOND) == ()
        third = keep(store, onwards(second), due_at=NOW)
        assert due(store, NOW) == ("ord-1",)
        keep(store, onwards(third), due_at=None)
        assert due(store, NOW + timedelta(days=900)) == ()

    def test_the_longest_due_comes_first(self, store: Storage) -> None:
        for order_id, seconds in (("a", 2), ("b", 3), ("c", 1)):
            keep(store, order(order_id), due_at=NOW + seconds * SECOND)
        assert due(store, NOW + 5 * SECOND, limit=2) == ("c", "a")
        assert due(store, NOW + 5 * SECOND) == ("b",)

    def test_no_more_orders_are_handed_out_than_the_limit(self, store: Storage) -> None:
        for number in range(5):
            keep(store, order(f"ord-{number}"), due_at=NOW)
        handed_out = [due(store, limit=2) for _ in range(4)]
        assert [len(ids) for ids in handed_out] == [2, 2, 1, 0]
        assert len({one for ids in handed_out for one in ids}) == 5

    def test_a_limit_of_none_at_all_hands_out_nothing(self, store: Storage) -> None:
        keep(store, order(), due_at=NOW)
        assert due(store, limit=0) == ()
        assert due(store) == ("ord-1",)

    def test_an_order_is_held_for_the_length_of_the_lease(self, store: Storage) -> None:
        keep(store, order(), due_at=NOW)
        assert due(store) == ("ord-1",)
        assert due(store, NOW + LEASE - SECOND) == ()
        assert due(store, NOW + LEASE) == ("ord-1",)
        assert due(store, NOW + LEASE + SECOND) == ()
        assert due(store, NOW + 3 * LEASE) == ("ord-1",)
        assert due(store, NOW + 4 * LEASE - SECOND) == ()

    def test_a_commit_ends_the_lease(self, store: Storage) -> None:
        first = keep(store, order(), due_at=NOW)
        due(store)
        keep(store, onwards(first), due_at=NOW)
        assert due(store) == ("ord-1",)

    def test_a_lease_on_one_order_holds_no_other(self, store: Storage) -> None:
        keep(store, order("a"), due_at=NOW)
        due(store)
        keep(store, order("b"), due_at=NOW)
        assert due(store) == ("b",)

    def test_a_lease_hinders_no_commit(self, store: Storage) -> None:
        """It keeps work moving and carries no safety."""
        first = keep(store, order(), due_at=NOW)
        due(store)
        second = keep(store, onwards(first))
        assert store.load("ord-1") == second

    def test_the_next_moment_is_the_earliest_to_come(self, store: Storage) -> None:
        keep(store, order("a"), due_at=NOW + 5 * SECOND)
        keep(store, order("b"), due_at=NOW + 3 * SECOND)
        keep(store, order("c"), due_at=NOW - SECOND)
        assert next_at(store) == NOW - SECOND  # a limit of nothing left it out: it is due now
        due(store)
        assert next_at(store) == NOW + 3 * SECOND

    def test_the_next_moment_may_be_that_at_which_an_order_is_let_go(self, store: Storage) -> None:
        keep(store, order(), due_at=NOW)
        assert store.claim_due(now=NOW, lease=LEASE, limit=1).next_at == NOW + LEASE

    def test_an_order_is_let_go_no_earlier_than_it_is_due(self, store: Storage) -> None:
        keep(store, order(), due_at=NOW)
        due(store)
        keep(store, onwards(order()), due_at=NOW + timedelta(hours=1))
        assert next_at(store) == NOW + timedelta(hours=1)

    def test_the_next_moment_is_not_to_come_if_the_limit_left_work_out(self, store: Storage) -> None:
        for number in range(3):
            keep(store, order(f"ord-{number}"), due_at=NOW - number * SECOND)
        claimed = store.claim_due(now=NOW, lease=LEASE, limit=1)
        assert (claimed.order_ids, claimed.next_at) == (("ord-2",), NOW - SECOND)
        assert store.claim_due(now=NOW, lease=LEASE, limit=2).next_at == NOW + LEASE

    def test_a_row_that_may_be_tried_already_is_not_to_come(self, store: Storage) -> None:
        """It is claimed as a row: the orders that are due need not be looked at again for it."""
        keep(store, order(), owed(next_try=NOW), owed(1, "webhook"))
        assert next_at(store) is None
        assert next_at(store, NOW - SECOND) == NOW

    @pytest.mark.parametrize("route", ["email", "webhook", "grant-access"])
    def test_the_next_moment_may_be_that_of_a_waiting_row(self, store: Storage, route: str) -> None:
        keep(store, order(), owed(1, route), due_at=NOW + timedelta(hours=1))
        assert next_at(store) == NOW + timedelta(hours=1)
        (row,) = claim(store)
        assert next_at(store) == NOW + LEASE
        store.record_deliveries([outcome(row, "waiting", next_try=NOW + 5 * SECOND)])
        assert next_at(store) == NOW + 5 * SECOND

    @pytest.mark.parametrize("state", ["delivered", "failed"])
    def test_a_row_that_is_done_is_no_work(self, store: Storage, state: str) -> None:
        keep(store, order(), owed(), owed(1, "in_app"))
        (row,) = claim(store)
        store.record_deliveries([outcome(row, state)])
        assert next_at(store) is None
