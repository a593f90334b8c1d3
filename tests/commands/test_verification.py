"""Verifying the card at submit: refused, unknown, absent, skipped, and what becomes of the order."""

from __future__ import annotations

from typing import Any

import pytest

from commands.giving import refused
from orderflow import Actor, CardDeclined, Money, OrderQuery, OrderStatus, PaymentUnavailable, Policy
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import Approved
from shops import FREE, MERCHANT, STORE, Shop, card, data_of, kinds


def test_a_refused_card_is_told_each_time(shop: Shop) -> None:
    for _ in range(2):
        with pytest.raises(CardDeclined) as raised:
            shop.submit(order_id="ord-1", token="tok_decline_expired_card")
        assert (raised.value.code, raised.value.message, raised.value.order_id) == (
            "expired_card",
            "The card was declined.",
            "ord-1",
        )
    assert shop.get("ord-1").version == 2


def test_a_corrected_card_is_a_new_order(shop: Shop) -> None:
    with pytest.raises(CardDeclined):
        shop.submit(order_id="ord-1", token="tok_decline_expired_card")
    with refused(shop, CardDeclined):
        shop.submit(order_id="ord-1", token="tok_good")
    assert shop.submit(order_id="ord-2", token="tok_good").verified


def test_a_refused_card_is_never_announced(shop: Shop) -> None:
    with pytest.raises(CardDeclined) as raised:
        shop.submit(token="tok_decline_expired_card")
    order = shop.get(raised.value.order_id)
    assert (order.status, order.verified, order.reason) == (OrderStatus.DECLINED, False, "card_refused")
    assert kinds(order) == ["submitted", "card_refused"]
    assert (order.timeline[-1].actor, order.timeline[-1].to_status) == (Actor.system(), OrderStatus.DECLINED)
    assert shop.orders.find(OrderQuery(store_id=STORE), by=MERCHANT).rows == ()
    assert set(shop.orders.counts(store_id=STORE, by=MERCHANT).values()) == {0}
    asked = shop.orders.find(OrderQuery(store_id=STORE, include_unverified=True), by=MERCHANT)
    assert [row.id for row in asked.rows] == [order.id]
    assert shop.told(order.id) == [("customer", "email", "card_refused"), ("customer", "in_app", "card_refused")]


def test_an_unknown_verification_is_an_answer(shop: Shop) -> None:
    shop.gateway.time_out_next("verification", effect=False)
    order = shop.submit()
    assert (order.status, order.verified, order.payment_in_progress) == (OrderStatus.RECEIVED, False, True)
    assert shop.told(order.id) == []
    assert shop.orders.find(OrderQuery(), by=MERCHANT).rows == ()
    shop.clock.advance(minutes=5)
    shop.orders.run_due()
    assert shop.get(order.id).verified


def test_a_verification_proven_absent_declines_the_order(shop: Shop) -> None:
    shop.gateway.time_out_next("verification", effect=False)
    order = shop.submit(order_id="ord-1")
    shop.clock.advance(hours=25)
    shop.orders.run_due()
    order = shop.get("ord-1")
    assert (order.status, order.verified, order.reason) == (OrderStatus.DECLINED, False, "card_unverified")
    assert data_of(order, "payment_absent")["purpose"] == "verification"
    assert {audience for audience, _, _ in shop.told("ord-1")} == {"customer"}
    with refused(shop, PaymentUnavailable):
        shop.submit(order_id="ord-1")


def test_a_verification_that_was_not_sent_is_unavailable(shop: Shop) -> None:
    shop.gateway.not_send_next("verification")
    for _ in range(2):
        with pytest.raises(PaymentUnavailable) as raised:
            shop.submit(order_id="ord-1")
        assert raised.value.order_id == "ord-1"
    order = shop.get("ord-1")
    assert (order.status, order.reason) == (OrderStatus.DECLINED, "card_unverified")
    assert {audience for audience, _, _ in shop.told("ord-1")} == {"customer"}
    assert shop.submit(order_id="ord-2").verified


def test_an_approval_that_comes_to_light_after_that_is_voided(shop: Shop) -> None:
    shop.gateway.time_out_next("verification", effect=False)
    order = shop.submit()
    shop.clock.advance(hours=25)
    shop.orders.run_due()
    verification = shop.get(order.id).attempts[0]
    shop.gateway.authorize(verification)
    shop.orders.check_payment(order.id, verification.key)
    assert shop.purposes() == ["verification", "void"]
    assert (shop.get(order.id).status, shop.get(order.id).verified) == (OrderStatus.DECLINED, False)


@pytest.mark.parametrize("amount", [Money("0", "USD"), Money("0.50", "EUR"), Money(100, "JPY")], ids=str)
def test_the_policy_says_what_is_authorized(shop: Shop, amount: Money) -> None:
    shop.orders = shop.service(policy=Policy(verification_amount=amount))
    order = shop.submit()
    assert order.verified
    assert [(one.purpose, one.amount) for one in shop.gateway.ledger] == [("verification", amount), ("void", amount)]
    assert data_of(order, "card_verified")["amount"] == str(amount)


def test_the_policy_may_skip_the_verification(shop: Shop) -> None:
    shop.orders = shop.service(policy=Policy(verification_amount=None))
    order = shop.submit(token="tok_charge_decline_no_funds")
    assert (order.verified, order.status, kinds(order)) == (True, OrderStatus.RECEIVED, ["submitted", "card_verified"])
    assert data_of(order, "card_verified") == {}
    assert (order.attempts, shop.purposes(), order.transaction_id) == ((), [], None)
    assert shop.get(shop.orders.accept(order.id, by=MERCHANT).id).status is OrderStatus.PENDING_PAYMENT


def test_a_free_order_is_accepted_without_a_charge(shop: Shop) -> None:
    order = shop.submit(FREE)
    order = shop.orders.accept(order.id, by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    assert data_of(order, "accepted") == {"amount": "0.00 USD"}
    assert shop.purposes() == ["verification", "void"]
    assert shop.get(order.id).timeline[-1].actor == MERCHANT


def test_a_card_that_was_made_reusable_is_the_orders_card(shop: Shop) -> None:
    class Reusable(FakeGateway):
        def authorize(self, attempt: Any) -> Approved:
            super().authorize(attempt)
            return Approved("auth_1", card("tok_reusable"))

    shop.orders = shop.service(payments=Reusable())
    order = shop.submit(token="tok_once")
    assert order.card.token == "tok_reusable"
    assert order.attempts[0].card.token == "tok_once"
    assert shop.orders.accept(order.id, by=MERCHANT).attempts[-1].card.token == "tok_reusable"
