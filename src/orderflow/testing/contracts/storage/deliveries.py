"""What tries came to, and what is told of it."""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from .... import DeliveryState, MessageState, OrderQuery, WebhookState
from ....ports import Storage
from .built import LEASE, NOW, SECOND, claim, due, keep, onwards, order, outcome, owed
from .case import StorageCase

LATER = NOW + timedelta(minutes=1)


def told(storage: Storage, number: int = 0) -> MessageState:
    return storage.messages("ord-1")[number]


def webhook_state(storage: Storage, *states: str) -> WebhookState:
    """The order's webhook state, with one webhook message in each of these states."""
    rows = [owed(seq, "webhook") for seq, _ in enumerate(states, 1)]
    keep(storage, order(), *rows, owed(1), owed(2, "in_app"), owed(1, "grant-access"))
    storage.record_deliveries([outcome(row, state) for row, state in zip(rows, states, strict=True)])
    (found,) = storage.find(OrderQuery()).rows
    assert storage.find(OrderQuery(webhook=found.webhook)).rows == (found,)
    return found.webhook


class Deliveries(StorageCase):
    """What tries came to is written down by whoever holds the row."""

    def test_a_new_row_waits(self, store: Storage) -> None:
        row = owed()
        keep(store, order(), row)
        assert told(store) == MessageState(
            id=row.id,
            order_id="ord-1",
            seq=1,
            route="email",
            recipient="customer:m-42",
            message=row.message,
            state=DeliveryState.WAITING,
        )

    def test_a_delivery_is_written_down(self, store: Storage) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        store.record_deliveries([outcome(row, at=LATER)])
        state = told(store)
        assert (state.state, state.tries, state.last_error) == ("delivered", 1, "")
        assert (state.delivered_at, state.next_try) == (LATER, None)

    def test_a_failed_try_is_written_down(self, store: Storage) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        store.record_deliveries([outcome(row, "waiting", next_try=LATER, error="TimeoutError")])
        state = told(store)
        assert (state.state, state.tries, state.last_error) == ("waiting", 1, "TimeoutError")
        assert (state.delivered_at, state.next_try) == (None, LATER)

    def test_giving_up_is_written_down(self, store: Storage) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        store.record_deliveries([outcome(row, "failed", tries=10, error="Undeliverable")])
        state = told(store)
        assert (state.state, state.tries, state.last_error) == ("failed", 10, "Undeliverable")
        assert (state.delivered_at, state.next_try) == (None, None)

    def test_a_row_that_is_held_tells_when_its_claim_is_over(self, store: Storage) -> None:
        keep(store, order(), owed())
        claim(store)
        assert (told(store).state, told(store).next_try) == ("waiting", NOW + LEASE)

    def test_the_first_of_two_outcomes_under_one_token_counts(self, store: Storage) -> None:
        keep(store, order(), owed(), owed(2))
        row, other = claim(store)
        store.record_deliveries([outcome(row, at=LATER), outcome(row, "failed"), outcome(other)])
        assert (told(store).state, told(store).last_error) == ("delivered", "")
        assert told(store, 1).state == "delivered"

    def test_a_delivery_ends_the_claim(self, store: Storage) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        store.record_deliveries([outcome(row, "waiting", next_try=NOW + SECOND)])
        store.record_deliveries([outcome(row)])
        assert told(store).state == "waiting"
        (again,) = claim(store, NOW + SECOND)
        assert (again.tries, again.token == row.token) == (1, False)

    @pytest.mark.parametrize("token", ["another", None])
    def test_a_delivery_under_another_token_is_ignored(self, store: Storage, token: str | None) -> None:
        keep(store, order(), owed())
        claim(store)
        before = told(store)
        store.record_deliveries([outcome(owed(), token=token)])
        assert told(store) == before

    def test_whoever_lost_a_claim_writes_nothing_down(self, store: Storage) -> None:
        keep(store, order(), owed())
        (slow,) = claim(store)
        (quick,) = claim(store, NOW + LEASE)
        store.record_deliveries([outcome(slow, "failed")])
        assert told(store).state == "waiting"
        store.record_deliveries([outcome(quick)])
        store.record_deliveries([outcome(slow, "failed")])
        assert told(store).state == "delivered"

    def test_a_claim_that_ran_out_counts_until_someone_takes_it_over(self, store: Storage) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        store.record_deliveries([outcome(row, at=NOW + LEASE + LEASE)])
        assert told(store).state == "delivered"

    def test_a_row_that_nobody_holds_is_written_without_a_token(self, store: Storage) -> None:
        """This is how a failed or a delivered row is begun anew."""
        keep(store, order(), owed())
        store.record_deliveries([outcome(row, "failed", tries=10, error="OSError") for row in claim(store)])
        store.record_deliveries([outcome(owed(), "waiting", token="stale", tries=0)])
        assert told(store).state == "failed"
        store.record_deliveries([outcome(owed(), "waiting", token=None, tries=0, next_try=NOW)])
        assert (told(store).state, told(store).tries, told(store).last_error) == ("waiting", 0, "")
        (row,) = claim(store)
        store.record_deliveries([outcome(row)])
        store.record_deliveries([outcome(owed(), "waiting", token=None, tries=0)])
        assert told(store).delivered_at is None

    def test_an_unknown_row_is_ignored_and_the_others_are_not(self, store: Storage) -> None:
        keep(store, order(), owed())
        (row,) = claim(store)
        unknown = outcome(owed(9), token=None)
        store.record_deliveries([unknown, outcome(row)])
        assert told(store).state == "delivered"
        assert len(store.messages("ord-1")) == 1

    def test_many_deliveries_are_written_at_once(self, store: Storage) -> None:
        keep(store, order(), owed(), owed(2), owed(3))
        first, second, third = claim(store)
        store.record_deliveries([outcome(first), outcome(second, "failed"), outcome(third, "waiting")])
        assert [state.state for state in store.messages("ord-1")] == ["delivered", "failed", "waiting"]
        store.record_deliveries([])

    def test_deliveries_never_change_the_order(self, store: Storage) -> None:
        first = keep(store, order(), owed(), due_at=NOW)
        store.record_deliveries([outcome(row, "failed") for row in claim(store)])
        assert store.load("ord-1") == first
        assert due(store) == ("ord-1",)
        keep(store, onwards(first))

    def test_messages_come_by_event_recipient_and_route(self, store: Storage) -> None:
        rows = [
            owed(2, "email", "a"),
            owed(1, "webhook", "b"),
            owed(10, "email", "a"),
            owed(1, "in_app", "b"),
            owed(1, "in_app", "a"),
            owed(1, "grant-access", "b"),
            owed(1, "email", "b"),
        ]
        first = keep(store, order(), *rows[:4])
        keep(store, onwards(first), *rows[4:])
        assert [(state.seq, state.recipient, state.route) for state in store.messages("ord-1")] == [
            (1, "a", "in_app"),
            (1, "b", "email"),
            (1, "b", "grant-access"),
            (1, "b", "in_app"),
            (1, "b", "webhook"),
            (2, "a", "email"),
            (10, "a", "email"),
        ]

    def test_an_order_that_does_not_exist_has_no_messages(self, store: Storage) -> None:
        assert store.messages("ord-1") == ()

    def test_what_is_in_the_app_is_delivered_once_committed(self, store: Storage) -> None:
        keep(store, order(), owed(1, "in_app"))
        assert told(store).state == "delivered"
        assert told(store).delivered_at is not None

    @pytest.mark.parametrize(
        ("states", "whole"),
        [
            ((), "none"),
            (("waiting",), "pending"),
            (("delivered",), "delivered"),
            (("failed",), "failed"),
            (("delivered", "delivered"), "delivered"),
            (("delivered", "waiting", "delivered"), "pending"),
            (("waiting", "failed", "delivered"), "failed"),
            (("failed", "delivered"), "failed"),
            (("failed", "waiting"), "failed"),
        ],
    )
    def test_the_worst_webhook_message_tells_the_orders(
        self, store: Storage, states: tuple[str, ...], whole: str
    ) -> None:
        assert webhook_state(store, *states) == whole

    def test_the_webhook_state_follows_deliveries_without_a_commit(self, store: Storage) -> None:
        assert webhook_state(store, "failed") == "failed"
        again = attrs.evolve(outcome(owed(1, "webhook"), "waiting"), tries=0)
        store.record_deliveries([again])
        assert store.find(OrderQuery()).rows[0].webhook == "pending"
        store.record_deliveries([outcome(row) for row in claim(store, routes=frozenset({"webhook"}))])
        assert store.find(OrderQuery()).rows[0].webhook == "delivered"
