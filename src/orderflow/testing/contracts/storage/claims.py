"""Rows of the outbox: who may deliver what, when, and in which order."""

from __future__ import annotations

import pytest

from .... import Order
from ....ports import Owed, Storage
from .built import (
    LEASE,
    NOW,
    ROUTES,
    SECOND,
    claim,
    claim_ids,
    keep,
    onwards,
    order,
    outcome,
    owed,
)
from .case import StorageCase

HANDLER = "grant-access"


def ids(*rows: Owed) -> list[str]:
    return [row.id for row in rows]


def later(storage: Storage, before: Order, *rows: Owed) -> Order:
    return keep(storage, onwards(before), *rows)


def fail(storage: Storage, row: Owed, *, tries: int = 1) -> None:
    """A try of a row that was claimed has failed: it may be tried again five seconds later."""
    storage.record_deliveries([outcome(row, "waiting", tries=tries, next_try=NOW + 5 * SECOND, error="OSError")])


class Claims(StorageCase):
    """Rows of the outbox are handed out to one at a time, in order."""

    def test_a_row_is_handed_out_with_a_token_for_the_length_of_the_lease(self, store: Storage) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        assert (row.id, row.message, row.tries) == (owed().id, owed().message, 0)
        assert row.token
        assert row.next_try == NOW + LEASE

    def test_a_row_that_is_held_is_not_handed_out_until_its_lease_is_over(self, store: Storage) -> None:
        keep(store, order(), owed())
        (first,) = claim(store)
        assert claim(store, NOW + LEASE - SECOND) == []
        (second,) = claim(store, NOW + LEASE)
        (third,) = claim(store, NOW + 3 * LEASE)
        assert first.id == second.id == third.id
        assert len({first.token, second.token, third.token}) == 3
        assert (second.next_try, third.next_try) == (NOW + 2 * LEASE, NOW + 4 * LEASE)

    def test_no_two_rows_share_a_token(self, store: Storage) -> None:
        keep(store, order(), owed(), owed(2), owed(1, "webhook"), owed(1, HANDLER))
        assert len({row.token for row in claim(store)}) == 4

    def test_a_row_may_come_claimed(self, store: Storage) -> None:
        """So a caller delivers what it has just committed, without another commit to claim it."""
        row = owed(token="mine", next_try=NOW + LEASE)
        keep(store, order(), row)
        assert claim(store) == []
        store.record_deliveries([outcome(row)])
        assert store.messages("ord-1")[0].state == "delivered"

    def test_a_row_that_came_claimed_is_handed_out_after_its_claim(self, store: Storage) -> None:
        keep(store, order(), owed(token="mine", next_try=NOW + LEASE))
        (row,) = claim(store, NOW + LEASE)
        assert row.token != "mine"

    def test_a_row_waits_for_its_next_try(self, store: Storage) -> None:
        keep(store, order(), owed(next_try=NOW + SECOND))
        assert claim(store) == []
        assert claim_ids(store, NOW + SECOND) == ids(owed())

    def test_only_the_routes_that_are_asked_for_are_handed_out(self, store: Storage) -> None:
        email, webhook, handler = owed(), owed(1, "webhook"), owed(1, HANDLER)
        keep(store, order(), email, webhook, handler)
        assert claim_ids(store, routes=frozenset()) == []
        assert claim_ids(store, routes=frozenset({"other"})) == []
        assert claim_ids(store, routes=frozenset({"webhook"})) == ids(webhook)
        assert claim_ids(store, routes=frozenset({"email", HANDLER})) == ids(email, handler)

    def test_what_is_in_the_app_is_never_handed_out(self, store: Storage) -> None:
        keep(store, order(), owed(1, "in_app"))
        assert claim(store, routes=ROUTES | {"in_app"}) == []
        assert claim(store, routes=ROUTES | {"in_app"}, order_id="ord-1") == []

    def test_the_rows_of_one_order_can_be_asked_for(self, store: Storage) -> None:
        one, other = owed(), owed(order_id="ord-2")
        keep(store, order(), one)
        keep(store, order("ord-2"), other)
        assert claim_ids(store, order_id="ord-3") == []
        assert claim_ids(store, order_id="ord-2") == ids(other)
        assert claim_ids(store) == ids(one)

    def test_no_more_are_handed_out_than_the_limit(self, store: Storage) -> None:
        rows = [owed(seq) for seq in (1, 2, 3, 4, 5)]
        keep(store, order(), *rows)
        assert claim_ids(store, limit=0) == []
        assert claim_ids(store, limit=2) == ids(*rows[:2])
        assert claim_ids(store, limit=100, order_id="ord-1") == []  # the first tries before theirs are not over

    @pytest.mark.parametrize("state", ["delivered", "failed"])
    def test_what_is_done_is_handed_out_no_more(self, store: Storage, state: str) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        store.record_deliveries([outcome(row, state)])
        assert claim(store, NOW + LEASE) == []
        assert claim(store, NOW + LEASE, order_id="ord-1") == []

    def test_the_oldest_come_first(self, store: Storage) -> None:
        for seconds, order_id in enumerate(("b", "c", "a")):
            keep(store, order(order_id), owed(order_id=order_id, occurred_at=NOW + seconds * SECOND))
        assert [row.order_id for row in claim(store, limit=2)] == ["b", "c"]
        assert [row.order_id for row in claim(store)] == ["a"]

    def test_the_oldest_come_first_after_a_failed_try_too(self, store: Storage) -> None:
        for seconds, order_id in enumerate(("b", "a")):
            keep(store, order(order_id), owed(order_id=order_id, occurred_at=NOW + seconds * SECOND))
        (first,) = claim(store, limit=1)
        fail(store, first)
        assert [row.order_id for row in claim(store, NOW + 5 * SECOND, limit=1)] == ["b"]

    def test_rows_of_one_moment_come_by_order_and_event(self, store: Storage) -> None:
        for order_id in ("b", "a"):
            keep(store, order(order_id), *[owed(seq, order_id=order_id, occurred_at=NOW) for seq in (10, 2, 9)])
        claimed = [(row.order_id, row.seq) for row in claim(store)]
        assert claimed == [("a", 2), ("a", 9), ("a", 10), ("b", 2), ("b", 9), ("b", 10)]

    def test_a_first_try_waits_for_that_of_the_event_before(self, store: Storage) -> None:
        before = keep(store, order(), owed())
        claim(store)
        later(store, before, owed(2))
        assert claim(store) == []
        assert claim(store, order_id="ord-1") == []

    def test_rows_handed_out_together_are_in_order(self, store: Storage) -> None:
        first, second, third = owed(), owed(2), owed(3)
        keep(store, order(), first, second, third)
        assert claim_ids(store) == ids(first, second, third)

    def test_rows_handed_out_together_are_in_order_after_a_failed_try_too(self, store: Storage) -> None:
        first, second = owed(), owed(2)
        before = keep(store, order(), first)
        (row,) = claim(store)
        later(store, before, second)
        fail(store, row)
        assert claim_ids(store, NOW + 5 * SECOND) == ids(first, second)

    @pytest.mark.parametrize("order_id", [None, "ord-1"])
    def test_a_row_that_is_delivered_again_comes_in_its_order(self, store: Storage, order_id: str | None) -> None:
        first, second = owed(), owed(2)
        keep(store, order(), first)
        store.record_deliveries([outcome(row) for row in claim(store)])
        later(store, order(), second)
        store.record_deliveries([outcome(first, "waiting", tries=0)])
        assert claim_ids(store, order_id=order_id) == ids(first, second)

    @pytest.mark.parametrize("route", ["email", HANDLER])
    def test_what_waited_for_a_claim_that_ran_out_is_handed_out_with_it(self, store: Storage, route: str) -> None:
        first, second, third = owed(1, route), owed(2, route), owed(3, route)
        before = keep(store, order(), first)
        claim(store)
        later(store, before, second, third)
        assert claim(store, NOW + LEASE - SECOND) == []
        assert claim_ids(store, NOW + LEASE) == ids(first, second, third)

    def test_rows_put_back_untried_are_handed_out_together_again(self, store: Storage) -> None:
        first, second, third = owed(), owed(2), owed(3)
        before = keep(store, order(), first, second)
        store.record_deliveries([outcome(row, "waiting", tries=0) for row in claim(store)])
        later(store, before, third)
        assert claim_ids(store) == ids(first, second, third)

    def test_one_row_put_back_untried_comes_before_those_after_it(self, store: Storage) -> None:
        first, second = owed(), owed(2)
        before = keep(store, order(), first)
        (row,) = claim(store)
        later(store, before, second)
        store.record_deliveries([outcome(row, "waiting", tries=0)])
        assert claim_ids(store) == ids(first, second)

    @pytest.mark.parametrize("state", ["delivered", "failed"])
    def test_a_first_try_that_is_over_holds_nothing_back(self, store: Storage, state: str) -> None:
        before = keep(store, order(), owed())
        store.record_deliveries([outcome(row, state) for row in claim(store)])
        later(store, before, owed(2))
        assert claim_ids(store) == ids(owed(2))

    def test_a_retry_holds_nothing_back(self, store: Storage) -> None:
        before = keep(store, order(), owed())
        fail(store, claim(store)[0])
        later(store, before, owed(2))
        assert claim_ids(store) == ids(owed(2))

    def test_a_retry_waits_for_nothing(self, store: Storage) -> None:
        """However it comes: the row before it may be redelivered, and have its first try again."""
        keep(store, order(), owed(), owed(2))
        first, second = claim(store)
        store.record_deliveries([outcome(first)])
        fail(store, second)
        store.record_deliveries([outcome(first, "waiting", token=None, tries=0, next_try=NOW + LEASE)])
        assert claim_ids(store, NOW + 5 * SECOND) == ids(second)

    @pytest.mark.parametrize(
        "other",
        [
            owed(2, "webhook"),
            owed(2, "email", "merchant:studio-7"),
            owed(2, HANDLER),
            owed(2, order_id="ord-2"),
        ],
        ids=["another channel", "another recipient", "a handler", "another order"],
    )
    def test_only_the_same_order_recipient_and_channel_are_waited_for(self, store: Storage, other: Owed) -> None:
        first = keep(store, order("ord-1"), owed())
        second = keep(store, order("ord-2"))
        claim(store)
        later(store, first if other.order_id == "ord-1" else second, other)
        assert claim_ids(store) == ids(other)
