"""Refunds: up to what was paid, keyed, and never twice."""

from __future__ import annotations

import pytest

from commands.giving import ACTORS, give, in_review, latest, lost, proven_absent, refused
from orderflow import AttemptState, InvalidTransition, Money, Order, OrderStatus, PaymentUnavailable, ValidationError
from shops import CUSTOMER, FREE, MERCHANT, OPERATOR, SHIPPED, Shop, data_of, kinds


def usd(amount: str) -> Money:
    return Money(amount, "USD")


def refund(shop: Shop, order: Order, amount: str | None = None, **changes: object) -> Order:
    answer: Order = shop.orders.refund(
        order.id, **{"by": MERCHANT, "amount": usd(amount) if amount else None, **changes}
    )
    return shop.get(answer.id)


@pytest.mark.parametrize("status", ["accepted", "completed"])
@pytest.mark.parametrize("who", ["merchant", "operator"])
def test_a_part_is_refunded_by_the_stores_side(shop: Shop, status: str, who: str) -> None:
    order = shop.order_in(status)
    answer = refund(shop, order, "20.50", by=ACTORS[who], reason="a scratch")
    assert (answer.status, answer.refunded) == (order.status, usd("20.50"))
    moved = shop.gateway.ledger[-1]
    assert (moved.purpose, moved.amount, moved.target) == ("refund", usd("20.50"), order.transaction_id)
    assert data_of(answer, "refund_begun") == {"amount": "20.50 USD", "number": "1", "reason": "a scratch"}
    assert data_of(answer, "refunded") == {
        "amount": "20.50 USD",
        "number": "1",
        "transaction_id": moved.transaction_id,
        "target": order.transaction_id,
    }
    assert [event.actor for event in answer.timeline[-2:]] == [ACTORS[who]] * 2


def test_no_amount_means_all_that_is_left(shop: Shop) -> None:
    order = shop.order_in("accepted")
    refund(shop, order, "20.50")
    answer = refund(shop, order)
    assert answer.refunded == order.total
    assert [one.amount for one in shop.gateway.ledger if one.purpose == "refund"] == [usd("20.50"), usd("99.50")]


def test_both_sides_are_told_of_a_refund(shop: Shop) -> None:
    order = shop.order_in("accepted")
    refund(shop, order, "20.50")
    told = {(audience, channel) for audience, channel, kind in shop.told(order.id) if kind == "refunded"}
    assert told == {("customer", "email"), ("customer", "in_app"), ("merchant", "email"), ("merchant", "in_app")}


@pytest.mark.parametrize("amount", ["120.01", "0", "-5"])
def test_more_than_was_paid_or_nothing_is_refused(shop: Shop, amount: str) -> None:
    order = shop.order_in("accepted")
    with refused(shop, ValidationError):
        refund(shop, order, amount)


@pytest.mark.parametrize("amount", [Money(5, "EUR"), 5, "5.00", 5.0], ids=repr)
def test_another_currency_or_no_money_is_refused(shop: Shop, amount: object) -> None:
    order = shop.order_in("accepted")
    with refused(shop, ValidationError):
        shop.orders.refund(order.id, by=MERCHANT, amount=amount)


def test_more_than_is_left_is_refused(shop: Shop) -> None:
    order = shop.order_in("accepted")
    refund(shop, order, "100.00")
    with refused(shop, ValidationError) as raised:
        refund(shop, order, "20.01")
    assert "20.00 USD" in str(raised.value)
    assert refund(shop, order, "20.00").refunded == order.total


