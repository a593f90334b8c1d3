"""What no commit may break: it fails, and nothing of it is written."""

from __future__ import annotations

import itertools
from typing import Any

import attrs
import pytest

from .... import AttemptState, Order, StorageError
from ....ports import CommandRecord, Owed, Storage
from .built import (
    NOW,
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

HOLDING = ("open", "review", "approved")

NO_BAR = ("surplus", "absent", "declined")


def charge(number: int, state: str, **changes: Any) -> Any:
    return attempt(number, state=AttemptState(state), **changes)


STORED = order(
    timeline=(event(1), event(2)), notes=(note(1), note(2)), attempts=(charge(1, "declined"), attempt(1, "void"))
)

VOID = STORED.attempts[1]

BROKEN: dict[str, Order] = {
    "the version leaps": onwards(STORED, version=3),
    "the version stays": onwards(STORED, version=1),
    "an event is left out": onwards(STORED, timeline=(event(1), event(2), event(4))),
    "an event comes twice": onwards(STORED, timeline=(event(1), event(2), event(2))),
    "the timeline loses its last event": onwards(STORED, timeline=(event(1),)),
    "the timeline loses its first event": onwards(STORED, timeline=(event(2), event(3))),
    "the timeline is emptied": onwards(STORED, timeline=()),
    "an event is rewritten": onwards(STORED, timeline=(event(1), event(2, data={"total": "1.00 USD"}), event(3))),
    "events change places": onwards(STORED, timeline=(event(2), event(1), event(3))),
    "a note is taken away": onwards(STORED, notes=(note(1),)),
    "a note is rewritten": onwards(STORED, notes=(note(1), note(2, "never"), note(3))),
    "notes change places": onwards(STORED, notes=(note(2), note(1))),
    "an attempt is taken away": onwards(STORED, attempts=(VOID,)),
    "an attempt gives way to another": onwards(STORED, attempts=(VOID, charge(2, "open"))),
    "two attempts have one key": onwards(STORED, attempts=(*STORED.attempts, charge(1, "declined"))),
    "two charges are open": onwards(STORED, attempts=(*STORED.attempts, charge(2, "open"), charge(3, "open"))),
}


def _again(row: Owed) -> Owed:
    return attrs.evolve(row, id=f"{row.id}.again")


class Constraints(StorageCase):
    """A commit that would break a promise of the books writes nothing."""

    @pytest.mark.parametrize("name", BROKEN)
    def test_a_commit_that_breaks_a_rule_writes_nothing(self, store: Storage, name: str) -> None:
        keep(store, STORED, owed())
        before = everything(store)
        with pytest.raises(StorageError):
            store.commit(
                BROKEN[name],
                expected_version=1,
                commit_id="c-2",
                messages=[owed(2), owed(2, "in_app")],
                command=CommandRecord("ord-1", "click-1", "digest"),
                due_at=NOW,
            )
        assert everything(store) == before
        assert (due(store), claim_ids(store)) == ((), [owed().id])

    def test_the_same_commit_without_the_breach_is_written(self, store: Storage) -> None:
        """Or the test above would pass for another reason."""
        keep(store, STORED, owed())
        good = onwards(STORED, notes=(*STORED.notes, note(3)), attempts=(*STORED.attempts, charge(2, "open")))
        command = CommandRecord("ord-1", "click-1", "digest")
        store.commit(
            good,
            expected_version=1,
            commit_id="c-2",
            messages=[owed(2), owed(2, "in_app")],
            command=command,
            due_at=NOW,
        )
        assert store.load("ord-1") == good
        assert store.find_command("ord-1", "click-1") == command
        assert due(store) == ("ord-1",)

    @pytest.mark.parametrize("first", [0, 2])
    def test_a_first_timeline_begins_with_one(self, store: Storage, first: int) -> None:
        events = (event(2), event(3)) if first else (event(1), event(3))
        with pytest.raises(StorageError):
            keep(store, order(timeline=events))
        assert store.load("ord-1") is None

    def test_a_first_version_is_one(self, store: Storage) -> None:
        with pytest.raises(StorageError):
            store.commit(order(version=2), expected_version=0, commit_id="c-1")
        assert store.load("ord-1") is None

    @pytest.mark.parametrize(("one", "other"), [*itertools.product(HOLDING, HOLDING)])
    def test_one_charge_at_most_is_open_in_review_or_approved(self, store: Storage, one: str, other: str) -> None:
        first = keep(store, order(attempts=(charge(1, one),)))
        with pytest.raises(StorageError):
            keep(store, onwards(first, attempts=(charge(1, one), charge(2, other))))
        assert store.load("ord-1") == first

    @pytest.mark.parametrize(("over", "now"), [*itertools.product(NO_BAR, HOLDING)])
    def test_a_surplus_an_absent_or_a_declined_charge_is_no_bar(self, store: Storage, over: str, now: str) -> None:
        first = keep(store, order(attempts=(charge(1, over), charge(2, over))))
        second = keep(store, onwards(first, attempts=(*first.attempts, charge(3, now))))
        assert store.load("ord-1") == second

    def test_a_charge_may_make_way_for_the_next_in_one_commit(self, store: Storage) -> None:
        first = keep(store, order(attempts=(charge(1, "open"),)))
        second = keep(store, onwards(first, attempts=(charge(1, "absent"), charge(2, "open"))))
        assert store.load("ord-1") == second

    def test_attempts_of_other_purposes_are_no_charges(self, store: Storage) -> None:
        others = tuple(attempt(number, purpose) for purpose in ("verification", "void", "refund") for number in (1, 2))
        kept = keep(store, order(attempts=(*others, charge(1, "open"))))
        assert store.load("ord-1") == kept

    def test_charges_of_other_orders_are_no_bar(self, store: Storage) -> None:
        for order_id in ("ord-1", "ord-2"):
            keep(store, order(order_id, attempts=(charge(1, "open", order_id=order_id, key=f"key-{order_id}"),)))
        assert store.load("ord-2") is not None

    @pytest.mark.parametrize("route", ["email", "webhook", "in_app", "grant-access"])
    def test_one_row_is_owed_per_event_recipient_and_route(self, store: Storage, route: str) -> None:
        row = owed(1, route)
        with pytest.raises(StorageError):
            keep(store, order(), row, _again(row))
        assert store.load("ord-1") is None
        first = keep(store, order(), row)
        with pytest.raises(StorageError):
            keep(store, onwards(first), owed(2, route), _again(row))
        assert store.load("ord-1") == first
        assert [state.id for state in store.messages("ord-1")] == [row.id]

    def test_another_event_recipient_or_route_is_another_row(self, store: Storage) -> None:
        rows = [owed(), owed(2), owed(1, "webhook"), owed(1, "email", "merchant:x"), owed(1, "in_app")]
        keep(store, order(), *rows)
        assert {state.id for state in store.messages("ord-1")} == {row.id for row in rows}

    def test_a_delivered_row_is_owed_no_second_time(self, store: Storage) -> None:
        first = keep(store, order(), owed())
        store.record_deliveries([outcome(row) for row in claim(store)])
        with pytest.raises(StorageError):
            keep(store, onwards(first), _again(owed()))

    def test_rows_and_commands_are_about_the_order(self, store: Storage) -> None:
        with pytest.raises(StorageError):
            keep(store, order(), owed(order_id="ord-2"))
        with pytest.raises(StorageError):
            keep(store, order(), command=CommandRecord("ord-2", "click-1", "digest"))
        assert store.load("ord-1") is None
        assert store.find_command("ord-2", "click-1") is None

    def test_what_is_owed_has_new_ids(self, store: Storage) -> None:
        """An id that is used again would replace what is owed to someone."""
        keep(store, STORED, owed())
        with pytest.raises(StorageError):
            store.commit(
                onwards(STORED),
                expected_version=1,
                commit_id="c-2",
                messages=[attrs.evolve(owed(2), id=owed().id)],
            )
        assert claim_ids(store) == [owed().id]

    def test_no_two_rows_share_an_id_whatever_their_orders(self, store: Storage) -> None:
        keep(store, order("ord-5"), owed(order_id="ord-5"))
        taken = owed(order_id="ord-5").id
        with pytest.raises(StorageError):
            keep(store, order("ord-6"), owed(order_id="ord-6", id=taken))
        with pytest.raises(StorageError):
            keep(
                store,
                order("ord-7"),
                owed(order_id="ord-7"),
                owed(1, "webhook", order_id="ord-7", id="ord-7.twice"),
                owed(2, order_id="ord-7", id="ord-7.twice"),
            )
        assert (store.load("ord-6"), store.load("ord-7")) == (None, None)
