"""Commits: created, compared, repeated, remembered."""

from __future__ import annotations

import attrs
import pytest

from .... import ConcurrentUpdate, DuplicateOrder, Order, OrderflowError, StorageError
from ....ports import CommandRecord, Storage
from .built import (
    NOW,
    SECOND,
    attempt,
    claim,
    claim_ids,
    due,
    event,
    everything,
    keep,
    note,
    onwards,
    order,
    outcome,
    owed,
)
from .case import StorageCase

CLICK = CommandRecord("ord-1", "click-1", "digest-of-accept", "key-charge-1")


def full() -> Order:
    return order(attempts=(attempt(),), notes=(note(1),), metadata={"campaign": "spring"}, reason="gift\nfor Sam")


class Commits(StorageCase):
    """Commits are created, compared, repeated and remembered."""

    def test_what_was_committed_is_loaded(self, store: Storage) -> None:
        assert store.load("ord-1") is None
        keep(store, full())
        assert store.load("ord-1") == full()

    def test_the_last_commit_is_loaded(self, store: Storage) -> None:
        second = keep(store, onwards(keep(store, full()), notes=(note(1), note(2)), attempts=(attempt(code="no"),)))
        assert store.load("ord-1") == second

    def test_orders_are_kept_apart(self, store: Storage) -> None:
        keep(store, order("ord-1"))
        keep(store, order("ord-2"), owed(order_id="ord-2"))
        assert store.load("ord-1") == order("ord-1")
        assert store.messages("ord-1") == ()

    def test_an_id_that_is_taken_makes_a_duplicate(self, store: Storage) -> None:
        keep(store, full())
        before = everything(store)
        with pytest.raises(DuplicateOrder) as refused:
            keep(store, order(), owed(), command=CLICK, due_at=NOW)
        assert refused.value.order_id == "ord-1"
        assert everything(store) == before
        assert claim_ids(store) == []

    @pytest.mark.parametrize("expected", [1, 3, 9])
    def test_a_commit_over_another_version_writes_nothing(self, store: Storage, expected: int) -> None:
        keep(store, onwards(keep(store, full())))
        before = everything(store)
        stale = attrs.evolve(onwards(onwards(full())), version=expected + 1)
        with pytest.raises(ConcurrentUpdate):
            keep(store, stale, owed(2), command=CLICK, due_at=NOW)
        assert everything(store) == before
        assert (due(store), claim_ids(store)) == ((), [])

    @pytest.mark.parametrize(
        ("expected", "refusal"), [(0, DuplicateOrder), (1, ConcurrentUpdate), (7, ConcurrentUpdate)]
    )
    def test_the_version_is_looked_at_before_the_rules(
        self, store: Storage, expected: int, refusal: type[OrderflowError]
    ) -> None:
        """Whoever is too late is told so, and not that the order is broken: it has moved on without them."""
        keep(store, onwards(keep(store, full(), owed())))
        before = everything(store)
        broken = order(version=9, timeline=(event(2), event(4)), attempts=(attempt(2), attempt(3)))
        with pytest.raises(refusal):
            store.commit(broken, expected_version=expected, commit_id="c-9", messages=[owed(), owed()])
        assert everything(store) == before

    def test_a_version_of_what_does_not_exist_is_a_conflict(self, store: Storage) -> None:
        with pytest.raises(ConcurrentUpdate):
            keep(store, onwards(order()))
        assert store.load("ord-1") is None

    def test_a_commit_whose_acknowledgement_was_lost_is_repeated_without_effect(self, store: Storage) -> None:
        first = keep(store, order(), owed(), commit_id="c-1")
        keep(store, order(), owed(), commit_id="c-1")
        second = keep(store, onwards(first), owed(2), commit_id="c-2")
        before = everything(store)
        keep(store, second, owed(2), commit_id="c-2")
        assert everything(store) == before
        assert store.load("ord-1") == second

    def test_a_repeated_commit_has_no_effect_whatever_else_it_holds(self, store: Storage) -> None:
        keep(store, order(), commit_id="c-1")
        before = everything(store)
        other = onwards(order(reason="other"), version=7, timeline=(event(5),))
        store.commit(other, expected_version=3, commit_id="c-1", messages=[owed(), owed()], command=CLICK, due_at=NOW)
        assert everything(store) == before
        assert (due(store), claim_ids(store)) == ((), [])

    def test_a_repeated_commit_ends_no_lease(self, store: Storage) -> None:
        keep(store, order(), commit_id="c-1", due_at=NOW)
        due(store)
        keep(store, order(), commit_id="c-1", due_at=NOW)
        assert due(store, NOW + SECOND) == ()

    def test_only_the_last_commit_can_be_repeated(self, store: Storage) -> None:
        """What came in between may rest on it, so that the caller has to look for itself."""
        first = keep(store, order(), commit_id="c-1")
        second = keep(store, onwards(first), commit_id="c-2")
        keep(store, onwards(second), commit_id="c-3")
        with pytest.raises(DuplicateOrder):
            keep(store, first, commit_id="c-1")
        with pytest.raises(ConcurrentUpdate):
            keep(store, second, commit_id="c-2")

    def test_a_refused_commit_takes_no_ones_place(self, store: Storage) -> None:
        """The last commit that was written can still be repeated."""
        first = keep(store, order(), commit_id="c-1")
        second = keep(store, onwards(first), commit_id="c-2")
        with pytest.raises(ConcurrentUpdate):
            keep(store, second, commit_id="c-3")
        with pytest.raises(StorageError):
            keep(store, onwards(second, timeline=()), commit_id="c-4")
        keep(store, second, commit_id="c-2")
        assert store.load("ord-1") == second

    def test_a_repeated_commit_undoes_nothing_that_came_after_it(self, store: Storage) -> None:
        rows = (owed(), owed(1, "webhook"), owed(1, "in_app"), owed(2, "grant-access", token="mine", next_try=NOW))
        keep(store, order(), *rows, commit_id="c-1", due_at=NOW)
        store.record_deliveries([outcome(rows[3], "failed")])
        email, webhook = claim(store)
        store.record_deliveries([outcome(email), outcome(webhook, "waiting", next_try=NOW + SECOND, error="OSError")])
        store.mark_read("customer:m-42", [rows[2].id], NOW)
        before = everything(store)
        keep(store, order(), *rows, commit_id="c-1", due_at=NOW)
        assert everything(store) == before
        assert claim_ids(store) == []

    def test_a_commit_id_belongs_to_its_order(self, store: Storage) -> None:
        keep(store, order("ord-1"), commit_id="c-1")
        keep(store, order("ord-2"), commit_id="c-1")
        assert store.load("ord-2") == order("ord-2")

    def test_a_refused_commit_can_be_mended_under_its_id(self, store: Storage) -> None:
        """Nothing was written, and so the id was not used."""
        keep(store, onwards(keep(store, order())))
        with pytest.raises(ConcurrentUpdate):
            keep(store, onwards(order()), commit_id="c-9")
        third = keep(store, onwards(onwards(order())), commit_id="c-9")
        assert store.load("ord-1") == third

    def test_a_command_is_found_by_its_order_and_key(self, store: Storage) -> None:
        keep(store, order("ord-1"), command=CLICK)
        keep(store, order("ord-2"))
        assert store.find_command("ord-1", "click-1") == CLICK
        assert store.find_command("ord-1", "click-2") is None
        assert store.find_command("ord-2", "click-1") is None
        assert store.find_command("ord-3", "click-1") is None

    def test_a_later_command_replaces_the_earlier_of_its_key(self, store: Storage) -> None:
        again = attrs.evolve(CLICK, digest="digest-of-retry", attempt=None)
        other = attrs.evolve(CLICK, key="click-2")
        first = keep(store, order(), command=CLICK)
        second = keep(store, onwards(first), command=other)
        keep(store, onwards(second), command=again)
        assert store.find_command("ord-1", "click-1") == again
        assert store.find_command("ord-1", "click-2") == other

    def test_a_commit_without_a_command_forgets_none(self, store: Storage) -> None:
        keep(store, onwards(keep(store, order(), command=CLICK)))
        assert store.find_command("ord-1", "click-1") == CLICK

    def test_a_commit_may_bring_no_event(self, store: Storage) -> None:
        """A claim of a send changes an attempt, and nothing else."""
        first = keep(store, order(attempts=(attempt(),)))
        second = keep(store, onwards(first, timeline=first.timeline, attempts=(attempt(last_sent_at=NOW),)))
        assert store.load("ord-1") == second