def test_an_open_refund_counts_as_given(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.gateway.time_out_next("refund", effect=False)
    answer = refund(shop, order, "100.00")
    assert (answer.refunded, latest(answer, "refund").state) == (usd("0"), AttemptState.OPEN)
    with refused(shop, ValidationError):
        refund(shop, order, "20.01")
    refund(shop, order)
    assert [one.amount for one in shop.gateway.ledger if one.purpose == "refund"] == [usd("20.00")]


def test_a_refund_in_review_counts_as_given(shop: Shop) -> None:
    order = in_review(shop, "accepted")  # of all that was paid
    with refused(shop, ValidationError):
        refund(shop, order, "0.01")


def test_a_refund_with_nothing_left_is_refused(shop: Shop) -> None:
    order = shop.order_in("accepted")
    refund(shop, order)
    for amount in (None, "0.01"):
        with refused(shop, ValidationError):
            refund(shop, order, amount)
    assert shop.orders.available_actions(order.id, by=MERCHANT)["refund"] == "nothing is left to refund"


def test_a_free_order_has_nothing_to_refund(shop: Shop) -> None:
    order = shop.order_in("accepted", FREE)
    for amount in (None, "0.01"):
        with refused(shop, ValidationError):
            refund(shop, order, amount)


def test_a_free_order_can_be_completed(shop: Shop) -> None:
    assert shop.order_in("completed", FREE).status is OrderStatus.COMPLETED


def test_an_order_refunded_in_full_cannot_be_completed(shop: Shop) -> None:
    order = shop.order_in("accepted")
    refund(shop, order)
    with refused(shop, InvalidTransition) as raised:
        give(shop, "complete", order.id, by=MERCHANT)
    assert raised.value.allowed == ("add_note",)
    assert raised.value.reason == "its charge has been refunded in full"


def test_an_order_refunded_in_part_can_be_completed(shop: Shop) -> None:
    order = shop.order_in("accepted")
    refund(shop, order, "119.99")
    assert shop.orders.complete(order.id, by=MERCHANT, fulfillment=SHIPPED).status is OrderStatus.COMPLETED


def test_a_keyed_refund_is_given_once(shop: Shop) -> None:
    order = shop.order_in("accepted")
    for _ in range(2):
        answer = refund(shop, order, "50.00", idempotency_key="k-1")
    assert answer.refunded == usd("50.00")
    assert refund(shop, order, "50.00", idempotency_key="k-2").refunded == usd("100.00")


def test_a_refused_refund_leaves_the_money_where_it_was(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.gateway.decline_next("refund", "card_closed")
    answer = refund(shop, order, "50.00")
    assert (answer.refunded, latest(answer, "refund").state) == (usd("0"), AttemptState.DECLINED)
    assert not answer.needs_review
    assert data_of(answer, "refund_declined") == {
        "amount": "50.00 USD",
        "number": "1",
        "code": "card_closed",
        "message": "The card was declined.",
        "target": order.transaction_id,
    }
    told = {(audience, channel) for audience, channel, kind in shop.told(order.id) if kind == "refund_declined"}
    assert told == {("merchant", "email"), ("merchant", "in_app")}
    assert refund(shop, order).refunded == order.total


def test_a_refused_refund_in_full_leaves_the_order_to_be_completed(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.gateway.decline_next("refund", "card_closed")
    refund(shop, order)
    assert give(shop, "complete", order.id, by=MERCHANT).status is OrderStatus.COMPLETED


def test_an_unknown_refund_is_found_by_the_sweep(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.gateway.time_out_next("refund", effect=True)
    assert refund(shop, order, "50.00").refunded == usd("0")
    shop.clock.advance(minutes=5)
    assert shop.orders.run_due().refunded == 1
    assert shop.get(order.id).refunded == usd("50.00")
    assert shop.purposes().count("refund") == 1


def test_a_refund_proven_absent_is_told_to_the_merchant_and_can_be_given_again(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.gateway.time_out_next("refund", effect=False)
    refund(shop, order)
    proven_absent(shop)
    assert kinds(shop.get(order.id))[-1] == "payment_absent"
    assert ("merchant", "email", "payment_absent") in shop.told(order.id)
    assert refund(shop, order).refunded == order.total
    assert latest(shop.get(order.id), "refund").number == 2


def test_a_refund_that_was_not_sent_is_unavailable(shop: Shop) -> None:
    order = shop.order_in("accepted")
    shop.gateway.not_send_next("refund")
    with pytest.raises(PaymentUnavailable):
        refund(shop, order)
    assert refund(shop, order).refunded == order.total


def test_a_refund_that_nobody_knows_of_needs_review(shop: Shop) -> None:
    order = shop.order_in("completed")
    shop.gateway.time_out_next("refund", effect=False)
    refund(shop, order, "50.00")
    lost(shop)
    order = shop.get(order.id)
    assert (order.needs_review, order.payment_in_progress) == (True, False)
    assert ("merchant", "email", "payment_unclear") in shop.told(order.id)


def test_what_went_back_of_surplus_charges_is_no_refund_of_the_order(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order.id, by=MERCHANT)
    proven_absent(shop)
    late = latest(shop.get(order.id), "charge")
    shop.orders.accept(order.id, by=MERCHANT)
    shop.gateway.charge(late)
    shop.orders.check_payment(order.id, late.key)
    order = shop.get(order.id)
    assert shop.purposes()[-3:] == ["charge", "charge", "refund"]
    assert (order.status, order.refunded) == (OrderStatus.ACCEPTED, usd("0"))
    assert refund(shop, order).refunded == order.total


def test_an_order_canceled_before_it_was_paid_has_nothing_to_refund(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.orders.cancel(order.id, by=CUSTOMER)
    with refused(shop, InvalidTransition):
        refund(shop, order, by=OPERATOR)
