"""An order held against its own timeline."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from .attempt import AttemptState, Purpose
from .errors import ValidationError
from .event import EventKind
from .lifecycle import EDGES
from .order import Order, paying_charge
from .status import OrderStatus

__all__ = ["verify_history"]


_OF_THE_TOTAL: Final = (Purpose.CHARGE, Purpose.REFUND)


def verify_history(order: Order) -> None:
    """Check that an order is what its timeline says: status, sequence, times and money.

    Args:
        order: As its merchant or an operator sees it: what customers are shown leaves events out.

    Raises:
        ValidationError: With everything that is wrong.
    """
    if not isinstance(order, Order):
        raise ValidationError(f"order must be an Order, not {type(order).__name__}")
    wrong = [*_sequence(order), *_statuses(order), *_money(order), *_notes(order)]
    if wrong:
        raise ValidationError(f"order {order.id} does not agree with its timeline: {'; '.join(wrong)}")


def _sequence(order: Order) -> list[str]:
    wrong = []
    if [event.seq for event in order.timeline] != list(range(1, len(order.timeline) + 1)):
        wrong.append("its events are not numbered 1, 2, 3 ...")
    if any(after.at < before.at for before, after in pairwise(order.timeline)):
        wrong.append("its events go back in time")
    if not order.timeline or order.timeline[0].kind is not EventKind.SUBMITTED:
        wrong.append("it does not begin with its submission")
    elif order.updated_at < order.timeline[-1].at:
        wrong.append("updated_at is before its last event")
    return wrong


def _statuses(order: Order) -> list[str]:
    wrong = []
    status: OrderStatus | None = None
    for event in order.timeline:
        if event.from_status is not status:
            wrong.append(f"event {event.seq} begins in {event.from_status}, the order was in {status}")
        if event.to_status is not None:
            if (status, event.to_status) not in EDGES:
                wrong.append(f"event {event.seq} goes from {status} to {event.to_status}, which the lifecycle does not")
            status = event.to_status
    if (status or OrderStatus.RECEIVED) is not order.status:
        wrong.append(f"its events end in {status}, it reads {order.status}")
    announced = any(event.to_status is OrderStatus.RECEIVED for event in order.timeline)
    if announced is not order.verified:
        wrong.append(f"its events say that verified is {announced}, it reads {order.verified}")
    return wrong


def _money(order: Order) -> list[str]:
    wrong = []
    paid = paying_charge(order)
    accepted = any(event.to_status is OrderStatus.ACCEPTED for event in order.timeline)
    if accepted is not (paid is not None or (accepted and order.total.is_zero)):
        wrong.append("it was accepted and never paid, or paid and never accepted")
    if any(
        event.kind is EventKind.SUBMITTED and event.data.get("total") != str(order.total) for event in order.timeline
    ):
        wrong.append("its total is not what was submitted")
    if paid is not None and paid.amount != order.total:
        wrong.append(f"it was charged {paid.amount} for a total of {order.total}")
    charges = [one for one in order.attempts if one.purpose is Purpose.CHARGE]
    if sum(one.state in (AttemptState.OPEN, AttemptState.REVIEW, AttemptState.APPROVED) for one in charges) > 1:
        wrong.append("more than one charge is open, in review or approved")
    if any(one.amount.currency != order.total.currency for one in order.attempts if one.purpose in _OF_THE_TOTAL):
        wrong.append("a charge or a refund is in another currency than its total")
    elif order.refunded > order.total:
        wrong.append(f"{order.refunded} was refunded of {order.total}")
    surplus = [one for one in charges if one.state is AttemptState.SURPLUS]
    told = sum(event.kind is EventKind.SURPLUS_CHARGE for event in order.timeline)
    if told != len(surplus):
        wrong.append(f"{len(surplus)} charges are surplus, its events tell of {told}")
    returned = [one for one in order.attempts if one.purpose is Purpose.REFUND and one.state is AttemptState.APPROVED]
    events = [event.data.get("amount", "") for event in order.timeline if event.kind is EventKind.REFUNDED]
    if sorted(events) != sorted(str(one.amount) for one in returned):
        wrong.append("its refunds are not those that its events tell of")
    return wrong


def _notes(order: Order) -> list[str]:
    told = [event.data.get("note") for event in order.timeline if event.kind is EventKind.NOTE_ADDED]
    return [] if told == [note.id for note in order.notes] else ["its notes are not those that its events tell of"]
