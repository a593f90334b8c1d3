"""When the sweep has work on an order: one moment, so that no storage knows statuses, deadlines or attempts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from ..attempt import AttemptState, PaymentAttempt
from ..event import EventKind
from ..order import Order
from ..policy import Policy
from ..status import OrderStatus
from .shop import Shop

__all__ = ["due_at", "due_reminder"]

_LONGEST_PAUSE: Final = timedelta(hours=1)
_LONGEST_NEW_TRY: Final = timedelta(days=1)


def due_at(shop: Shop, order: Order, now: datetime) -> datetime | None:
    """The earliest moment at which the sweep has work on the order, as it is committed now."""
    moments = [_next_look(shop, attempt, now) for attempt in order.attempts if attempt.state is AttemptState.OPEN]
    if (
        order.status is OrderStatus.PENDING_PAYMENT
        and order.payment_due_at is not None
        and not order.payment_in_progress
    ):
        moments.append(order.payment_due_at)
        moments.extend(order.payment_due_at - before for before in _reminders_left(order, shop.policy))
    return min(moments, default=None)


def _next_look(shop: Shop, attempt: PaymentAttempt, now: datetime) -> datetime:
    """After half the time since the first send, at least a claim, at most an hour."""
    if attempt.first_sent_at is None:
        # Owed again, because the gateway refused or never got the one before: twice as long a pause each time.
        return attempt.begun_at + min(shop.claim * (1 << min(attempt.number, 20)), _LONGEST_NEW_TRY)
    pause = max(min((now - attempt.first_sent_at) / 2, _LONGEST_PAUSE), shop.claim)
    return now + pause


def due_reminder(order: Order, policy: Policy, now: datetime) -> timedelta | None:
    """The reminder that is due: how long before the end of the time to pay. Of several, the last."""
    due = order.payment_due_at
    if order.status is not OrderStatus.PENDING_PAYMENT or due is None or order.payment_in_progress or now >= due:
        return None
    return min((before for before in _reminders_left(order, policy) if now >= due - before), default=None)


def _reminders_left(order: Order, policy: Policy) -> list[timedelta]:
    """Those not written yet; one that is written stands for all before it."""
    written = [
        timedelta(seconds=float(event.data["before"]))
        for event in order.timeline
        if event.kind is EventKind.PAYMENT_REMINDER
    ]
    return [before for before in policy.reminders if all(before < one for one in written)]
