"""Orders that the sweep has work on: handed out once, held for a lease, let go by a commit."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.built import LEASE, NOW, SECOND, claim, due, keep, next_at, onwards, order, outcome, owed
from orderflow.ports import Storage


def test_an_order_is_handed_out_from_its_moment_on(storage: Storage) -> None:
    keep(storage, order(), due_at=NOW)
    assert due(storage, NOW - SECOND) == ()
    assert due(storage, NOW) == ("ord-1",)


def test_an_order_that_is_never_due_is_not_handed_out(storage: Storage) -> None:
    keep(storage, order())
    assert due(storage, NOW + timedelta(days=900)) == ()
    assert next_at(storage) is None


def test_a_commit_replaces_the_moment(storage: Storage) -> None:
    first = keep(storage, order(), due_at=NOW)
    second = keep(storage, onwards(first), due_at=NOW + 5 * SECOND)
    assert due(storage, NOW + 4 * SECOND) == ()
    third = keep(storage, onwards(second), due_at=NOW)
    assert due(storage, NOW) == ("ord-1",)
    keep(storage, onwards(third), due_at=None)
    assert due(storage, NOW + timedelta(days=900)) == ()


def test_the_longest_due_comes_first(storage: Storage) -> None:
    for order_id, seconds in (("a", 2), ("b", 3), ("c", 1)):
        keep(storage, order(order_id), due_at=NOW + seconds * SECOND)
    assert due(storage, NOW + 5 * SECOND, limit=2) == ("c", "a")
    assert due(storage, NOW + 5 * SECOND) == ("b",)


def test_no_more_are_handed_out_than_the_limit(storage: Storage) -> None:
    for number in range(5):
        keep(storage, order(f"ord-{number}"), due_at=NOW)
    handed_out = [due(storage, limit=2) for _ in range(4)]
    assert [len(ids) for ids in handed_out] == [2, 2, 1, 0]
    assert len({one for ids in handed_out for one in ids}) == 5


def test_a_limit_of_none_at_all_hands_out_nothing(storage: Storage) -> None:
    keep(storage, order(), due_at=NOW)
    assert due(storage, limit=0) == ()
    assert due(storage) == ("ord-1",)


def test_an_order_is_held_for_the_length_of_the_lease(storage: Storage) -> None:
    keep(storage, order(), due_at=NOW)
    assert due(storage) == ("ord-1",)
    assert due(storage, NOW + LEASE - SECOND) == ()
    assert due(storage, NOW + LEASE) == ("ord-1",)
    assert due(storage, NOW + LEASE + SECOND) == ()


def test_a_commit_ends_the_lease(storage: Storage) -> None:
    first = keep(storage, order(), due_at=NOW)
    due(storage)
    keep(storage, onwards(first), due_at=NOW)
    assert due(storage) == ("ord-1",)


def test_a_lease_on_one_order_holds_no_other(storage: Storage) -> None:
    keep(storage, order("a"), due_at=NOW)
    due(storage)
    keep(storage, order("b"), due_at=NOW)
    assert due(storage) == ("b",)


def test_a_lease_hinders_no_commit(storage: Storage) -> None:
    """It keeps work moving and carries no safety."""
    first = keep(storage, order(), due_at=NOW)
    due(storage)
    second = keep(storage, onwards(first))
    assert storage.load("ord-1") == second


def test_the_next_moment_is_the_earliest_to_come(storage: Storage) -> None:
    keep(storage, order("a"), due_at=NOW + 5 * SECOND)
    keep(storage, order("b"), due_at=NOW + 3 * SECOND)
    keep(storage, order("c"), due_at=NOW - SECOND)
    assert next_at(storage) == NOW - SECOND  # a limit of nothing left it out: it is due now
    due(storage)
    assert next_at(storage) == NOW + 3 * SECOND


def test_the_next_moment_may_be_that_at_which_an_order_is_let_go(storage: Storage) -> None:
    keep(storage, order(), due_at=NOW)
    assert storage.claim_due(now=NOW, lease=LEASE, limit=1).next_at == NOW + LEASE


def test_an_order_is_let_go_no_earlier_than_it_is_due(storage: Storage) -> None:
    keep(storage, order(), due_at=NOW)
    due(storage)
    keep(storage, onwards(order()), due_at=NOW + timedelta(hours=1))
    assert next_at(storage) == NOW + timedelta(hours=1)


@pytest.mark.parametrize("route", ["email", "webhook", "grant-access"])
def test_the_next_moment_may_be_that_of_a_waiting_row(storage: Storage, route: str) -> None:
    keep(storage, order(), owed(1, route), due_at=NOW + timedelta(hours=1))
    assert next_at(storage) == NOW + timedelta(hours=1)
    (row,) = claim(storage)
    assert next_at(storage) == NOW + LEASE
    storage.record_deliveries([outcome(row, "waiting", next_try=NOW + 5 * SECOND)])
    assert next_at(storage) == NOW + 5 * SECOND


@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_a_row_that_is_done_is_no_work(storage: Storage, state: str) -> None:
    keep(storage, order(), owed(), owed(1, "in_app"))
    (row,) = claim(storage)
    storage.record_deliveries([outcome(row, state)])
    assert next_at(storage) is None
