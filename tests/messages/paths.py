"""Every path through the lifecycle, by name: what the tests of messages walk along."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orderflow import Approved, CardDeclined, Money, PaymentUnavailable
from shops import CUSTOMER, MERCHANT, OPERATOR, SHIPPED, Shop, card

Path = Callable[[Shop], str]

ID = "order-1"


def received(shop: Shop) -> str:
    return shop.submit(order_id=ID).id


def card_refused(shop: Shop) -> str:
    with pytest.raises(CardDeclined):
        shop.submit(order_id=ID, token="tok_decline_expired_card")
    return ID


def card_unverified(shop: Shop) -> str:
    shop.gateway.not_send_next("verification")
    with pytest.raises(PaymentUnavailable):
        shop.submit(order_id=ID)
    return ID


def verification_in_review(shop: Shop) -> str:
    shop.gateway.conclusive_lookup = False
    shop.gateway.time_out_next("verification", effect=False)
    shop.submit(order_id=ID)
    shop.clock.advance(days=2)
    shop.orders.run_due()
    return ID


def declined(shop: Shop) -> str:
    shop.orders.decline(received(shop), by=MERCHANT, reason="fully booked")
    return ID


def canceled(shop: Shop) -> str:
    shop.orders.cancel(received(shop), by=CUSTOMER, reason="found another")
    return ID


def accepted(shop: Shop) -> str:
    shop.orders.accept(received(shop), by=MERCHANT)
    return ID


def completed(shop: Shop) -> str:
    shop.orders.complete(accepted(shop), by=MERCHANT, fulfillment=SHIPPED)
    return ID


def pending_payment(shop: Shop) -> str:
    shop.gateway.decline_next("charge", "insufficient_funds")
    return accepted(shop)


def declined_again(shop: Shop) -> str:
    pending_payment(shop)
    shop.gateway.decline_next("charge", "insufficient_funds")
    shop.orders.retry_payment(ID, by=CUSTOMER)
    return ID


def paid_at_last(shop: Shop) -> str:
    shop.orders.retry_payment(pending_payment(shop), by=CUSTOMER, card=card("tok_new"))
    return ID


def canceled_while_pending(shop: Shop) -> str:
    shop.orders.cancel(pending_payment(shop), by=CUSTOMER)
    return ID


def reminded(shop: Shop) -> str:
    pending_payment(shop)
    shop.clock.advance(days=6)
    shop.orders.run_due()
    return ID


def expired(shop: Shop) -> str:
    reminded(shop)
    shop.clock.advance(days=1)
    shop.orders.run_due()
    return ID


def refunded(shop: Shop) -> str:
    shop.orders.refund(accepted(shop), by=MERCHANT, amount=Money("20.00", "USD"), reason="late")
    return ID


def refund_refused(shop: Shop) -> str:
    accepted(shop)
    shop.gateway.decline_next("refund", "refund_failed")
    shop.orders.refund(ID, by=MERCHANT)
    return ID


def charge_absent(shop: Shop) -> str:
    received(shop)
    shop.gateway.not_send_next("charge")
    with pytest.raises(PaymentUnavailable):
        shop.orders.accept(ID, by=MERCHANT)
    return ID


def charge_in_review(shop: Shop) -> str:
    received(shop)
    shop.gateway.conclusive_lookup = False
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(ID, by=MERCHANT)
    shop.clock.advance(days=2)
    shop.orders.run_due()
    return ID


def review_resolved(shop: Shop) -> str:
    [attempt] = [one for one in shop.get(charge_in_review(shop)).attempts if one.state == "review"]
    shop.orders.resolve_payment(
        ID, by=OPERATOR, key=attempt.key, outcome=Approved("seen_1"), evidence="seen in the gateway's records"
    )
    return ID


def late_approval(shop: Shop) -> str:
    """A charge is proven absent, and then it comes to light after all: the order can still take it."""
    attempt = shop.get(charge_absent(shop)).attempts[-1]
    shop.gateway.charge(attempt)
    shop.orders.check_payment(ID, key=attempt.key)
    return ID


def surplus_refunded(shop: Shop) -> str:
    """A charge is proven absent, the order is canceled, and then the charge comes to light after all."""
    attempt = shop.get(charge_absent(shop)).attempts[-1]
    shop.orders.cancel(ID, by=CUSTOMER)
    shop.gateway.charge(attempt)
    shop.orders.check_payment(ID, key=attempt.key)
    return ID


def surplus_refund_refused(shop: Shop) -> str:
    shop.gateway.decline_next("refund", "refund_failed")
    return surplus_refunded(shop)


PATHS: tuple[Path, ...] = (
    received,
    card_refused,
    card_unverified,
    verification_in_review,
    declined,
    canceled,
    accepted,
    completed,
    pending_payment,
    declined_again,
    paid_at_last,
    canceled_while_pending,
    reminded,
    expired,
    refunded,
    refund_refused,
    charge_absent,
    charge_in_review,
    review_resolved,
    late_approval,
    surplus_refunded,
    surplus_refund_refused,
)
