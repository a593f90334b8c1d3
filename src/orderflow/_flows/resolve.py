"""Unknown outcomes, and all that is overdue on one order.

What decides about an open attempt, in this order: what the gateway finds under its key; whether a send would still
arrive while the gateway honours the key; and, after that, whether finding nothing proves anything. Time alone resolves
nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

from ..attempt import AttemptState, PaymentAttempt, Purpose
from ..errors import ConcurrentUpdate
from ..order import Order
from ..outcome import Approved, Declined, Pending
from ..people import Actor
from . import books, pay
from .change import Change, attempt_of
from .conclude import Absent, Unclear, expire_if_over
from .shop import Shop

__all__ = ["Which", "open_ones", "settle", "unsettled_but_voids"]

_SYSTEM: Final = Actor.system()

Which: TypeAlias = Callable[[PaymentAttempt], bool]


def unsettled_but_voids(attempt: PaymentAttempt) -> bool:
    """What a command looks at first: nothing depends on a void."""
    return attempt.is_unsettled and attempt.purpose is not Purpose.VOID


def open_ones(attempt: PaymentAttempt) -> bool:
    """What the sweep works on: what is in review waits for a person."""
    return attempt.state is AttemptState.OPEN


async def settle(shop: Shop, order: Order, which: Which = unsettled_but_voids, *, may_send: bool = True) -> Order:
    """Resolve what is unsettled on an order and expire what is over.

    Every command begins with it, so that no result depends on when the sweep came by.

    Args:
        shop: The ports.
        order: The order as it was loaded.
        which: The attempts to look at.
        may_send: Whether an attempt may be sent again; without it, attempts are only looked up.

    Returns:
        The order as it stands.
    """
    for key in [attempt.key for attempt in order.attempts if which(attempt)]:
        order = await _resolve(shop, order, key, may_send=may_send)
    return await _expire(shop, order)


async def _resolve(shop: Shop, order: Order, key: str, *, may_send: bool) -> Order:
    for _ in range(books.MOST_CONFLICTS):
        attempt = attempt_of(order, key)
        if attempt is None:  # a storage that reads behind its commits
            return order
        looked_at = shop.now()
        if attempt.first_sent_at is None:
            verdict = _Verdict.SEND if may_send else _Verdict.WAIT
        else:
            outcome, answered = await pay.find(shop, attempt)
            if isinstance(outcome, Approved | Declined):
                return await pay.write_down(shop, order, attempt, outcome)
            if isinstance(outcome, Pending):
                return await pay.keep_pending(shop, order, attempt, outcome)
            verdict = _judge(shop, attempt, looked_at, may_send=may_send) if answered else _Verdict.WAIT
        if verdict is _Verdict.ABSENT:
            return await pay.write_down(shop, order, attempt, Absent())
        if verdict is _Verdict.UNCLEAR:
            return await pay.write_down(shop, order, attempt, Unclear())
        if verdict is _Verdict.WAIT:
            return order
        try:
            return await _send_again(shop, order, attempt)
        except ConcurrentUpdate:  # someone else may have sent it or concluded it: look again
            order = await books.load(shop, order.id, _SYSTEM)
    return order


class _Verdict(enum.Enum):
    """What to do about an open attempt of which the gateway knows nothing."""

    WAIT = "wait"
    SEND = "send"
    ABSENT = "absent"
    UNCLEAR = "unclear"


def _judge(shop: Shop, attempt: PaymentAttempt, looked_at: datetime, *, may_send: bool) -> _Verdict:
    if attempt.state is not AttemptState.OPEN or attempt.first_sent_at is None or attempt.last_sent_at is None:
        return _Verdict.WAIT
    now = shop.now()
    if now < attempt.last_sent_at + shop.claim:
        return _Verdict.WAIT  # its sender may still be at it
    is_honoured = now - attempt.first_sent_at + shop.latest_arrival < shop.payments.idempotency_window
    if attempt.purpose is Purpose.VOID or is_honoured:
        return _Verdict.SEND if may_send else _Verdict.WAIT
    # What arrived at the last moment may not be seen at once.
    if looked_at - attempt.last_sent_at <= max(shop.policy.grace, shop.latest_arrival):
        return _Verdict.WAIT
    return _Verdict.ABSENT if shop.payments.conclusive_lookup else _Verdict.UNCLEAR


async def _send_again(shop: Shop, order: Order, attempt: PaymentAttempt) -> Order:
    """Claim the same attempt and send it.

    Raises:
        ConcurrentUpdate: If the claim was not to be had; nothing was sent.
    """
    change = Change(order, shop.now())
    claimed = change.claim(attempt)
    order = await books.commit(shop, change)
    return await pay.send(shop, order, claimed, first=attempt.first_sent_at is None)


async def _expire(shop: Shop, order: Order) -> Order:
    for _ in range(books.MOST_CONFLICTS):
        change = Change(order, shop.now())
        if not expire_if_over(change):
            return order
        try:
            return await books.commit(shop, change)
        except ConcurrentUpdate:
            order = await books.load(shop, order.id, _SYSTEM)
    return order
