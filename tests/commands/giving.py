"""Every command with fitting arguments, everyone who may give one, and orders with a payment in review."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from orderflow import AttemptState, Order, OrderStatus, PaymentAttempt, Purpose
from shops import (
    CUSTOMER,
    MERCHANT,
    OPERATOR,
    OTHER_CUSTOMER,
    OTHER_MERCHANT,
    SHIPPED,
    SYSTEM,
    Shop,
)

ACTORS = {
    "customer": CUSTOMER,
    "other customer": OTHER_CUSTOMER,
    "merchant": MERCHANT,
    "other merchant": OTHER_MERCHANT,
    "operator": OPERATOR,
    "system": SYSTEM,
}
OUTSIDERS = ("other customer", "other merchant")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "accept": {},
    "decline": {"reason": "fully booked"},
    "cancel": {"reason": "found another"},
    "retry_payment": {},
    "complete": {"fulfillment": SHIPPED},
    "add_note": {"text": "wants it before Friday"},
    "refund": {},
    "resolve_payment": {"key": "of1_some", "outcome": None, "evidence": "the gateway's records"},
}
COMMANDS = tuple(ARGUMENTS)
STATUSES = tuple(status.value for status in OrderStatus)


def give(shop: Shop, command: str, order_id: str, **changes: Any) -> Order:
    """Give a command with fitting arguments; what is named differs."""
    order: Order = getattr(shop.orders, command)(order_id, **{**ARGUMENTS[command], **changes})
    return order


@contextmanager
def refused(shop: Shop, kind: type[Exception]) -> Iterator[pytest.ExceptionInfo[Any]]:
    """What happens inside raises exactly this error, and leaves everything as it was."""
    before = shop.state()
    with pytest.raises(kind) as raised:
        yield raised
    assert raised.type is kind
    assert shop.state() == before


def latest(order: Order, purpose: Purpose | str) -> PaymentAttempt:
    """The order's latest attempt of a purpose."""
    return [attempt for attempt in order.attempts if attempt.purpose == purpose][-1]


def in_review(shop: Shop, status: str) -> Order:
    """An order in a status, with one payment of it in review."""
    order = shop.get(_IN_REVIEW[OrderStatus(status)](shop))
    assert order.status.value == status
    assert [attempt.state for attempt in order.attempts].count(AttemptState.REVIEW) == 1
    return order


def lost(shop: Shop) -> None:
    """Let the window of every key lapse, on a gateway whose look-ups prove nothing; then sweep."""
    shop.gateway.conclusive_lookup = False
    shop.clock.advance(hours=25)
    shop.orders.run_due()


def proven_absent(shop: Shop) -> None:
    """Let the window of every key lapse, on a gateway whose look-ups are conclusive; then sweep."""
    shop.clock.advance(hours=25)
    shop.orders.run_due()


def _unclear_charge(shop: Shop, order_id: str, command: str) -> str:
    shop.gateway.time_out_next("charge", effect=False)
    give(shop, command, order_id, by=CUSTOMER if command == "retry_payment" else MERCHANT)
    lost(shop)
    return order_id


def _unclear_refund(shop: Shop, order_id: str) -> str:
    shop.gateway.time_out_next("refund", effect=False)
    give(shop, "refund", order_id, by=MERCHANT)
    lost(shop)
    return order_id


def _refused_surplus(shop: Shop, close: Callable[[str], object]) -> str:
    """A charge that was proven absent arrives after the order is closed, and its refund is refused."""
    order_id = shop.order_in("pending_payment").id
    shop.gateway.time_out_next("charge", effect=False)
    give(shop, "retry_payment", order_id, by=CUSTOMER)
    proven_absent(shop)
    charge = latest(shop.get(order_id), "charge")
    close(order_id)
    shop.gateway.charge(charge)
    shop.gateway.decline_next("refund", "card_closed")
    shop.orders.check_payment(order_id, charge.key)
    return order_id


def _declined_in_review(shop: Shop) -> str:
    order_id = shop.order_in("received").id
    shop.gateway.time_out_next("charge", effect=False)
    give(shop, "accept", order_id, by=MERCHANT)
    proven_absent(shop)
    charge = latest(shop.get(order_id), "charge")
    give(shop, "decline", order_id, by=MERCHANT)
    shop.gateway.charge(charge)
    shop.gateway.decline_next("refund", "card_closed")
    shop.orders.check_payment(order_id, charge.key)
    return order_id


def _expire(shop: Shop) -> None:
    shop.clock.advance(days=7)
    shop.orders.run_due()


_IN_REVIEW: dict[OrderStatus, Callable[[Shop], str]] = {
    OrderStatus.RECEIVED: lambda shop: _unclear_charge(shop, shop.order_in("received").id, "accept"),
    OrderStatus.PENDING_PAYMENT: lambda shop: _unclear_charge(
        shop, shop.order_in("pending_payment").id, "retry_payment"
    ),
    OrderStatus.ACCEPTED: lambda shop: _unclear_refund(shop, shop.order_in("accepted").id),
    OrderStatus.COMPLETED: lambda shop: _unclear_refund(shop, shop.order_in("completed").id),
    OrderStatus.DECLINED: _declined_in_review,
    OrderStatus.CANCELED: lambda shop: _refused_surplus(shop, lambda one: give(shop, "cancel", one, by=CUSTOMER)),
    OrderStatus.EXPIRED: lambda shop: _refused_surplus(shop, lambda _: _expire(shop)),
}
