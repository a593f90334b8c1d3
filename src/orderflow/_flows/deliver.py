"""Delivering what is owed: claim, send, record. Nothing here fails a command, or holds up another recipient."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs

from .._drive import ask
from ..errors import OrderflowError
from ..message import Channel, Delivery, DeliveryState, Owed
from ..order import Order
from ..ports import TryLater, Undeliverable
from . import books
from .shop import LOG, Shop

__all__ = ["Tally", "deliver_order", "deliver_rows"]

_ONE_ORDERS_ROWS: Final = 200
_LONGEST_ERROR: Final = 200
_LONGEST_WAIT: Final = timedelta(hours=24)
_CODE: Final = re.compile(r"[A-Za-z0-9._:-][A-Za-z0-9 ._:-]{0,59}")
_WAITING: Final = DeliveryState.WAITING


@attrs.define
class Tally:
    """What deliveries came to."""

    claimed: int = 0
    delivered: int = 0
    failed: int = 0
    put_back: int = 0


async def deliver_order(shop: Shop, order_id: str) -> None:
    """Deliver what is owed about one order, if this service delivers in its calls."""
    if not shop.delivers_inline:
        return
    try:
        await deliver_rows(shop, limit=_ONE_ORDERS_ROWS, order_id=order_id)
    except OrderflowError as error:
        LOG.warning("order %s: deliveries left to the sweep: %s", order_id, type(error).__name__)


async def deliver_rows(shop: Shop, *, limit: int, order_id: str | None = None) -> Tally:
    """Claim rows that this service can deliver, and deliver them until half the lease is over.

    Raises:
        StorageError: If the storage failed; the claims lapse, and what was sent may be sent again.
    """
    tally = Tally()
    if not shop.routes:
        return tally
    began = shop.now()
    rows = await books.guarded(
        lambda: shop.storage.claim_messages(
            now=began, lease=shop.policy.lease, limit=limit, routes=shop.routes, order_id=order_id
        )
    )
    tally.claimed = len(rows)
    for together in _by_order(rows):
        deliveries = await _deliver(shop, together, began + shop.latest_start)
        await books.guarded(lambda done=deliveries: shop.storage.record_deliveries(done))  # type: ignore[misc]
        tally.delivered += sum(delivery.state is DeliveryState.DELIVERED for delivery in deliveries)
        tally.put_back += sum(delivery.next_try is None and delivery.state is _WAITING for delivery in deliveries)
        tally.failed += sum(delivery.state is DeliveryState.FAILED for delivery in deliveries)
    return tally


def _by_order(rows: Sequence[Owed]) -> list[list[Owed]]:
    together: dict[str, list[Owed]] = {}
    for row in rows:
        together.setdefault(row.order_id, []).append(row)
    return list(together.values())


async def _deliver(shop: Shop, rows: Sequence[Owed], until: datetime) -> list[Delivery]:
    """Deliver one order's rows, in order; a handler that fails holds up its own later events, and nothing else."""
    deliveries = []
    held_up: set[str] = set()
    for row in rows:
        if shop.now() >= until or (row.message is None and row.route in held_up):
            deliveries.append(_put_back(shop, row))
            held_up.add(row.route)
            continue
        delivery = await _try(shop, row)
        deliveries.append(delivery)
        if delivery.state is DeliveryState.WAITING:
            held_up.add(row.route)
    return deliveries


def _put_back(shop: Shop, row: Owed) -> Delivery:
    return Delivery(id=row.id, token=row.token, state=DeliveryState.WAITING, tries=row.tries, at=shop.now())


async def _try(shop: Shop, row: Owed) -> Delivery:
    error, final, after = "", False, timedelta(0)
    try:
        await _send(shop, row)
    except Exception as raised:
        error, final, after = _said(raised), isinstance(raised, Undeliverable), _asked(raised)
        LOG.warning("order %s: %s of event %d failed: %s", row.order_id, row.route, row.seq, error)
    now = shop.now()
    tries = row.tries + 1
    if not error:
        return Delivery(id=row.id, token=row.token, state=DeliveryState.DELIVERED, tries=tries, at=now)
    if final or tries > len(shop.policy.delivery_pauses):
        return Delivery(id=row.id, token=row.token, state=DeliveryState.FAILED, tries=tries, error=error, at=now)
    return Delivery(
        id=row.id,
        token=row.token,
        state=DeliveryState.WAITING,
        tries=tries,
        next_try=now + max(after, _pause(shop, row.id, tries)),
        error=error,
        at=now,
    )


def _said(raised: Exception) -> str:
    """What is kept of an exception: the code that a notifier vouches for, else its type; no words of anybody's."""
    code = raised.code if isinstance(raised, Undeliverable | TryLater) else ""
    if isinstance(code, str) and _CODE.fullmatch(code):
        return code
    return type(raised).__name__[:_LONGEST_ERROR]


def _asked(raised: Exception) -> timedelta:
    """How long a recipient asked to be left alone."""
    after = raised.after if isinstance(raised, TryLater) else None
    return min(after, _LONGEST_WAIT) if isinstance(after, timedelta) else timedelta(0)


async def _send(shop: Shop, row: Owed) -> None:
    if row.message is not None:
        await ask(shop.notifiers[Channel(row.route)].send(row.message))
        return
    order: Order | None = await books.guarded(lambda: shop.storage.load(row.order_id))
    event = next((one for one in order.timeline if one.seq == row.seq), None) if order is not None else None
    if order is None or event is None:
        raise Undeliverable(f"order {row.order_id} has no event {row.seq}")
    await ask(shop.handlers[row.route](event, order))


def _pause(shop: Shop, row_id: str, tries: int) -> timedelta:
    """The pause after a try, with up to a tenth more by the row, so that rows that failed together come back apart."""
    pause = shop.policy.delivery_pauses[tries - 1]
    spread = hashlib.sha256(f"{row_id} {tries}".encode()).digest()[0] / 2550
    return pause * (1 + spread)
