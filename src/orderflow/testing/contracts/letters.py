"""Messages for the contract of notifiers, and what arrived of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from typing import Final, Protocol, TypeAlias

import attrs

from ... import Audience, Channel, EventKind, Message, Money, OrderStatus, OrderSummary, SystemClock, WebhookState
from ...ids import message_id
from ...ports import Notifier

__all__ = ["Arrived", "MessageFor", "Post", "Received", "message_maker"]

_SUBJECT: Final = "Order accepted: Birthday video"
_TEXT: Final = "Your order has been accepted.\n\nWe charged 120.00 USD.\n"


class Arrived(Protocol):
    """What arrived of one message; a `Message` is one.

    Attributes:
        id: The message's id, as its receiver reads it: from the e-mail's Message-ID, from the webhook's id.
        subject: The e-mail's subject; of no account for a webhook.
        body: The text, or what was posted.
    """

    @property
    def id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def body(self) -> str: ...


#: What a host gives: all that arrived by now.
Received: TypeAlias = Callable[[], Iterable[Arrived]]


class MessageFor(Protocol):
    """Makes a message that was never sent."""

    def __call__(
        self,
        channel: Channel,
        *,
        subject: str = ...,
        text: str = ...,
        audience: Audience | None = ...,
        address: str = ...,
    ) -> Message:
        """A message on a channel; the body of a webhook is JSON that holds the text."""
        ...


def message_maker(store_id: str) -> MessageFor:
    """What makes messages of a store's orders."""

    def message_for(
        channel: Channel,
        *,
        subject: str = _SUBJECT,
        text: str = _TEXT,
        audience: Audience | None = None,
        address: str = "ana@example.com",
    ) -> Message:
        order = _order()
        webhook = channel is Channel.WEBHOOK
        told = audience or (Audience.MERCHANT if webhook else Audience.CUSTOMER)
        return Message(
            id=message_id(order.id, 4, told, channel),
            order_id=order.id,
            store_id=store_id,
            audience=told,
            channel=channel,
            kind=EventKind.ACCEPTED,
            status=order.status,
            subject=subject,
            body=json.dumps({"type": "order.accepted", "data": {"text": text}}) if webhook else text,
            occurred_at=order.placed_at,
            order=order,
            address=address if told is Audience.CUSTOMER else None,
        )

    return message_for


@attrs.frozen
class Post:
    """Sends messages, and looks at what arrived.

    Attributes:
        notifier: The notifier, called as a sync one.
        received: What arrived; None if nobody can see it.
    """

    notifier: Notifier
    received: Received | None

    def deliver(self, *messages: Message) -> None:
        """Send messages that nothing speaks against."""
        for message in messages:
            # What its type rules out, an adapter may do all the same.
            answer: object = self.notifier.send(message)  # type: ignore[func-returns-value]
            assert answer is None, "send answers nothing: what it returns is lost"

    def check_arrived(self, *messages: Message) -> None:
        """Each of these arrived, once or more, and whole."""
        if self.received is None:
            return
        arrived = list(self.received())
        for message in messages:
            copies = [_as_read(message.channel, one) for one in arrived if one.id == message.id]
            assert copies, f"what was sent has not arrived: {message.id} on {message.channel.value}"
            assert {*copies} == {_as_read(message.channel, message)}, "what arrived is not what was sent"


def _as_read(channel: Channel, one: Arrived) -> tuple[str, str]:
    """Subject and body as a reader sees them: mail may fold a subject, and ends lines in its own way."""
    subject = "" if channel is Channel.WEBHOOK else " ".join(one.subject.split())
    return subject, one.body.replace("\r\n", "\n").rstrip("\n")


def _order() -> OrderSummary:
    return OrderSummary(
        id=f"order-{uuid.uuid4().hex}",
        placed_at=SystemClock().now(),
        item_name="Birthday video",
        total=Money("120.00", "USD"),
        status=OrderStatus.ACCEPTED,
        transaction_id="charge_1",
        webhook=WebhookState.NONE,
        customer_name="Ana",
        needs_review=False,
        payment_due_at=None,
    )
