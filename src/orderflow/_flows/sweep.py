"""The sweep: one bounded, idempotent unit of background work."""

from __future__ import annotations

from typing import Final

import attrs

from ..attempt import AttemptState, Purpose
from ..errors import ConcurrentUpdate
from ..event import EventKind
from ..order import Order
from ..people import Actor
from ..report import SweepReport
from . import books
from .change import Change, attempt_of
from .checks import check_limit
from .deliver import deliver_rows
from .due import due_reminder
from .resolve import open_ones, settle
from .shop import LOG, Shop

__all__ = ["MOST_AT_ONCE", "run_due"]

MOST_AT_ONCE: Final = 10_000
_SYSTEM: Final = Actor.system()


@attrs.define
class _Count:
    concluded: int = 0
    expired: int = 0
    voided: int = 0
    refunded: int = 0
    reminded: int = 0
    needs_review: int = 0


async def run_due(shop: Shop, limit: int) -> SweepReport:
    """Do what is due on up to `limit` orders, and deliver up to `limit` messages; see `OrderService.run_due`."""
    check_limit(limit, MOST_AT_ONCE)
    lease = shop.policy.lease
    now = shop.now()
    claimed = await books.guarded(lambda: shop.storage.claim_due(now=now, lease=lease, limit=limit))
    count = _Count()
    for order_id in claimed.order_ids:
        try:
            await _work_on(shop, order_id, count)
        except Exception as error:  # one order's trouble is not the others'; its lease lapses
            LOG.warning("order %s: left to the next sweep: %s", order_id, type(error).__name__)
    told = await deliver_rows(shop, limit=limit)
    then = shop.now()
    ahead = await books.guarded(lambda: shop.storage.claim_due(now=then, lease=lease, limit=0))
    return SweepReport(
        concluded=count.concluded,
        expired=count.expired,
        voided=count.voided,
        refunded=count.refunded,
        reminded=count.reminded,
        needs_review=count.needs_review,
        delivered=told.delivered,
        failed=told.failed,
        remaining=len(claimed.order_ids) >= limit or told.claimed >= limit or told.put_back > 0,
        next_due_at=ahead.next_at,
    )


async def _work_on(shop: Shop, order_id: str, count: _Count) -> None:
    before = await books.load(shop, order_id, _SYSTEM)
    order = await settle(shop, before, open_ones)
    order = await _remind(shop, order)
    if order.version == before.version:
        order = await _put_off(shop, order)
    _tally(before, order, count)


async def _remind(shop: Shop, order: Order) -> Order:
    change = Change(order, shop.now())
    before = due_reminder(order, shop.policy, change.now)
    if before is None or order.payment_due_at is None:
        return order
    data = {"payment_due_at": order.payment_due_at.isoformat(), "before": str(before.total_seconds())}
    change.event(EventKind.PAYMENT_REMINDER, _SYSTEM, data)
    try:
        return await books.commit(shop, change)
    except ConcurrentUpdate:
        return order  # whoever changed it left it due


async def _put_off(shop: Shop, order: Order) -> Order:
    """Nothing could be done: a commit without events, which says when to look again."""
    try:
        return await books.commit(shop, Change(order, shop.now()))
    except ConcurrentUpdate:
        return order


def _tally(before: Order, after: Order, count: _Count) -> None:
    for attempt in after.attempts:
        was = attempt_of(before, attempt.key)
        if was is not None and was.state is attempt.state:
            continue
        if attempt.state is AttemptState.REVIEW:
            count.needs_review += 1
        elif attempt.state is AttemptState.APPROVED and attempt.purpose is Purpose.VOID:
            count.voided += 1
        elif attempt.state is AttemptState.APPROVED and attempt.purpose is Purpose.REFUND:
            count.refunded += 1
        elif not attempt.is_unsettled and attempt.purpose in (Purpose.VERIFICATION, Purpose.CHARGE):
            count.concluded += 1
    new = after.timeline[len(before.timeline) :]
    count.expired += sum(event.kind is EventKind.EXPIRED for event in new)
    count.reminded += sum(event.kind is EventKind.PAYMENT_REMINDER for event in new)
