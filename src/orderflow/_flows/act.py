"""What all commands on an order share: who may, what is overdue, idempotency, conflicts, paying, telling."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import TypeAlias

from .. import lifecycle
from ..attempt import AttemptState, PaymentAttempt
from ..command import Command, CommandRecord
from ..errors import ConcurrentUpdate, IdempotencyConflict, OrderflowError, PaymentUnavailable
from ..free_text import check_id
from ..order import Order
from ..people import Actor
from ..status import OrderStatus
from . import books, pay
from .change import Change, attempt_of
from .checks import check_actor
from .conclude import expire_if_over
from .deliver import deliver_order
from .resolve import settle
from .shop import Shop
from .view import view

__all__ = ["Arguments", "Plan", "act", "finish"]

#: What a command was called with, as plain text; card tokens are left out.
Arguments: TypeAlias = Mapping[str, str | int | None]
#: Writes what a command does into a change, given the status that follows; returns the attempt that it begins, if any.
Plan: TypeAlias = Callable[[Change, OrderStatus], PaymentAttempt | None]


async def act(
    shop: Shop,
    command: Command,
    order_id: str,
    by: Actor,
    arguments: Arguments,
    idempotency_key: str | None,
    plan: Plan,
) -> Order:
    """Give a command to an order.

    Returns:
        The order as the actor may see it. An unknown outcome is an answer: the order has a payment in progress.

    Raises:
        ValidationError: If an argument is not what it must be.
        OrderNotFound: If the actor may not see such an order.
        NotPermitted, InvalidTransition, PaymentWindowClosed, PaymentInProgress: If the command is refused.
        IdempotencyConflict: If the key was used for something else.
        PaymentUnavailable: If the payment was not sent: nothing moved.
        ConcurrentUpdate: If others kept changing the order.
        StorageError: If the storage failed: the outcome is unknown.
    """
    check_id(order_id, "order_id")
    check_actor(by)
    if idempotency_key is not None:
        check_id(idempotency_key, "idempotency_key")
    before = await books.load(shop, order_id, by)
    lifecycle.permit(command, by)
    try:
        order = await _act(shop, command, before, by, digest(command, by, arguments), idempotency_key, plan)
    except OrderflowError:
        await _tell_anyway(shop, before)
        raise
    return await finish(shop, before, order, by)


async def finish(shop: Shop, before: Order, order: Order, by: Actor) -> Order:
    """Tell whom it concerns what happened since `before`; the order as the actor may see it."""
    if order.version != before.version:
        await deliver_order(shop, order.id)
    return view(order, by)


async def _tell_anyway(shop: Shop, before: Order) -> None:
    """A command was refused or failed: what was concluded on the way is still to be told."""
    try:
        order = await books.load(shop, before.id, Actor.system())
    except OrderflowError:
        return  # the sweep will tell
    await finish(shop, before, order, Actor.system())


async def _act(shop: Shop, command: Command, order: Order, by: Actor, told: str, key: str | None, plan: Plan) -> Order:
    for _ in range(books.MOST_CONFLICTS):
        order = await settle(shop, order)
        if key is not None:
            earlier, order = await _earlier(shop, order, key, told)
            if earlier:
                return order
        change = Change(order, shop.now())
        if expire_if_over(change):
            continue  # its time ended since it was settled: that comes first
        own = plan(change, lifecycle.decide(command, order, by, change.now))
        record = CommandRecord(order.id, key, told, own.key if own else None) if key is not None else None
        try:
            order = await books.commit(shop, change, record)
        except ConcurrentUpdate:
            order = await books.load(shop, order.id, by)
            continue
        return await _pay(shop, order, change, own)
    raise ConcurrentUpdate(order.id)


async def _earlier(shop: Shop, order: Order, key: str, told: str) -> tuple[bool, Order]:
    """Whether the order has taken the command under this key before, and the order as it stands."""
    record = await books.guarded(lambda: shop.storage.find_command(order.id, key))
    if record is None:
        return False, order
    if record.digest != told:
        raise IdempotencyConflict(order.id)
    # The record may be younger than the order that was read before it.
    order = await books.load(shop, order.id, Actor.system())
    began = attempt_of(order, record.attempt) if record.attempt is not None else None
    forgotten = began is not None and began.state is AttemptState.ABSENT
    return not forgotten, order


async def _pay(shop: Shop, order: Order, change: Change, own: PaymentAttempt | None) -> Order:
    if own is None:
        return await pay.follow_up(shop, order, change.claimed)
    order = await pay.send(shop, order, own, first=True)
    concluded = attempt_of(order, own.key)
    if concluded is not None and concluded.state is AttemptState.ABSENT:
        raise PaymentUnavailable(order.id)
    return order


def digest(command: Command, by: Actor, arguments: Arguments) -> str:
    """A digest of a command, its actor and its arguments."""
    told = [command.value, by.role.value, by.id, by.store_id, sorted(arguments.items())]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
