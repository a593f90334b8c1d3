"""An order's whole life, over every kind of service."""

from __future__ import annotations

import pytest

from orderflow import CardDeclined, OrderStatus
from shops import CUSTOMER, MERCHANT, SHIPPED, Shop, kinds


def test_an_order_is_received_accepted_and_completed(shop: Shop) -> None:
    """The straight way: verified and voided, charged in full, sent."""
    order = shop.submit()
    assert order.status is OrderStatus.RECEIVED
    order = shop.orders.accept(order.id, by=MERCHANT)
    assert order.status is OrderStatus.ACCEPTED
    order = shop.orders.complete(order.id, by=MERCHANT, fulfillment=SHIPPED)
    assert order.status is OrderStatus.COMPLETED
    assert kinds(order) == ["submitted", "card_verified", "verification_voided", "accepted", "completed"]
    assert shop.purposes() == ["verification", "void", "charge"]


def test_a_declined_charge_leaves_seven_days(shop: Shop) -> None:
    order = shop.order_in("pending_payment")
    shop.clock.advance(days=6, hours=23)
    order = shop.orders.retry_payment(order.id, by=CUSTOMER)
    assert order.status is OrderStatus.ACCEPTED


def test_a_refused_card_is_an_error(shop: Shop) -> None:
    with pytest.raises(CardDeclined) as refused:
        shop.submit(token="tok_decline_expired_card")
    assert refused.value.code == "expired_card"


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_status_can_be_reached(shop: Shop, status: OrderStatus) -> None:
    assert shop.order_in(status).status is status
