"""Commits: created, compared, repeated, remembered."""

from __future__ import annotations

import attrs
import pytest

from adapters.built import NOW, SECOND, attempt, claim_ids, due, event, everything, keep, note, onwards, order, owed
from orderflow import ConcurrentUpdate, DuplicateOrder, Order
from orderflow.ports import CommandRecord, Storage

CLICK = CommandRecord("ord-1", "click-1", "digest-of-accept", "key-charge-1")


def full() -> Order:
    return order(attempts=(attempt(),), notes=(note(1),), metadata={"campaign": "spring"}, reason="gift\nfor Sam")


def test_what_was_committed_is_loaded(storage: Storage) -> None:
    assert storage.load("ord-1") is None
    keep(storage, full())
    assert storage.load("ord-1") == full()


def test_the_last_commit_is_loaded(storage: Storage) -> None:
    second = keep(storage, onwards(keep(storage, full()), notes=(note(1), note(2)), attempts=(attempt(code="no"),)))
    assert storage.load("ord-1") == second


def test_orders_are_kept_apart(storage: Storage) -> None:
    keep(storage, order("ord-1"))
    keep(storage, order("ord-2"), owed(order_id="ord-2"))
    assert storage.load("ord-1") == order("ord-1")
    assert storage.messages("ord-1") == ()


def test_an_id_that_is_taken_makes_a_duplicate(storage: Storage) -> None:
    keep(storage, full())
    before = everything(storage)
    with pytest.raises(DuplicateOrder) as refused:
        keep(storage, order(), owed(), command=CLICK, due_at=NOW)
    assert refused.value.order_id == "ord-1"
    assert everything(storage) == before
    assert claim_ids(storage) == []


@pytest.mark.parametrize("expected", [1, 3, 9])
def test_a_commit_over_another_version_writes_nothing(storage: Storage, expected: int) -> None:
    keep(storage, onwards(keep(storage, full())))
    before = everything(storage)
    stale = attrs.evolve(onwards(onwards(full())), version=expected + 1)
    with pytest.raises(ConcurrentUpdate):
        keep(storage, stale, owed(2), command=CLICK, due_at=NOW)
    assert everything(storage) == before
    assert (due(storage), claim_ids(storage)) == ((), [])


def test_a_version_of_what_does_not_exist_is_a_conflict(storage: Storage) -> None:
    with pytest.raises(ConcurrentUpdate):
        keep(storage, onwards(order()))
    assert storage.load("ord-1") is None


def test_a_commit_whose_acknowledgement_was_lost_is_repeated_without_effect(storage: Storage) -> None:
    first = keep(storage, order(), owed(), commit_id="c-1")
    keep(storage, order(), owed(), commit_id="c-1")
    second = keep(storage, onwards(first), owed(2), commit_id="c-2")
    before = everything(storage)
    keep(storage, second, owed(2), commit_id="c-2")
    assert everything(storage) == before
    assert storage.load("ord-1") == second


def test_a_repeated_commit_has_no_effect_whatever_else_it_holds(storage: Storage) -> None:
    keep(storage, order(), commit_id="c-1")
    before = everything(storage)
    other = onwards(order(reason="other"), version=7, timeline=(event(5),))
    storage.commit(other, expected_version=3, commit_id="c-1", messages=[owed(), owed()], command=CLICK, due_at=NOW)
    assert everything(storage) == before
    assert (due(storage), claim_ids(storage)) == ((), [])


def test_a_repeated_commit_ends_no_lease(storage: Storage) -> None:
    keep(storage, order(), commit_id="c-1", due_at=NOW)
    due(storage)
    keep(storage, order(), commit_id="c-1", due_at=NOW)
    assert due(storage, NOW + SECOND) == ()


def test_only_the_last_commit_can_be_repeated(storage: Storage) -> None:
    """What came in between may rest on it, so that the caller has to look for itself."""
    first = keep(storage, order(), commit_id="c-1")
    second = keep(storage, onwards(first), commit_id="c-2")
    keep(storage, onwards(second), commit_id="c-3")
    with pytest.raises(DuplicateOrder):
        keep(storage, first, commit_id="c-1")
    with pytest.raises(ConcurrentUpdate):
        keep(storage, second, commit_id="c-2")


def test_a_commit_id_belongs_to_its_order(storage: Storage) -> None:
    keep(storage, order("ord-1"), commit_id="c-1")
    keep(storage, order("ord-2"), commit_id="c-1")
    assert storage.load("ord-2") == order("ord-2")


def test_a_refused_commit_can_be_mended_under_its_id(storage: Storage) -> None:
    """Nothing was written, and so the id was not used."""
    keep(storage, onwards(keep(storage, order())))
    with pytest.raises(ConcurrentUpdate):
        keep(storage, onwards(order()), commit_id="c-9")
    third = keep(storage, onwards(onwards(order())), commit_id="c-9")
    assert storage.load("ord-1") == third


def test_a_command_is_found_by_its_order_and_key(storage: Storage) -> None:
    keep(storage, order("ord-1"), command=CLICK)
    keep(storage, order("ord-2"))
    assert storage.find_command("ord-1", "click-1") == CLICK
    assert storage.find_command("ord-1", "click-2") is None
    assert storage.find_command("ord-2", "click-1") is None
    assert storage.find_command("ord-3", "click-1") is None


def test_a_later_command_replaces_the_earlier_of_its_key(storage: Storage) -> None:
    again = attrs.evolve(CLICK, digest="digest-of-retry", attempt=None)
    other = attrs.evolve(CLICK, key="click-2")
    first = keep(storage, order(), command=CLICK)
    second = keep(storage, onwards(first), command=other)
    keep(storage, onwards(second), command=again)
    assert storage.find_command("ord-1", "click-1") == again
    assert storage.find_command("ord-1", "click-2") == other


def test_a_commit_without_a_command_forgets_none(storage: Storage) -> None:
    keep(storage, onwards(keep(storage, order(), command=CLICK)))
    assert storage.find_command("ord-1", "click-1") == CLICK


def test_a_commit_may_bring_no_event(storage: Storage) -> None:
    """A claim of a send changes an attempt, and nothing else."""
    first = keep(storage, order(attempts=(attempt(),)))
    second = keep(storage, onwards(first, timeline=first.timeline, attempts=(attempt(last_sent_at=NOW),)))
    assert storage.load("ord-1") == second
