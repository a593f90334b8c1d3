"""The default wording of messages: English, plain, complete.

Each text says what was ordered and for how much, what happened, by when something must be done (in UTC), what to do
next, and where. A host replaces them through `texts=` of the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from .attempt import Purpose
from .event import Event, EventKind
from .fulfillment import Fulfillment, FulfillmentMethod
from .message import Audience
from .order import Order
from .query import summary_of
from .status import OrderStatus

__all__ = ["default", "moment"]

_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

#: What is said: the subject, and what happened and what comes next, a paragraph each.
Said = tuple[str, list[str]]
Wording = Callable[[Event, Order], Said]


def default(event: Event, order: Order, audience: Audience, url: str) -> tuple[str, str]:
    """The subject and the body of a message.

    Args:
        event: What happened.
        order: The order after it.
        audience: Whom to tell.
        url: The host's link to the order; empty for none.
    """
    subject, paragraphs = _WORDINGS[event.kind, audience](event, order)
    if audience is Audience.CUSTOMER:
        paragraphs = [f"Hello {order.customer.name},", *paragraphs]
    paragraphs.append(_what(order))
    if url:
        paragraphs.append(f"See the order: {url}")
    return f"{subject}: {summary_of(order).item_name}", "\n\n".join(paragraphs) + "\n"


def moment(at: datetime | None) -> str:
    """A moment as messages tell it: `12 January 2026, 09:00 UTC`."""
    return "" if at is None else f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"


def _what(order: Order) -> str:
    lines = [f"{item.quantity} x {item.name}, {item.unit_price} each" for item in order.items]
    return "\n".join([f"Order {order.id}", *lines, f"Total: {order.total}"])


def _card(order: Order) -> str:
    return f"{order.card.brand} card ending in {order.card.last4}"


def _said(text: str) -> str:
    """Someone else's words, if there are any, as a sentence of their own."""
    return f" {text.strip().rstrip('.')}." if text.strip() else ""


def _reason(event: Event, who: str) -> list[str]:
    return [f"{who} wrote: {event.data['reason']}"] if event.data.get("reason") else []


def _received_customer(event: Event, order: Order) -> Said:
    paragraphs = ["your order has been received."]
    if event.data.get("amount"):
        paragraphs.append(
            f"To verify your {_card(order)}, a temporary charge of {event.data['amount']} was authorized on it. "
            "It is released at once and costs you nothing."
        )
    total = "" if order.total.is_zero else f" If it is accepted, your card is charged {order.total}."
    return "Order received", [
        *paragraphs,
        f"The shop will now accept or decline your order.{total} You will hear from us.",
    ]


def _received_merchant(event: Event, order: Order) -> Said:
    then = "there is nothing to charge" if order.total.is_zero else f"the card is charged {order.total}"
    return "New order", [
        f"{order.customer.name} has placed an order, and the card was accepted for it.",
        f"Please accept or decline it. If you accept, {then}.",
    ]


def _refused_customer(event: Event, order: Order) -> Said:
    return "Card refused, order not placed", [
        f"your {_card(order)} did not pass its verification.{_said(event.data.get('message', ''))} "
        "Your order was not placed, and nothing was charged.",
        "To order, please start again with another card.",
    ]


def _unverified_customer(event: Event, order: Order) -> Said:
    return "Card not verified, order not placed", [
        f"we could not verify your {_card(order)}. Your order was not placed, and nothing was charged.",
        "To order, please start again.",
    ]


def _accepted_customer(event: Event, order: Order) -> Said:
    paid = (
        "There was nothing to charge."
        if order.total.is_zero
        else f"Your {_card(order)} has been charged {order.total}."
    )
    return "Order accepted", [f"your order has been accepted. {paid}", "We will tell you when it is sent."]


def _accepted_merchant(event: Event, order: Order) -> Said:
    paid = "there was nothing to charge" if order.total.is_zero else f"{order.total} has been charged"
    return "Order accepted", [
        f"The order of {order.customer.name} is accepted, and {paid}.",
        "Next, send it and mark it as completed.",
    ]


def _payment_declined_customer(event: Event, order: Order) -> Said:
    again = event.to_status is None
    opening = (
        "the payment of your order was declined again."
        if again
        else "your order was accepted, but the payment was declined."
    )
    return "Payment declined", [
        f"{opening}{_said(event.data.get('message', ''))} Nothing was charged to your {_card(order)}.",
        *_pay_again(order),
    ]


