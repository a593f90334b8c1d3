"""The books, held against the gateway's own ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from orderflow import (
    AttemptState,
    DeliveryState,
    EventKind,
    Money,
    Order,
    OrderQuery,
    OrderStatus,
    Purpose,
    verify_history,
)
from orderflow.adapters.memory import LedgerEntry
from shops import OPERATOR, Shop

#: How often the sweep must come by, at most, until all is quiet once the faults are over.
MOST_SWEEPS = 12

_PAID = (OrderStatus.ACCEPTED, OrderStatus.COMPLETED)
_CUSTOMER = {("customer", "in_app"), ("customer", "email")}
_BOTH = {*_CUSTOMER, ("merchant", "in_app"), ("merchant", "email"), ("merchant", "webhook")}


def audit(shop: Shop, *, sweeps: int = MOST_SWEEPS) -> None:
    """Let the sweep come by until all is quiet, and check that every order's books are right."""
    quiesce(shop, sweeps)
    ledger = shop.gateway.ledger
    keys = Counter((entry.purpose, entry.key) for entry in ledger)
    assert not [key for key, count in keys.items() if count > 1 and key[0] is not Purpose.VOID], (
        "a key moved money twice"
    )
    orders = list(everything(shop))
    assert {entry.order_id for entry in ledger} <= {order.id for order in orders}, "money moved for no order"
    for order in orders:
        verify_history(order)
        _check_money(order, [entry for entry in ledger if entry.order_id == order.id])
        _check_messages(shop, order)


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


def _is_busy(shop: Shop, order: Order) -> bool:
    return any(attempt.state is AttemptState.OPEN for attempt in order.attempts) or any(
        state.state is DeliveryState.WAITING for state in shop.orders.messages(order.id, by=OPERATOR)
    )


def _check_money(order: Order, ledger: list[LedgerEntry]) -> None:
    nothing = order.total * 0
    charged = _sum(ledger, Purpose.CHARGE, nothing)
    returned = _sum(ledger, Purpose.REFUND, nothing)
    kept = order.total - order.refunded if order.status in _PAID else nothing
    in_review = any(
        attempt.state is AttemptState.REVIEW and attempt.purpose in (Purpose.CHARGE, Purpose.REFUND)
        for attempt in order.attempts
    )
    assert in_review or charged - returned == kept, f"{order.id}: {charged} less {returned}, {order.status}"
    unknown = {one.key for one in order.attempts if one.state is AttemptState.REVIEW}
    verified = {
        entry.transaction_id for entry in ledger if entry.purpose is Purpose.VERIFICATION and entry.key not in unknown
    }
    voided = {entry.target for entry in ledger if entry.purpose is Purpose.VOID}
    assert verified <= voided, f"{order.id}: a verification is left on the card"
    assert {entry.key for entry in ledger} <= {attempt.key for attempt in order.attempts}, "money moved off the books"


def _sum(ledger: list[LedgerEntry], purpose: Purpose, nothing: Money) -> Money:
    total = nothing
    for entry in ledger:
        if entry.purpose is purpose:
            total += entry.amount
    return total


def _check_messages(shop: Shop, order: Order) -> None:
    states = shop.orders.messages(order.id, by=OPERATOR)
    assert len({state.id for state in states}) == len(states)
    for event in order.timeline:
        if event.to_status is None:
            continue
        owed = [state.message for state in states if state.seq == event.seq and state.message is not None]
        told = [(message.audience.value, message.channel.value) for message in owed]
        unannounced = event.kind in (EventKind.CARD_REFUSED, EventKind.PAYMENT_ABSENT)
        assert sorted(told) == sorted(_CUSTOMER if unannounced else _BOTH), f"{order.id}: {event.kind} told {told}"
    sent = {message.id for message in shop.notifier.sent}
    assert {state.id for state in states if state.route != "in_app"} <= sent, f"{order.id}: not everything was sent"
