"""Orders with every kind of money behind them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from orderflow import CardDeclined, Money, Order, OrderStatus, PaymentUnavailable
from shops import CUSTOMER, FREE, MERCHANT, PRINT, Shop

Make = Callable[[Shop], Order]


def in_status(status: OrderStatus) -> Make:
    return lambda shop: shop.order_in(status)


def with_print(shop: Shop) -> Order:
    return shop.order_in("completed", PRINT)


def free(shop: Shop) -> Order:
    return shop.order_in("completed", FREE)


def charge_open(effect: bool) -> Make:
    def make(shop: Shop) -> Order:
        order_id = shop.submit().id
        shop.gateway.time_out_next("charge", effect)
        shop.orders.accept(order_id, by=MERCHANT)
        return shop.get(order_id)

    return make


def charge_in_review(effect: bool) -> Make:
    def make(shop: Shop) -> Order:
        order_id = charge_open(effect=False)(shop).id
        shop.gateway.conclusive_lookup = False
        shop.clock.advance(days=2)
        shop.orders.run_due()
        order = shop.get(order_id)
        assert order.needs_review
        if effect:
            shop.gateway.charge(order.attempts[-1])
        return order

    return make


def verification_open(effect: bool) -> Make:
    def make(shop: Shop) -> Order:
        shop.gateway.time_out_next("verification", effect)
        return shop.get(shop.submit().id)

    return make


def void_open(shop: Shop) -> Order:
    shop.gateway.time_out_next("void", effect=False)
    return shop.get(shop.submit().id)


def refused(shop: Shop) -> Order:
    with pytest.raises(CardDeclined) as raised:
        shop.submit(token="tok_decline_lost_card")
    return shop.get(raised.value.order_id)


def absent(shop: Shop) -> Order:
    order_id = shop.submit().id
    shop.gateway.not_send_next("charge")
    with pytest.raises(PaymentUnavailable):
        shop.orders.accept(order_id, by=MERCHANT)
    return shop.get(order_id)


def surplus(shop: Shop) -> Order:
    """Paid twice, of which one was given back."""
    order = absent(shop)
    shop.orders.accept(order.id, by=MERCHANT)
    late = order.attempts[-1]
    shop.gateway.charge(late)
    shop.orders.check_payment(order.id, late.key)
    return shop.get(order.id)


def refunded(*amounts: str) -> Make:
    def make(shop: Shop) -> Order:
        order_id = shop.order_in("accepted").id
        for amount in amounts:
            shop.orders.refund(order_id, by=MERCHANT, amount=Money(amount, "USD"))
        return shop.get(order_id)

    return make


def refund_open(effect: bool) -> Make:
    def make(shop: Shop) -> Order:
        order_id = shop.order_in("accepted").id
        shop.gateway.time_out_next("refund", effect)
        shop.orders.refund(order_id, by=MERCHANT)
        return shop.get(order_id)

    return make


def refund_declined(shop: Shop) -> Order:
    order_id = shop.order_in("accepted").id
    shop.gateway.decline_next("refund", "too_late")
    shop.orders.refund(order_id, by=MERCHANT)
    return shop.get(order_id)


def retried(shop: Shop) -> Order:
    order_id = shop.order_in("pending_payment").id
    shop.orders.retry_payment(order_id, by=CUSTOMER)
    return shop.get(order_id)


SOUND: dict[str, Make] = {
    **{status.value: in_status(status) for status in OrderStatus},
    "with a physical item": with_print,
    "free": free,
    "an open charge that moved": charge_open(effect=True),
    "an open charge that did not": charge_open(effect=False),
    "a charge in review that moved": charge_in_review(effect=True),
    "a charge in review that did not": charge_in_review(effect=False),
    "an open verification that moved": verification_open(effect=True),
    "an open verification that did not": verification_open(effect=False),
    "an open void": void_open,
    "a refused card": refused,
    "an absent charge": absent,
    "a surplus charge, given back": surplus,
    "a part given back": refunded("20.00"),
    "two parts given back": refunded("20.00", "30.00"),
    "all given back": refunded("120.00"),
    "an open refund that moved": refund_open(effect=True),
    "an open refund that did not": refund_open(effect=False),
    "a declined refund": refund_declined,
    "a second try that paid": retried,
}