def _payment_declined_merchant(event: Event, order: Order) -> Said:
    return "Payment declined", [
        f"You accepted the order of {order.customer.name}, but the charge of {order.total} was declined.",
        f"The customer has until {moment(order.payment_due_at)} to pay. Please do not send anything before. "
        "You need not do anything: we will tell you.",
    ]


def _reminder_customer(event: Event, order: Order) -> Said:
    return "Please pay soon", ["your order is not paid yet.", *_pay_again(order)]


def _pay_again(order: Order) -> list[str]:
    """What to do, unless it is too late: the same commit may have expired the order, and tells so itself."""
    if order.status is not OrderStatus.PENDING_PAYMENT:
        return []
    return [
        f"Please pay {order.total} by {moment(order.payment_due_at)}: try again with the same card or with another. "
        "If the order is not paid by then, it expires."
    ]


def _declined_customer(event: Event, order: Order) -> Said:
    return "Order declined", [
        "we are sorry: the shop has declined your order. You have not been charged for it.",
        *_reason(event, "The shop"),
    ]


def _declined_merchant(event: Event, order: Order) -> Said:
    return "Order declined", [
        f"The order of {order.customer.name} is declined. Nothing was charged, and there is nothing left to do.",
        *_reason(event, "You"),
    ]


def _canceled_customer(event: Event, order: Order) -> Said:
    return "Order canceled", [
        "your order is canceled, as you asked. You have not been charged for it.",
        *_reason(event, "You"),
    ]


def _canceled_merchant(event: Event, order: Order) -> Said:
    return "Order canceled", [
        f"{order.customer.name} has canceled the order. Nothing was charged, and there is nothing left to do.",
        *_reason(event, "The customer"),
    ]


def _expired_customer(event: Event, order: Order) -> Said:
    return "Order expired", [
        f"your order was not paid by {moment(order.payment_due_at)} and has expired. You have not been charged for it.",
        "If you still want it, please order again.",
    ]


def _expired_merchant(event: Event, order: Order) -> Said:
    return "Order expired", [
        f"The order of {order.customer.name} was not paid by {moment(order.payment_due_at)} and has expired. "
        "Please do not send anything; there is nothing left to do."
    ]


def _completed_customer(event: Event, order: Order) -> Said:
    return "Order sent", ["your order has been completed.", _how(order.fulfillment)]


def _completed_merchant(event: Event, order: Order) -> Said:
    return "Order completed", [
        f"The order of {order.customer.name} is completed. There is nothing left to do.",
        _how(order.fulfillment),
    ]


def _how(fulfillment: Fulfillment | None) -> str:
    assert fulfillment is not None  # what is completed was sent somehow
    match fulfillment.method:
        case FulfillmentMethod.SHIPPED:
            tracking = f", tracking number {fulfillment.tracking_number}" if fulfillment.tracking_number else ""
            return f"It was shipped with {fulfillment.carrier}{tracking}."
        case FulfillmentMethod.DIGITAL:
            return f"It is here: {fulfillment.url}"
        case _:
            return f"It was handed over.{_said(fulfillment.note)}"


def _refunded_customer(event: Event, order: Order) -> Said:
    return "Refund", [
        f"{event.data['amount']} has been refunded to the card that you paid with. "
        "Banks may take some days to show it. You need not do anything."
    ]


def _refunded_merchant(event: Event, order: Order) -> Said:
    return "Refund", [
        f"{event.data['amount']} has been refunded to {order.customer.name}. There is nothing left to do."
    ]


def _surplus_customer(event: Event, order: Order) -> Said:
    return "Payment is being returned", [
        f"a payment of {event.data['amount']} went through that your order could not take any more. "
        "We are returning it in full. You need not do anything: we will tell you when it is done."
    ]


def _surplus_merchant(event: Event, order: Order) -> Said:
    return "Payment is being returned", [
        f"A charge of {event.data['amount']} to {order.customer.name} went through that the order could not take "
        "any more. It is being refunded in full. You need not do anything: we will tell you if the refund fails."
    ]


