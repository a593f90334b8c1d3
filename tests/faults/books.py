"""The books of a whole shop, once all is quiet: its money, its timelines, and who was told what."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from orderflow import AttemptState, DeliveryState, Event, EventKind, MessageState, Order, OrderQuery, OrderStatus
from orderflow import testing as audits
from shops import OPERATOR, Shop

__all__ = ["MOST_SWEEPS", "audit", "everything", "is_busy", "message_problems", "quiesce"]

#: How often the sweep must come by, at most, until all is quiet once the faults are over.
MOST_SWEEPS: Final = 12

_CUSTOMER: Final = (("customer", "email"), ("customer", "in_app"))
_MERCHANT: Final = (("merchant", "email"), ("merchant", "in_app"))
_WEBHOOK: Final = (("merchant", "webhook"),)
#: Who is told of an event that changes no status, of an announced order. Of all others nobody is.
_TOLD: Final = {
    EventKind.PAYMENT_DECLINED: _CUSTOMER,
    EventKind.PAYMENT_REMINDER: _CUSTOMER,
    EventKind.REFUNDED: (*_CUSTOMER, *_MERCHANT),
    EventKind.SURPLUS_CHARGE: (*_CUSTOMER, *_MERCHANT),
    EventKind.REFUND_DECLINED: _MERCHANT,
    EventKind.PAYMENT_ABSENT: _MERCHANT,
    EventKind.PAYMENT_UNCLEAR: _MERCHANT,
}


def audit(shop: Shop, *, sweeps: int = MOST_SWEEPS) -> None:
    """Let the sweep come by until all is quiet, and check that every order's books are right."""
    quiesce(shop, sweeps)
    ledger = shop.gateway.ledger
    orders = list(everything(shop))
    assert {entry.order_id for entry in ledger} <= {order.id for order in orders}, "money moved for no order"
    sent = {message.id for message in shop.notifier.sent}
    for order in orders:
        audits.audit(order, ledger)
        assert message_problems(order, shop.orders.messages(order.id, by=OPERATOR), sent) == []


def quiesce(shop: Shop, sweeps: int = MOST_SWEEPS) -> None:
    """A new service sweeps over the same parts, as time passes, until nothing is open or waits to be sent."""
    orders = shop.service()
    for _ in range(sweeps):
        if not any(_is_busy(shop, order) for order in everything(shop)):
            return
        report = orders.run_due()
        if report.next_due_at is not None and not report.remaining:
            shop.clock.set(max(shop.clock.now(), report.next_due_at))
    assert not [order for order in everything(shop) if _is_busy(shop, order)], "it does not come to rest"


def everything(shop: Shop) -> Iterator[Order]:
    """Every order, announced or not, as an operator sees it."""
    after: str | None = None
    while True:
        page = shop.orders.find(OrderQuery(include_unverified=True, limit=200, after=after), by=OPERATOR)
        for row in page.rows:
            yield shop.orders.get(row.id, by=OPERATOR)
        if page.next is None:
            return
        after = page.next


def is_busy(order: Order, states: Sequence[MessageState]) -> bool:
    """Whether the sweep has something to do about an order by itself: it is open, or waits to be sent."""
    return any(attempt.state is AttemptState.OPEN for attempt in order.attempts) or any(
        state.state is DeliveryState.WAITING for state in states
    )


def _is_busy(shop: Shop, order: Order) -> bool:
    return is_busy(order, shop.orders.messages(order.id, by=OPERATOR))


def message_problems(order: Order, states: Sequence[MessageState], sent: Collection[str]) -> list[str]:
    """What is wrong with what was told about an order.

    Each event is told to those whom it concerns, exactly once on each channel, and what is on the books as delivered
    outside the app was sent.

    Args:
        order: The order, with its whole timeline.
        states: Its messages.
        sent: The ids of what the notifier was given.
    """
    problems = []
    told: dict[int, list[tuple[str, str]]] = {event.seq: [] for event in order.timeline}
    for state in states:
        if state.message is not None:
            told[state.seq].append((state.message.audience.value, state.message.channel.value))
            if state.route != "in_app" and state.state is DeliveryState.DELIVERED and state.id not in sent:
                problems.append(f"{state.route} of event {state.seq} is on the books as delivered, and was never sent")
    announced = False
    for event in order.timeline:
        announced = announced or event.to_status is OrderStatus.RECEIVED
        if sorted(told[event.seq]) != sorted(_concerned(event, announced=announced)):
            problems.append(f"event {event.seq}, {event.kind.value}, is told to {sorted(told[event.seq])}")
    return problems


def _concerned(event: Event, *, announced: bool) -> Sequence[tuple[str, str]]:
    if not announced:
        return _CUSTOMER if event.to_status is not None else ()
    return _TOLD.get(event.kind, ()) if event.to_status is None else (*_CUSTOMER, *_MERCHANT, *_WEBHOOK)
