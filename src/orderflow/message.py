"""What people and systems are told, and what became of telling them."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Final

import attrs

from .cursor import cursor_of, parts_of
from .event import EventKind
from .fields import as_tuple, as_utc, as_utc_or_none, each, ident, instance, line, member, moment, optional, text, whole
from .query import OrderSummary, microseconds
from .status import OrderStatus

__all__ = [
    "Audience",
    "Channel",
    "Delivery",
    "DeliveryState",
    "InboxPage",
    "MESSAGE_ID_LENGTH",
    "Message",
    "MessageState",
    "Owed",
    "inbox_cursor",
    "inbox_key",
    "inbox_position",
]

# A webhook tells the whole order: 100 items with 50 details of 1,000 characters each must fit, escaped.
_LONGEST_BODY: Final = 20_000_000
#: A message's id begins with its order's.
MESSAGE_ID_LENGTH: Final = 230


class Audience(enum.StrEnum):
    """Whom a message is for."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"


class Channel(enum.StrEnum):
    """The way a message takes."""

    IN_APP = "in_app"
    EMAIL = "email"
    WEBHOOK = "webhook"


@attrs.frozen(kw_only=True)
class Message:
    """One message to one recipient on one channel.

    Attributes:
        id: The same in every try: an e-mail's Message-ID and a webhook's id are made from it.
        order_id: The order.
        store_id: Its store.
        audience: Customer or merchant.
        channel: In-app, e-mail or webhook.
        kind: What happened.
        status: The order's status after it.
        subject: One line.
        body: Plain text; for a webhook the JSON to send.
        occurred_at: When it happened, UTC.
        read_at: When it was read in the app; None on other channels.
        order: The order as a row.
        address: The customer's e-mail address. None for the merchant, whose address the adapter asks the host for, so
            that a changed one counts at once.
    """

    id: str = attrs.field(validator=ident(MESSAGE_ID_LENGTH))
    order_id: str = attrs.field(validator=ident())
    store_id: str = attrs.field(validator=ident())
    audience: Audience = attrs.field(validator=member(Audience))
    channel: Channel = attrs.field(validator=member(Channel))
    kind: EventKind = attrs.field(validator=member(EventKind))
    status: OrderStatus = attrs.field(validator=member(OrderStatus))
    subject: str = attrs.field(validator=line(1_000, cards=False), repr=False)
    body: str = attrs.field(validator=text(_LONGEST_BODY, cards=False), repr=False)
    occurred_at: datetime = attrs.field(converter=as_utc, validator=moment)
    read_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    order: OrderSummary = attrs.field(validator=instance(OrderSummary), repr=False)
    address: str | None = attrs.field(default=None, validator=optional(ident(254)), repr=False)


@attrs.frozen(kw_only=True)
class Owed:
    """One row of the outbox: one thing owed to one recipient by one route.

    Attributes:
        id: Unique; the message's id if it has one.
        order_id: The order.
        seq: The event that it tells of.
        route: A channel's value, or the name of a handler.
        recipient: Whose it is: opaque to a storage.
        occurred_at: When the event happened, UTC.
        message: What to deliver; None for a handler, which is given the event and the order.
        token: The claim under which a process delivers it; None if nobody does.
        next_try: When it may be claimed: the end of the claim, or of the pause before the next try. None: at once.
        tries: How often it was tried.
    """

    id: str = attrs.field(validator=ident(MESSAGE_ID_LENGTH))
    order_id: str = attrs.field(validator=ident())
    seq: int = attrs.field(validator=whole(1, 10**9))
    route: str = attrs.field(validator=ident())
    recipient: str = attrs.field(validator=ident(300))
    occurred_at: datetime = attrs.field(converter=as_utc, validator=moment)
    message: Message | None = attrs.field(default=None, validator=optional(instance(Message)))
    token: str | None = attrs.field(default=None, validator=optional(ident()))
    next_try: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    tries: int = attrs.field(default=0, validator=whole(0, 10**6))


class DeliveryState(enum.StrEnum):
    """What became of a row of the outbox."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class Delivery:
    """What a try came to; the storage writes it down if the row's claim is still `token`.

    Attributes:
        id: The row's id.
        token: The claim that the row must have; None for a row that nobody has claimed.
        state: The row's new state.
        tries: The row's new count of tries.
        next_try: When it may be claimed again, if it waits.
        error: Why the last try failed: a type name or a code, never a foreign text.
        at: When the try ended, UTC.
    """

    id: str = attrs.field(validator=ident(MESSAGE_ID_LENGTH))
    token: str | None = attrs.field(validator=optional(ident()))
    state: DeliveryState = attrs.field(validator=member(DeliveryState))
    tries: int = attrs.field(validator=whole(0, 10**6))
    next_try: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    error: str = attrs.field(default="", validator=ident(empty=True))
    at: datetime = attrs.field(converter=as_utc, validator=moment)


@attrs.frozen(kw_only=True)
class MessageState:
    """What was sent to whom, and what became of it.

    Attributes:
        id: The message's id.
        order_id: The order.
        seq: The event that it tells of.
        route: A channel's value, or the name of a handler.
        recipient: Whose it is.
        message: The message; None for a handler.
        state: Waiting, delivered or failed.
        tries: How often it was tried.
        next_try: When it is tried next, if it waits.
        last_error: Why the last try failed, in a type name or a code; empty if none did.
        delivered_at: When it was delivered, UTC.
    """

    id: str = attrs.field(validator=ident(MESSAGE_ID_LENGTH))
    order_id: str = attrs.field(validator=ident())
    seq: int = attrs.field(validator=whole(1, 10**9))
    route: str = attrs.field(validator=ident())
    recipient: str = attrs.field(validator=ident(300))
    message: Message | None = attrs.field(default=None, validator=optional(instance(Message)))
    state: DeliveryState = attrs.field(validator=member(DeliveryState))
    tries: int = attrs.field(default=0, validator=whole(0, 10**6))
    next_try: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    last_error: str = attrs.field(default="", validator=ident(empty=True))
    delivered_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))


@attrs.frozen
class InboxPage:
    """One page of in-app messages, newest first.

    Attributes:
        messages: The messages.
        next: The cursor of the page after this one; None on the last.
    """

    messages: tuple[Message, ...] = attrs.field(converter=as_tuple, validator=each(instance(Message)))
    next: str | None = attrs.field(default=None, validator=optional(ident(10_000)))


#: What an inbox is sorted by: when it happened in microseconds, the order, the event.
InboxKey = tuple[int, str, int]


def inbox_key(row: Owed) -> InboxKey:
    """Where a row stands in its recipient's inbox, which shows the greatest first."""
    return (microseconds(row.occurred_at), row.order_id, row.seq)


def inbox_cursor(key: InboxKey) -> str:
    """The cursor of the page after the row with this key."""
    return cursor_of(*key)


def inbox_position(after: str) -> InboxKey:
    """The key of the row that a page begins after.

    Raises:
        ValidationError: If the cursor is broken.
    """
    at, order_id, seq = parts_of(after, [int, str, int], "after")
    return (int(at), str(order_id), int(seq))
