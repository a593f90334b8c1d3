"""Rows of the outbox: who may deliver what, when, and in which order."""

from __future__ import annotations

import pytest

from adapters.built import (
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
from orderflow import Order
from orderflow.ports import Owed, Storage

HANDLER = "grant-access"


def ids(*rows: Owed) -> list[str]:
    return [row.id for row in rows]


def later(storage: Storage, before: Order, *rows: Owed) -> Order:
    return keep(storage, onwards(before), *rows)


def fail(storage: Storage, row: Owed, *, tries: int = 1) -> None:
    """A try of a row that was claimed has failed: it may be tried again five seconds later."""
    storage.record_deliveries([outcome(row, "waiting", tries=tries, next_try=NOW + 5 * SECOND, error="OSError")])


def test_a_row_is_handed_out_with_a_token_for_the_length_of_the_lease(storage: Storage) -> None:
    keep(storage, order(), owed())
    (row,) = claim(storage)
    assert (row.id, row.message, row.tries) == (owed().id, owed().message, 0)
    assert row.token
    assert row.next_try == NOW + LEASE


def test_a_row_that_is_held_is_not_handed_out_until_its_lease_is_over(storage: Storage) -> None:
    keep(storage, order(), owed())
    (first,) = claim(storage)
    assert claim(storage, NOW + LEASE - SECOND) == []
    (second,) = claim(storage, NOW + LEASE)
    assert second.id == first.id
    assert second.token != first.token
    assert second.next_try == NOW + LEASE + LEASE


def test_no_two_rows_share_a_token(storage: Storage) -> None:
    keep(storage, order(), owed(), owed(2), owed(1, "webhook"), owed(1, HANDLER))
    assert len({row.token for row in claim(storage)}) == 4


def test_a_row_may_come_claimed(storage: Storage) -> None:
    """So a caller delivers what it has just committed, without another commit to claim it."""
    row = owed(token="mine", next_try=NOW + LEASE)
    keep(storage, order(), row)
    assert claim(storage) == []
    storage.record_deliveries([outcome(row)])
    assert storage.messages("ord-1")[0].state == "delivered"


def test_a_row_that_came_claimed_is_handed_out_after_its_claim(storage: Storage) -> None:
    keep(storage, order(), owed(token="mine", next_try=NOW + LEASE))
    (row,) = claim(storage, NOW + LEASE)
    assert row.token != "mine"


def test_a_row_waits_for_its_next_try(storage: Storage) -> None:
    keep(storage, order(), owed(next_try=NOW + SECOND))
    assert claim(storage) == []
    assert claim_ids(storage, NOW + SECOND) == ids(owed())


def test_only_the_routes_that_are_asked_for_are_handed_out(storage: Storage) -> None:
    email, webhook, handler = owed(), owed(1, "webhook"), owed(1, HANDLER)
    keep(storage, order(), email, webhook, handler)
    assert claim_ids(storage, routes=frozenset()) == []
    assert claim_ids(storage, routes=frozenset({"other"})) == []
    assert claim_ids(storage, routes=frozenset({"webhook"})) == ids(webhook)
    assert claim_ids(storage, routes=frozenset({"email", HANDLER})) == ids(email, handler)


def test_what_is_in_the_app_is_never_handed_out(storage: Storage) -> None:
    keep(storage, order(), owed(1, "in_app"))
    assert claim(storage, routes=ROUTES | {"in_app"}) == []
    assert claim(storage, routes=ROUTES | {"in_app"}, order_id="ord-1") == []


def test_the_rows_of_one_order_can_be_asked_for(storage: Storage) -> None:
    one, other = owed(), owed(order_id="ord-2")
    keep(storage, order(), one)
    keep(storage, order("ord-2"), other)
    assert claim_ids(storage, order_id="ord-3") == []
    assert claim_ids(storage, order_id="ord-2") == ids(other)
    assert claim_ids(storage) == ids(one)


def test_no_more_are_handed_out_than_the_limit(storage: Storage) -> None:
    rows = [owed(seq) for seq in (1, 2, 3, 4, 5)]
    keep(storage, order(), *rows)
    assert claim_ids(storage, limit=0) == []
    assert claim_ids(storage, limit=2) == ids(*rows[:2])
    assert claim_ids(storage, limit=100, order_id="ord-1") == []  # the first tries before theirs are not over


@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_what_is_done_is_handed_out_no_more(storage: Storage, state: str) -> None:
    keep(storage, order(), owed())
    (row,) = claim(storage)
    storage.record_deliveries([outcome(row, state)])
    assert claim(storage, NOW + LEASE) == []
    assert claim(storage, NOW + LEASE, order_id="ord-1") == []


def test_the_oldest_come_first(storage: Storage) -> None:
    for seconds, order_id in enumerate(("b", "c", "a")):
        keep(storage, order(order_id), owed(order_id=order_id, occurred_at=NOW + seconds * SECOND))
    assert [row.order_id for row in claim(storage, limit=2)] == ["b", "c"]
    assert [row.order_id for row in claim(storage)] == ["a"]


def test_the_oldest_come_first_after_a_failed_try_too(storage: Storage) -> None:
    for seconds, order_id in enumerate(("b", "a")):
        keep(storage, order(order_id), owed(order_id=order_id, occurred_at=NOW + seconds * SECOND))
    (first,) = claim(storage, limit=1)
    fail(storage, first)
    assert [row.order_id for row in claim(storage, NOW + 5 * SECOND, limit=1)] == ["b"]


def test_a_first_try_waits_for_that_of_the_event_before(storage: Storage) -> None:
    before = keep(storage, order(), owed())
    claim(storage)
    later(storage, before, owed(2))
    assert claim(storage) == []
    assert claim(storage, order_id="ord-1") == []


def test_rows_handed_out_together_are_in_order(storage: Storage) -> None:
    first, second, third = owed(), owed(2), owed(3)
    keep(storage, order(), first, second, third)
    assert claim_ids(storage) == ids(first, second, third)


def test_rows_handed_out_together_are_in_order_after_a_failed_try_too(storage: Storage) -> None:
    first, second = owed(), owed(2)
    before = keep(storage, order(), first)
    (row,) = claim(storage)
    later(storage, before, second)
    fail(storage, row)
    assert claim_ids(storage, NOW + 5 * SECOND) == ids(first, second)


@pytest.mark.parametrize("order_id", [None, "ord-1"])
def test_a_row_that_is_delivered_again_comes_in_its_order(storage: Storage, order_id: str | None) -> None:
    first, second = owed(), owed(2)
    keep(storage, order(), first)
    storage.record_deliveries([outcome(row) for row in claim(storage)])
    later(storage, order(), second)
    storage.record_deliveries([outcome(first, "waiting", tries=0)])
    assert claim_ids(storage, order_id=order_id) == ids(first, second)


def test_rows_put_back_untried_are_handed_out_together_again(storage: Storage) -> None:
    first, second, third = owed(), owed(2), owed(3)
    before = keep(storage, order(), first, second)
    storage.record_deliveries([outcome(row, "waiting", tries=0) for row in claim(storage)])
    later(storage, before, third)
    assert claim_ids(storage) == ids(first, second, third)


def test_one_row_put_back_untried_comes_before_those_after_it(storage: Storage) -> None:
    first, second = owed(), owed(2)
    before = keep(storage, order(), first)
    (row,) = claim(storage)
    later(storage, before, second)
    storage.record_deliveries([outcome(row, "waiting", tries=0)])
    assert claim_ids(storage) == ids(first, second)


@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_a_first_try_that_is_over_holds_nothing_back(storage: Storage, state: str) -> None:
    before = keep(storage, order(), owed())
    storage.record_deliveries([outcome(row, state) for row in claim(storage)])
    later(storage, before, owed(2))
    assert claim_ids(storage) == ids(owed(2))


def test_a_retry_holds_nothing_back(storage: Storage) -> None:
    before = keep(storage, order(), owed())
    fail(storage, claim(storage)[0])
    later(storage, before, owed(2))
    assert claim_ids(storage) == ids(owed(2))


def test_a_retry_waits_for_nothing(storage: Storage) -> None:
    """However it comes: the row before it may be redelivered, and have its first try again."""
    keep(storage, order(), owed(), owed(2))
    first, second = claim(storage)
    storage.record_deliveries([outcome(first)])
    fail(storage, second)
    storage.record_deliveries([outcome(first, "waiting", token=None, tries=0, next_try=NOW + LEASE)])
    assert claim_ids(storage, NOW + 5 * SECOND) == ids(second)


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
def test_only_the_same_order_recipient_and_channel_are_waited_for(storage: Storage, other: Owed) -> None:
    first = keep(storage, order("ord-1"), owed())
    second = keep(storage, order("ord-2"))
    claim(storage)
    later(storage, first if other.order_id == "ord-1" else second, other)
    assert claim_ids(storage) == ids(other)


def test_a_handlers_rows_handed_out_together_are_in_order(storage: Storage) -> None:
    rows = [owed(seq, HANDLER, "handler") for seq in (1, 2, 3)]
    keep(storage, order(), *rows)
    assert claim_ids(storage) == ids(*rows)


def test_a_handlers_retry_holds_back_its_later_rows(storage: Storage) -> None:
    first, second = owed(1, HANDLER, "handler"), owed(2, HANDLER, "handler")
    keep(storage, order(), first, second)
    one, other = claim(storage)
    fail(storage, one)
    storage.record_deliveries([outcome(other, "waiting", tries=0)])
    assert claim(storage) == []
    assert ids(first) == claim_ids(storage, NOW + 5 * SECOND)[:1]
    assert claim(storage, NOW + 5 * SECOND) == []


@pytest.mark.parametrize("tries", [0, 1, 5])
def test_a_handlers_row_waits_even_if_it_was_tried_before(storage: Storage, tries: int) -> None:
    first, second = owed(1, HANDLER, "handler"), owed(2, HANDLER, "handler", tries=tries)
    keep(storage, order(), first, second)
    claim(storage, limit=1)
    assert claim(storage) == []


@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_a_handlers_row_that_is_done_lets_the_next_go(storage: Storage, state: str) -> None:
    first, second = owed(1, HANDLER, "handler"), owed(2, HANDLER, "handler")
    keep(storage, order(), first, second)
    (row,) = claim(storage, limit=1)
    storage.record_deliveries([outcome(row, state)])
    assert claim_ids(storage) == ids(second)


def test_one_handler_waits_for_no_other(storage: Storage) -> None:
    first, second = owed(1, HANDLER, "handler"), owed(2, "count", "handler")
    keep(storage, order(), first, second)
    claim(storage, routes=frozenset({HANDLER}))
    assert claim_ids(storage, routes=frozenset({"count"})) == ids(second)


def test_one_orders_handler_waits_for_no_other_orders(storage: Storage) -> None:
    keep(storage, order(), owed(1, HANDLER, "handler"))
    claim(storage)
    other = owed(2, HANDLER, "handler", order_id="ord-2")
    keep(storage, order("ord-2"), other)
    assert claim_ids(storage) == ids(other)
