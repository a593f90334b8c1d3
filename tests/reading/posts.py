"""Notifiers that misbehave, and short ways to see what became of messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orderflow import Channel, ManualClock, Message, MessageState, Order
from orderflow.adapters.memory import RecordingNotifier
from shops import ANA, MERCHANT, OPERATOR, STORE, VIDEO, Shop, card


class Refusing(RecordingNotifier):
    """Raises what a function says about a message; keeps the others."""

    def __init__(self, error_for: Callable[[Message], BaseException | None]) -> None:
        super().__init__()
        self.error_for = error_for
        self.tried: list[Message] = []

    def send(self, message: Message) -> None:
        self.tried.append(message)
        error = self.error_for(message)
        if error is not None:
            raise error
        super().send(message)


class Slow(RecordingNotifier):
    """Takes so many seconds to send a message."""

    def __init__(self, clock: ManualClock, seconds: float) -> None:
        super().__init__()
        self._clock = clock
        self._seconds = seconds

    def send(self, message: Message) -> None:
        super().send(message)
        self._clock.advance(seconds=self._seconds)


def is_email_to_customer(message: Message) -> bool:
    return message.channel is Channel.EMAIL and message.audience == "customer"


def submit(orders: Any, order_id: str | None = None, **changes: Any) -> Order:
    request: dict[str, Any] = {"store_id": STORE, "customer": ANA, "items": [VIDEO], "card": card(), **changes}
    order: Order = orders.submit(order_id=order_id, **request)
    return order


def three_events(orders: Any, order_id: str = "ord-1") -> None:
    """An order of which people hear three times."""
    submit(orders, order_id)
    orders.accept(order_id, by=MERCHANT)
    orders.refund(order_id, by=MERCHANT)


def states(shop: Shop, order_id: str = "ord-1", route: str | None = None, side: str = "") -> list[MessageState]:
    """What became of an order's messages, on one route and to one side if they are named."""
    found = shop.orders.messages(order_id, by=OPERATOR)
    return [one for one in found if route in (None, one.route) and one.recipient.startswith(side)]


def outside(shop: Shop, order_id: str = "ord-1") -> list[MessageState]:
    """What became of all that goes outside the app."""
    return [one for one in states(shop, order_id) if one.route != "in_app"]


def kinds_sent(messages: Any, channel: str, audience: str) -> list[str]:
    """The kinds of what was sent on a channel to a side, in order."""
    return [one.kind.value for one in messages if (one.channel, one.audience) == (channel, audience)]