def _refund_declined_merchant(event: Event, order: Order) -> Said:
    return "Refund refused", [
        f"The refund of {event.data['amount']} to {order.customer.name} was refused ({event.data['code']})."
        f"{_said(event.data.get('message', ''))}",
        "The customer has not been given this money. Please look at the order and at your payment provider's records, "
        "and give it back in another way if it is owed.",
    ]


def _absent_merchant(event: Event, order: Order) -> Said:
    what = _NAMES[event.data["purpose"]]
    return f"{what} did not happen", [
        f"{what} of {event.data['amount']} for the order of {order.customer.name} never reached the payment provider: "
        f"no money moved, and the order was left {_STATUS_NAMES[event.from_status or order.status]}.",
        *_what_then(event, order),
    ]


def _what_then(event: Event, order: Order) -> list[str]:
    """What becomes of a payment that did not happen."""
    later = [
        one for one in order.attempts if one.purpose == event.data["purpose"] and one.number > int(event.data["number"])
    ]
    if later:
        return ["It is tried again by itself: you need not do anything."]
    return [] if order.is_terminal and event.data["purpose"] == Purpose.CHARGE.value else ["It can be tried again."]


def _unclear_merchant(event: Event, order: Order) -> Said:
    what = _NAMES[event.data["purpose"]]
    return "Payment needs review", [
        f"It is not known whether {what.lower()} of {event.data['amount']} for the order of {order.customer.name} went "
        "through, and asking the payment provider has told nothing. Nothing more is sent for it.",
        "Please look it up in your payment provider's records, and say on the order what you found.",
    ]


_NAMES: Final = {
    Purpose.VERIFICATION.value: "The verification",
    Purpose.CHARGE.value: "The charge",
    Purpose.VOID.value: "The release",
    Purpose.REFUND.value: "The refund",
}
_STATUS_NAMES: Final = {status: status.value.replace("_", " ") for status in OrderStatus}

_WORDINGS: Final[Mapping[tuple[EventKind, Audience], Wording]] = {
    (EventKind.CARD_VERIFIED, Audience.CUSTOMER): _received_customer,
    (EventKind.CARD_VERIFIED, Audience.MERCHANT): _received_merchant,
    (EventKind.CARD_REFUSED, Audience.CUSTOMER): _refused_customer,
    (EventKind.PAYMENT_ABSENT, Audience.CUSTOMER): _unverified_customer,
    (EventKind.PAYMENT_ABSENT, Audience.MERCHANT): _absent_merchant,
    (EventKind.ACCEPTED, Audience.CUSTOMER): _accepted_customer,
    (EventKind.ACCEPTED, Audience.MERCHANT): _accepted_merchant,
    (EventKind.PAYMENT_DECLINED, Audience.CUSTOMER): _payment_declined_customer,
    (EventKind.PAYMENT_DECLINED, Audience.MERCHANT): _payment_declined_merchant,
    (EventKind.PAYMENT_REMINDER, Audience.CUSTOMER): _reminder_customer,
    (EventKind.DECLINED, Audience.CUSTOMER): _declined_customer,
    (EventKind.DECLINED, Audience.MERCHANT): _declined_merchant,
    (EventKind.CANCELED, Audience.CUSTOMER): _canceled_customer,
    (EventKind.CANCELED, Audience.MERCHANT): _canceled_merchant,
    (EventKind.EXPIRED, Audience.CUSTOMER): _expired_customer,
    (EventKind.EXPIRED, Audience.MERCHANT): _expired_merchant,
    (EventKind.COMPLETED, Audience.CUSTOMER): _completed_customer,
    (EventKind.COMPLETED, Audience.MERCHANT): _completed_merchant,
    (EventKind.REFUNDED, Audience.CUSTOMER): _refunded_customer,
    (EventKind.REFUNDED, Audience.MERCHANT): _refunded_merchant,
    (EventKind.SURPLUS_CHARGE, Audience.CUSTOMER): _surplus_customer,
    (EventKind.SURPLUS_CHARGE, Audience.MERCHANT): _surplus_merchant,
    (EventKind.REFUND_DECLINED, Audience.MERCHANT): _refund_declined_merchant,
    (EventKind.PAYMENT_UNCLEAR, Audience.MERCHANT): _unclear_merchant,
}
