"""Begin, call, conclude: how money moves. The only caller of a gateway.

1. Begin: one commit writes the attempt with its key, claimed by this caller (`Change.begin`).
2. Call: the gateway gets that attempt, while no commit is under way (`send`).
3. Conclude: one commit writes the outcome and all that follows from it (`write_down`).

Whatever stops a flow between two of these leaves an open attempt behind, for `resolve` to settle.
"""

from __future__ import annotations

from collections.abc import Sequence

from .._drive import ask
from ..attempt import PaymentAttempt, Purpose
from ..errors import ConcurrentUpdate, OrderflowError
from ..order import Order
from ..outcome import Approved, Declined, NotSent, Outcome, Pending
from ..people import Actor
from . import books
from .change import Change, attempt_of, changed
from .conclude import Absent, Evidence, conclude, tells_something
from .shop import LOG, Shop

__all__ = ["find", "follow_up", "keep_pending", "send", "write_down"]

_SYSTEM = Actor.system()


async def send(shop: Shop, order: Order, attempt: PaymentAttempt, *, first: bool) -> Order:
    """Send an attempt that this caller has claimed, and write down what comes of it.

    Args:
        shop: The ports.
        order: The order, as it was committed with the claim.
        attempt: The attempt, as it was claimed.
        first: Whether it was never sent before: only then does `NotSent` prove that it is absent.

    Returns:
        The order as it stands. If the outcome is unknown, the attempt is still open.
    """
    outcome = await _call(shop, attempt)
    if isinstance(outcome, Approved | Declined):
        return await write_down(shop, order, attempt, outcome)
    if isinstance(outcome, Pending):
        return await keep_pending(shop, order, attempt, outcome)
    if isinstance(outcome, NotSent) and first and attempt.purpose is not Purpose.VOID:
        return await write_down(shop, order, attempt, Absent())
    return order


async def find(shop: Shop, attempt: PaymentAttempt) -> tuple[Outcome | None, bool]:
    """Look an attempt up by its key.

    Returns:
        The outcome, or None with whether that is an answer: False if the gateway could not be asked.
    """
    outcome = await _asked(shop, attempt, "find")
    if isinstance(outcome, _NoAnswer | NotSent):
        return None, False
    return outcome, True


async def write_down(shop: Shop, order: Order, attempt: PaymentAttempt, evidence: Evidence) -> Order:
    """Conclude an attempt: one commit, and then the attempts that follow from it, which can fail nothing.

    Evidence that the attempt moved money, or was refused, holds whatever else happens to the order: on a conflict the
    order is read again and written again, and the gateway is not asked again. An absence or a doubt is written only if
    the attempt is still as it was when it was looked up: someone may have sent it since.
    """
    for _ in range(books.MOST_CONFLICTS):
        current = attempt_of(order, attempt.key)
        fenced = not isinstance(evidence, Approved | Declined)
        if current is None or not tells_something(current, evidence) or (fenced and current != attempt):
            return order
        change = Change(order, shop.now())
        conclude(change, current, evidence, shop.policy)
        try:
            order = await books.commit(shop, change)
        except ConcurrentUpdate:
            order = await books.load(shop, order.id, _SYSTEM)
            continue
        return await follow_up(shop, order, change.claimed)
    return order  # others keep changing it: the sweep concludes it


async def follow_up(shop: Shop, order: Order, claimed: Sequence[PaymentAttempt]) -> Order:
    """Send what a conclusion owes: what goes wrong is left to the sweep, since the outcome stands."""
    for attempt in claimed:
        try:
            order = await send(shop, order, attempt, first=True)
        except OrderflowError as error:
            LOG.warning("order %s: %s left to the sweep: %s", order.id, attempt.purpose, type(error).__name__)
    return order


async def keep_pending(shop: Shop, order: Order, attempt: PaymentAttempt, outcome: Pending) -> Order:
    """Keep what the gateway told of a pending attempt: its transaction, and where the customer can finish it."""
    for _ in range(books.MOST_CONFLICTS):
        current = attempt_of(order, attempt.key)
        if current is None or not current.is_unsettled:
            return order
        told = changed(current, transaction_id=outcome.transaction_id, action_url=outcome.action_url)
        if told == current:
            return order
        change = Change(order, shop.now())
        change.put(told)
        try:
            return await books.commit(shop, change)
        except ConcurrentUpdate:
            order = await books.load(shop, order.id, _SYSTEM)
    return order


class _NoAnswer:
    """The gateway raised, or answered with something that is no outcome: nothing is known."""


async def _call(shop: Shop, attempt: PaymentAttempt) -> Outcome | _NoAnswer | None:
    assert attempt.last_sent_at is not None  # a claim sets it
    if shop.now() - attempt.last_sent_at > shop.latest_start:
        # This caller stood still since its claim: by now another may have sent the attempt, or found it absent.
        LOG.warning("order %s: %s %d not sent, the claim is too old", attempt.order_id, attempt.purpose, attempt.number)
        return _NoAnswer()
    return await _asked(shop, attempt, _METHODS[attempt.purpose])


_METHODS = {
    Purpose.VERIFICATION: "authorize",
    Purpose.CHARGE: "charge",
    Purpose.VOID: "void",
    Purpose.REFUND: "refund",
}


async def _asked(shop: Shop, attempt: PaymentAttempt, method: str) -> Outcome | _NoAnswer | None:
    try:
        outcome: object = await ask(getattr(shop.payments, method)(attempt))
    except Exception as error:
        LOG.warning(
            "order %s: %s %d unknown, %s raised %s",
            attempt.order_id,
            attempt.purpose,
            attempt.number,
            method,
            type(error).__name__,
        )
        return _NoAnswer()
    if isinstance(outcome, Approved | Declined | Pending | NotSent):
        return outcome
    if outcome is None and method == "find":
        return None
    LOG.error(
        "order %s: %s %d unknown, %s answered %s",
        attempt.order_id,
        attempt.purpose,
        attempt.number,
        method,
        type(outcome).__name__,
    )
    return _NoAnswer()
