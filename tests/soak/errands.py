"""What shops do, as plain data: an errand can be written down before it is run, and run again by another process.

Each has a key of its own, which goes wherever the order keeps it: what was done can be found there, once.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from orderflow import (
    Actor,
    CardDeclined,
    Channel,
    ConcurrentUpdate,
    Customer,
    Fulfillment,
    InvalidTransition,
    Item,
    Money,
    Order,
    OrderflowError,
    OrderService,
    OrderStatus,
    PaymentInProgress,
    PaymentUnavailable,
    StorageError,
    ValidationError,
)
from shops import ADDRESS, FREE, OPERATOR, PRINT, VIDEO, card
from soak.settings import STORES

__all__ = ["CUSTOMERS", "MAY_RAISE", "Errand", "new_errand", "new_submit", "run"]

Errand = dict[str, Any]

#: What any command may be refused with, whatever others do meanwhile.
_REFUSALS: Final = (InvalidTransition, PaymentInProgress, ConcurrentUpdate, StorageError)
#: What each errand may be refused with.
MAY_RAISE: Final[dict[str, tuple[type[OrderflowError], ...]]] = {
    "submit": (CardDeclined, PaymentUnavailable, StorageError),
    "accept": (*_REFUSALS, PaymentUnavailable),
    "decline": _REFUSALS,
    "cancel": _REFUSALS,
    "retry_payment": (*_REFUSALS, PaymentUnavailable),
    "complete": _REFUSALS,
    "refund": (*_REFUSALS, PaymentUnavailable, ValidationError),  # another may have taken what was left
    "add_note": _REFUSALS,
    "check_payment": (StorageError,),
    "get": (StorageError,),
    "mark_read": (StorageError,),
    "redeliver": (StorageError,),
}

_ITEMS: Final[dict[str, Item]] = {"video": VIDEO, "print": PRINT, "free": FREE}
#: Who orders.
CUSTOMERS: Final = tuple(f"m-{number}" for number in range(20))
#: What is likely to be done with an order, by its status: mostly what it allows.
_LIKELY: Final[dict[OrderStatus, tuple[str, ...]]] = {
    OrderStatus.RECEIVED: ("accept", "accept", "accept", "decline", "cancel", "add_note"),
    OrderStatus.PENDING_PAYMENT: ("retry_payment", "retry_payment", "cancel", "get", "check_payment"),
    OrderStatus.ACCEPTED: ("complete", "refund", "add_note", "accept"),
    OrderStatus.COMPLETED: ("refund", "refund", "redeliver", "add_note"),
    OrderStatus.DECLINED: ("get", "mark_read"),
    OrderStatus.CANCELED: ("get", "mark_read"),
    OrderStatus.EXPIRED: ("get", "redeliver"),
}
_UNLIKELY: Final = 0.1


def new_submit(chance: random.Random, key: str) -> Errand:
    """A new order, whose id is the key."""
    item = chance.choices(list(_ITEMS), [6, 3, 1])[0]
    customer = chance.choice(CUSTOMERS)
    return {
        "act": "submit",
        "key": key,
        "order": key,
        "store": chance.choice(STORES),
        "customer": customer,
        "item": item,
    }


def new_errand(chance: random.Random, key: str, order: Order) -> Errand:
    """Something to do about an order."""
    acts = list(MAY_RAISE)[1:] if chance.random() < _UNLIKELY else _LIKELY[order.status]
    errand: Errand = {"act": chance.choice(acts), "key": key, "order": order.id, "store": order.store_id}
    errand["customer"] = order.customer.id
    errand["staff"] = f"staff-{chance.randrange(3)}"
    errand["amount"] = chance.choice([None, "1.00", "5.50"])
    errand["new_card"] = chance.random() < 0.5
    return errand


def run(orders: OrderService, errand: Errand) -> Order | None:
    """Run an errand, for the first time or again."""
    return _RUN[errand["act"]](orders, errand)


def _submit(orders: OrderService, errand: Errand) -> Order:
    item, customer = _ITEMS[errand["item"]], errand["customer"]
    return orders.submit(
        order_id=errand["order"],
        store_id=errand["store"],
        customer=Customer(id=customer, name="Ana", email=f"{customer}@example.com"),
        items=[item],
        card=card(),
        shipping_address=ADDRESS if item.physical else None,
        metadata={"key": errand["key"]},
    )


def _accept(orders: OrderService, errand: Errand) -> Order:
    return orders.accept(errand["order"], by=_staff(errand), idempotency_key=errand["key"])


def _decline(orders: OrderService, errand: Errand) -> Order:
    return orders.decline(errand["order"], by=_staff(errand), reason=errand["key"], idempotency_key=errand["key"])


def _cancel(orders: OrderService, errand: Errand) -> Order:
    return orders.cancel(errand["order"], by=_customer(errand), reason=errand["key"], idempotency_key=errand["key"])


def _retry_payment(orders: OrderService, errand: Errand) -> Order:
    new = card("tok_new", "1881") if errand["new_card"] else None
    return orders.retry_payment(errand["order"], by=_customer(errand), card=new, idempotency_key=errand["key"])


def _complete(orders: OrderService, errand: Errand) -> Order:
    sent = Fulfillment.handed_over(note=errand["key"])
    return orders.complete(errand["order"], by=_staff(errand), fulfillment=sent, idempotency_key=errand["key"])


def _refund(orders: OrderService, errand: Errand) -> Order:
    amount = Money(errand["amount"], "USD") if errand["amount"] else None
    return orders.refund(
        errand["order"], by=_staff(errand), amount=amount, reason=errand["key"], idempotency_key=errand["key"]
    )


def _add_note(orders: OrderService, errand: Errand) -> Order:
    return orders.add_note(errand["order"], by=_staff(errand), text=errand["key"], idempotency_key=errand["key"])


def _check_payment(orders: OrderService, errand: Errand) -> Order:
    return orders.check_payment(errand["order"])


def _get(orders: OrderService, errand: Errand) -> Order:
    return orders.get(errand["order"], by=_customer(errand))


def _mark_read(orders: OrderService, errand: Errand) -> None:
    by = _customer(errand)
    orders.mark_read([message.id for message in orders.inbox(by=by, limit=5).messages], by=by)


def _redeliver(orders: OrderService, errand: Errand) -> None:
    states = orders.messages(errand["order"], by=OPERATOR)
    sent = [one.id for one in states if one.message is not None and one.message.channel is not Channel.IN_APP]
    for message_id in sent[-1:]:
        orders.redeliver(message_id, by=_staff(errand))


_RUN: Final[dict[str, Callable[[OrderService, Errand], Order | None]]] = {
    "submit": _submit,
    "accept": _accept,
    "decline": _decline,
    "cancel": _cancel,
    "retry_payment": _retry_payment,
    "complete": _complete,
    "refund": _refund,
    "add_note": _add_note,
    "check_payment": _check_payment,
    "get": _get,
    "mark_read": _mark_read,
    "redeliver": _redeliver,
}


def _staff(errand: Errand) -> Actor:
    return Actor.merchant(errand["store"], errand["staff"])


def _customer(errand: Errand) -> Actor:
    return Actor.customer(errand["customer"])
