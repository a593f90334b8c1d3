"""Retrying a payment when something goes wrong, and the week that a customer has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from faults.books import audit
from faults.faulty import Crash, Faulty, after, another, before, meanwhile
from faults.money import attempt, late_approval, states
from orderflow import (
    InvalidTransition,
    OrderStatus,
    PaymentInProgress,
    PaymentUnavailable,
    PaymentWindowClosed,
    StorageError,
)
from shops import CUSTOMER, MERCHANT, Shop, card, data_of, kinds

LAST_MOMENT = {"days": 7, "microseconds": -1}


def test_retries_never_move_the_deadline(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    due = order.payment_due_at
    assert due == shop.clock.now() + timedelta(days=7)
    for code in ("one", "two", "three"):
        shop.clock.advance(days=2)
        shop.gateway.decline_next("charge", code)
        order = shop.orders.retry_payment(order.id, by=CUSTOMER)
        assert (order.status, order.payment_due_at) == (OrderStatus.PENDING_PAYMENT, due)
    assert len([one for one in shop.told(order.id) if one == ("customer", "email", "payment_declined")]) == 4
    assert len([one for one in shop.told(order.id) if one == ("merchant", "email", "payment_declined")]) == 1
    audit(shop)


def test_a_retry_that_fails_to_begin_leaves_the_order_as_it_was(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    gateway = Faulty(shop.gateway)
    orders = shop.service(storage=Faulty(shop.storage, before("commit", ever=True)), payments=gateway)
    with pytest.raises(StorageError):
        orders.retry_payment(order.id, by=CUSTOMER, card=card("tok_new"))
    assert shop.get(order.id) == order
    assert gateway.calls == []


@pytest.mark.parametrize("moment", [before, after])
def test_a_crash_around_a_retry_is_finished_by_the_sweep_with_the_card_that_was_given(
    shop: Shop, moment: Callable[..., Any]
) -> None:
    order_id = shop.order_in("pending_payment").id
    orders = shop.service(payments=Faulty(shop.gateway, moment("charge", raises=Crash)))
    with pytest.raises(Crash):
        orders.retry_payment(order_id, by=CUSTOMER, card=card("tok_new", "1881"))
    order = shop.get(order_id)
    assert (order.status, order.payment_in_progress, order.card.last4) == (OrderStatus.PENDING_PAYMENT, True, "1881")
    audit(shop)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED
    assert shop.purposes().count("charge") == 1


def test_a_new_card_while_a_charge_is_unknown_is_told_to_wait(shop: Shop) -> None:
    """A new card is a new attempt, never a new key for an open one."""
    order_id = shop.order_in("pending_payment").id
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.retry_payment(order_id, by=CUSTOMER)
    with pytest.raises(PaymentInProgress):
        shop.orders.retry_payment(order_id, by=CUSTOMER, card=card("tok_new"))
    assert states(shop.get(order_id), "charge") == ["declined", "open"]
    audit(shop)


def test_of_two_retries_at_once_one_is_sent(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    rival = meanwhile("commit", lambda: another(shop).retry_payment(order_id, by=CUSTOMER))
    with pytest.raises(InvalidTransition):
        shop.service(storage=Faulty(shop.storage, rival)).retry_payment(order_id, by=CUSTOMER, card=card("tok_new"))
    assert shop.purposes().count("charge") == 1
    audit(shop)


def test_of_retry_and_cancel_at_once_the_first_wins(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    rival = meanwhile("commit", lambda: another(shop).cancel(order_id, by=CUSTOMER))
    with pytest.raises(InvalidTransition):
        shop.service(storage=Faulty(shop.storage, rival)).retry_payment(order_id, by=CUSTOMER)
    assert shop.get(order_id).status is OrderStatus.CANCELED
    assert "charge" not in shop.purposes()
    audit(shop)


def test_of_retry_and_expiry_at_once_the_first_wins(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.clock.advance(**LAST_MOMENT)

    def expire() -> None:
        shop.clock.advance(microseconds=1)
        another(shop).run_due()

    orders = shop.service(storage=Faulty(shop.storage, meanwhile("commit", expire)))
    with pytest.raises(PaymentWindowClosed):
        orders.retry_payment(order_id, by=CUSTOMER)
    assert shop.get(order_id).status is OrderStatus.EXPIRED
    assert "charge" not in shop.purposes()
    audit(shop)


def test_a_retry_that_began_first_keeps_the_sweep_from_expiring(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.clock.advance(**LAST_MOMENT)
    reports = []

    def sweep() -> None:
        shop.clock.advance(seconds=10)
        reports.append(another(shop).run_due())

    gateway = Faulty(shop.gateway, meanwhile("charge", sweep))
    order = shop.service(payments=gateway).retry_payment(order_id, by=CUSTOMER)
    assert order.status is OrderStatus.ACCEPTED
    assert reports[0].expired == 0
    audit(shop)


@pytest.mark.parametrize("late", [{"seconds": 20}, {"hours": 20}, {"days": 30}])
def test_a_retry_begun_in_time_that_is_approved_later_counts(shop: Shop, late: dict[str, float]) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.clock.advance(**LAST_MOMENT)
    shop.gateway.time_out_next("charge", effect=True)
    shop.orders.retry_payment(order_id, by=CUSTOMER)
    shop.clock.advance(**late)
    shop.orders.check_payment(order_id)
    assert shop.get(order_id).status is OrderStatus.ACCEPTED
    audit(shop)


def test_a_decline_that_lands_after_the_deadline_expires_in_the_same_commit(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.clock.advance(**LAST_MOMENT)
    shop.gateway.pend_next("charge")
    version = shop.orders.retry_payment(order_id, by=CUSTOMER).version
    shop.clock.advance(seconds=20)
    shop.gateway.finish(attempt(shop, order_id, "charge", 2).key, declined="do_not_honor")
    order = shop.orders.check_payment(order_id)
    assert order.status is OrderStatus.EXPIRED
    assert kinds(order)[-2:] == ["payment_declined", "expired"]
    assert order.version == version + 1
    assert data_of(order, "payment_declined")["code"] == "do_not_honor"
    audit(shop)


def test_a_retry_proven_absent_after_the_deadline_expires_in_the_same_commit(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.clock.advance(**LAST_MOMENT)
    shop.gateway.time_out_next("charge", effect=False)
    version = shop.orders.retry_payment(order_id, by=CUSTOMER).version
    shop.clock.advance(days=2)
    order = shop.orders.check_payment(order_id)
    assert kinds(order)[-2:] == ["payment_absent", "expired"]
    assert (order.status, order.version) == (OrderStatus.EXPIRED, version + 1)
    audit(shop)


def test_a_retry_that_was_not_sent_can_be_begun_anew(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.gateway.not_send_next("charge")
    with pytest.raises(PaymentUnavailable):
        shop.orders.retry_payment(order_id, by=CUSTOMER, idempotency_key="once")
    order = shop.orders.retry_payment(order_id, by=CUSTOMER, idempotency_key="once")
    assert states(order, "charge") == ["declined", "absent", "approved"]
    audit(shop)


def test_a_decline_of_one_attempt_never_changes_another(shop: Shop) -> None:
    """The first charge's refusal comes again, late, when a retry has paid."""
    order_id = shop.order_in("pending_payment").id
    paid = shop.orders.retry_payment(order_id, by=CUSTOMER)
    order = shop.orders.check_payment(order_id, attempt(shop, order_id, "charge", 1).key)
    assert (order.status, order.version) == (OrderStatus.ACCEPTED, paid.version)
    audit(shop)


def test_an_absent_charge_that_went_through_after_all_pays_while_payment_is_pending(shop: Shop) -> None:
    order_id = shop.order_in("pending_payment").id
    shop.gateway.not_send_next("charge")
    with pytest.raises(PaymentUnavailable):
        shop.orders.retry_payment(order_id, by=CUSTOMER)
    late = late_approval(shop, order_id, number=2)
    order = shop.orders.check_payment(order_id, late.key)
    assert order.status is OrderStatus.ACCEPTED
    assert shop.orders.available_actions(order_id, by=MERCHANT)["complete"] is None
    audit(shop)
