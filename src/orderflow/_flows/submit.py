"""Submit: a customer asks, and the card is verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .. import lifecycle
from ..attempt import PaymentAttempt, Purpose
from ..card import Card
from ..errors import CardDeclined, DuplicateOrder, PaymentUnavailable
from ..event import EventKind
from ..item import Item
from ..lifecycle import Fact
from ..order import Order
from ..people import Actor, Customer, ShippingAddress
from . import books, pay
from .act import finish
from .change import Change
from .conclude import CARD_REFUSED, CARD_UNVERIFIED
from .resolve import settle
from .shop import Shop

__all__ = ["submit"]

_SYSTEM: Final = Actor.system()


async def submit(
    shop: Shop,
    *,
    store_id: str,
    customer: Customer,
    items: Sequence[Item],
    card: Card,
    shipping_address: ShippingAddress | None,
    metadata: Mapping[str, str],
    order_id: str | None,
) -> Order:
    """Take an order and verify its card; see `OrderService.submit`."""
    now = shop.now()
    draft = Order(
        id=shop.new_order_id() if order_id is None else order_id,
        store_id=store_id,
        customer=customer,
        items=items,
        card=card,
        shipping_address=shipping_address,
        metadata=metadata,
        placed_at=now,
        updated_at=now,
    )
    by = Actor.customer(customer.id, customer.name)
    change = Change(draft, now)
    change.event(EventKind.SUBMITTED, by, {"total": str(draft.total)})
    verification = _verify(shop, change, by)
    try:
        order = await books.commit(shop, change)
    except DuplicateOrder:
        order = await _earlier(shop, draft)
    else:
        if verification is not None:
            order = await pay.send(shop, order, verification, first=True)
    order = await finish(shop, draft, order, by)
    return _answer(order)


def _verify(shop: Shop, change: Change, by: Actor) -> PaymentAttempt | None:
    amount = shop.policy.verification_amount
    if amount is not None:
        return change.begin(Purpose.VERIFICATION, amount, by)
    to = lifecycle.destination(Fact.CARD_VERIFIED, change.order, change.now)
    change.event(EventKind.CARD_VERIFIED, _SYSTEM, {}, to=to)
    change.verified = True
    return None


async def _earlier(shop: Shop, draft: Order) -> Order:
    """The order that the same request made before, with what is overdue on it done."""
    order = await books.load(shop, draft.id, _SYSTEM)
    if any(getattr(order, field) != getattr(draft, field) for field in _REQUEST):
        raise DuplicateOrder(draft.id)
    return await settle(shop, order)


#: What makes two requests one. Not the card: its token may have been made anew for the repetition.
_REQUEST: Final = ("customer", "store_id", "items", "shipping_address", "metadata")


def _answer(order: Order) -> Order:
    """The order, unless its card was refused or never asked about: then the same error every time."""
    if order.verified:
        return order
    if order.reason == CARD_REFUSED:
        refused = order.attempts[0]
        raise CardDeclined(refused.code or "", refused.message, order.id)
    if order.reason == CARD_UNVERIFIED:
        raise PaymentUnavailable(order.id)
    return order
