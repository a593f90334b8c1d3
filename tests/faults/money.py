"""Short ways to orders whose money is somewhere between."""

from __future__ import annotations

import pytest

from faults.faulty import another
from orderflow import Order, PaymentAttempt, PaymentUnavailable
from shops import MERCHANT, OPERATOR, Shop


def attempt(shop: Shop, order_id: str, purpose: str, number: int = 1) -> PaymentAttempt:
    """An attempt as the books have it."""
    order = another(shop).get(order_id, by=OPERATOR)
    return next(one for one in order.attempts if one.purpose == purpose and one.number == number)


def states(order: Order, purpose: str) -> list[str]:
    """The states of an order's attempts of one purpose, by number."""
    return [one.state.value for one in order.attempts if one.purpose == purpose]


def unknown_charge(shop: Shop, *, effect: bool) -> str:
    """An order that is being accepted, and whose charge timed out."""
    order_id = shop.submit().id
    shop.gateway.time_out_next("charge", effect)
    assert shop.orders.accept(order_id, by=MERCHANT).payment_in_progress
    return order_id


def unknown_verification(shop: Shop, *, effect: bool) -> str:
    """An order whose verification timed out."""
    shop.gateway.time_out_next("verification", effect)
    order = shop.submit()
    assert order.payment_in_progress
    return order.id


def absent_charge(shop: Shop) -> str:
    """A received order whose first charge was proven absent."""
    order_id = shop.submit().id
    shop.gateway.not_send_next("charge")
    with pytest.raises(PaymentUnavailable):
        shop.orders.accept(order_id, by=MERCHANT)
    return order_id


def late_approval(shop: Shop, order_id: str, purpose: str = "charge", number: int = 1) -> PaymentAttempt:
    """The gateway has moved the money of an attempt after all, and nobody has looked yet."""
    late = attempt(shop, order_id, purpose, number)
    getattr(shop.gateway, "authorize" if purpose == "verification" else purpose)(late)
    return late


def review_of_a_charge(shop: Shop, *, effect: bool = False) -> PaymentAttempt:
    """A charge of which nobody knows: the gateway keeps no lasting record, and its window is over."""
    order_id = unknown_charge(shop, effect=effect)
    return _reviewed(shop, order_id, "charge")


def review_of_a_verification(shop: Shop) -> PaymentAttempt:
    """A verification of which nobody knows."""
    return _reviewed(shop, unknown_verification(shop, effect=False), "verification")


def review_of_a_refund(shop: Shop) -> PaymentAttempt:
    """A refund of which nobody knows."""
    order_id = shop.order_in("accepted").id
    shop.gateway.time_out_next("refund", effect=False)
    shop.orders.refund(order_id, by=MERCHANT)
    return _reviewed(shop, order_id, "refund")


def _reviewed(shop: Shop, order_id: str, purpose: str) -> PaymentAttempt:
    shop.gateway.conclusive_lookup = False
    shop.clock.advance(days=2)
    assert shop.orders.run_due().needs_review == 1
    return attempt(shop, order_id, purpose)
