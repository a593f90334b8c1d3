"""Who is owed what: for each new event, the rows of the outbox that its commit writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from .. import texts
from ..event import Event, EventKind
from ..free_text import check_line, check_text
from ..ids import message_id
from ..message import Audience, Channel, Message, Owed
from ..order import Order
from ..people import Actor, Role
from ..query import OrderSummary, summary_of
from ..records import webhook_body
from .shop import LOG, Shop

__all__ = ["owed", "recipient_of"]

_CUSTOMER: Final = (Audience.CUSTOMER,)
_MERCHANT: Final = (Audience.MERCHANT,)
_BOTH: Final = (Audience.CUSTOMER, Audience.MERCHANT)

#: Whom a change of status concerns. All tell both sides, but for orders that were never announced.
_STATUS_CHANGES: Final[Mapping[EventKind, tuple[Audience, ...]]] = {
    EventKind.CARD_REFUSED: _CUSTOMER,
    EventKind.PAYMENT_ABSENT: _CUSTOMER,
}
#: Whom an event concerns that changes no status; of the others nobody is told.
_OTHER_EVENTS: Final[Mapping[EventKind, tuple[Audience, ...]]] = {
    EventKind.PAYMENT_DECLINED: _CUSTOMER,
    EventKind.PAYMENT_REMINDER: _CUSTOMER,
    EventKind.REFUNDED: _BOTH,
    EventKind.SURPLUS_CHARGE: _BOTH,
    EventKind.REFUND_DECLINED: _MERCHANT,
    EventKind.PAYMENT_ABSENT: _MERCHANT,
    EventKind.PAYMENT_UNCLEAR: _MERCHANT,
}
_PERSONAL: Final = (Channel.IN_APP, Channel.EMAIL)


def owed(shop: Shop, order: Order, events: Sequence[Event]) -> list[Owed]:
    """What a commit owes.

    Args:
        shop: The policy, the host's texts and links.
        order: The order as it is committed.
        events: What the commit adds to its timeline.
    """
    rows: list[Owed] = []
    for event in events:
        rows.extend(_for_people(shop, order, event))
        rows.extend(_for_handler(name, order, event) for name in shop.owed_handlers)
    return rows


def recipient_of(actor: Actor) -> str | None:
    """Whose messages an actor reads; None for those who have none."""
    match actor.role:
        case Role.CUSTOMER:
            return _customer(actor.id)
        case Role.MERCHANT:
            return _merchant(actor.store_id)
        case _:
            return None


def _customer(customer_id: str | None) -> str:
    return f"customer:{customer_id}"


def _merchant(store_id: str | None) -> str:
    return f"merchant:{store_id}"


def _audiences(event: Event, order: Order) -> tuple[Audience, ...]:
    if event.to_status is not None:
        return _STATUS_CHANGES.get(event.kind, _BOTH)
    # An order that is not announced concerns nobody but its customer.
    return _OTHER_EVENTS.get(event.kind, ()) if order.verified else ()


def _for_people(shop: Shop, order: Order, event: Event) -> list[Owed]:
    audiences = _audiences(event, order)
    if not audiences:
        return []
    row = summary_of(order)
    rows: list[Owed] = []
    personal = [channel for channel in _PERSONAL if channel in shop.owed_channels]
    for audience in audiences if personal else ():
        text = _text(shop, order, event, audience)
        rows.extend(_message(order, event, audience, channel, text, row) for channel in personal)
    if event.to_status is not None and audiences == _BOTH and Channel.WEBHOOK in shop.owed_channels:
        text = (f"order.{event.to_status}", webhook_body(event, order))
        rows.append(_message(order, event, Audience.MERCHANT, Channel.WEBHOOK, text, row))
    return rows


def _message(
    order: Order, event: Event, audience: Audience, channel: Channel, text: tuple[str, str], row: OrderSummary
) -> Owed:
    recipient = _customer(order.customer.id) if audience is Audience.CUSTOMER else _merchant(order.store_id)
    subject, body = text
    message = Message(
        id=message_id(order.id, event.seq, recipient, channel.value),
        order_id=order.id,
        store_id=order.store_id,
        audience=audience,
        channel=channel,
        kind=event.kind,
        status=event.to_status or event.from_status or order.status,
        subject=subject,
        body=body,
        occurred_at=event.at,
        order=row,
        address=order.customer.email if audience is Audience.CUSTOMER and channel is Channel.EMAIL else None,
    )
    return Owed(
        id=message.id,
        order_id=order.id,
        seq=event.seq,
        route=channel.value,
        recipient=recipient,
        occurred_at=event.at,
        message=message,
    )


def _for_handler(name: str, order: Order, event: Event) -> Owed:
    recipient = f"handler:{name}"
    return Owed(
        id=message_id(order.id, event.seq, recipient, name),
        order_id=order.id,
        seq=event.seq,
        route=name,
        recipient=recipient,
        occurred_at=event.at,
    )


def _text(shop: Shop, order: Order, event: Event, audience: Audience) -> tuple[str, str]:
    url = _url(shop, order, audience)
    if shop.texts is not None:
        try:
            told = shop.texts(event, order, audience, order.customer.locale)
            if told is not None:
                subject, body = _pair(told)
                check_line(subject, "a subject", longest=1_000, cards=False)
                check_text(body, "a body", longest=100_000, cards=False)
                return subject, body
        except Exception as error:
            LOG.warning("order %s: the host's text for %s fell back: %s", order.id, event.kind, type(error).__name__)
    return texts.default(event, order, audience, url)


def _pair(told: object) -> tuple[str, str]:
    if not isinstance(told, tuple) or len(told) != 2:
        raise TypeError("a host's text is a pair of a subject and a body")
    return told


def _url(shop: Shop, order: Order, audience: Audience) -> str:
    if shop.order_url is None:
        return ""
    try:
        url = shop.order_url(order, audience)
        check_line(url, "an order's link", longest=2_000, cards=False)
    except Exception as error:
        LOG.warning("order %s: the host's link is left out: %s", order.id, type(error).__name__)
        return ""
    return url
