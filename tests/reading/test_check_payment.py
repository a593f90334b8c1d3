"""Looking a payment up at once: a gateway's event is only a hint."""

from __future__ import annotations

import pytest

from orderflow import OrderNotFound, ValidationError
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop, kinds


def pending(shop: Shop) -> str:
    order = shop.submit()
    shop.gateway.pend_next("charge")
    shop.orders.accept(order.id, by=MERCHANT)
    return order.id


def key_of(shop: Shop, order_id: str, purpose: str) -> str:
    return next(one.key for one in shop.get(order_id).attempts if one.purpose == purpose)


@pytest.mark.parametrize("named", [True, False])
def test_what_the_gateway_has_concluded_is_written_down(shop: Shop, named: bool) -> None:
    order_id = pending(shop)
    key = key_of(shop, order_id, "charge")
    shop.gateway.finish(key)
    order = shop.orders.check_payment(order_id, key if named else None)
    assert (order.status, order.payment_in_progress) == ("accepted", False)
    assert shop.orders.inbox(by=CUSTOMER).messages[0].kind == "accepted"


def test_looking_at_another_payment_concludes_nothing_of_this_one(shop: Shop) -> None:
    order_id = pending(shop)
    shop.gateway.finish(key_of(shop, order_id, "charge"))
    order = shop.orders.check_payment(order_id, key_of(shop, order_id, "verification"))
    assert order.payment_in_progress


def test_looking_sends_nothing(shop: Shop) -> None:
    order = shop.submit()
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order.id, by=MERCHANT)
    shop.clock.advance(minutes=10)
    assert shop.orders.check_payment(order.id).payment_in_progress
    assert shop.purposes() == ["verification", "void"]


def test_the_answer_is_the_whole_order(shop: Shop) -> None:
    order = shop.submit()
    shop.orders.add_note(order.id, by=MERCHANT, text="soon")
    seen = shop.orders.check_payment(order.id)
    assert seen == shop.orders.get(order.id, by=OPERATOR)
    assert kinds(seen)[-1] == "note_added"


def test_an_unknown_order_or_payment_is_refused(shop: Shop) -> None:
    order = shop.submit()
    with pytest.raises(OrderNotFound):
        shop.orders.check_payment("ord-9")
    for key in ("unknown", "", 7):
        with pytest.raises(ValidationError):
            shop.orders.check_payment(order.id, key)
