"""What actors can read, and the little that changes no order: read marks and deliveries begun anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from .. import lifecycle
from ..command import Command
from ..errors import NotPermitted, ValidationError
from ..free_text import check_id
from ..ids import order_of
from ..message import MESSAGE_ID_LENGTH, Channel, Delivery, DeliveryState, InboxPage, MessageState
from ..order import Order
from ..people import Actor, Role
from ..query import OrderPage, OrderQuery
from ..status import OrderStatus
from . import books
from .act import finish
from .change import Change, attempt_of
from .checks import check_actor, check_flag, check_limit, check_message_ids, check_type
from .conclude import expire_if_over
from .deliver import deliver_order
from .resolve import settle, unsettled_but_voids
from .shop import Shop
from .tell import recipient_of
from .view import view

__all__ = [
    "available_actions",
    "check_payment",
    "counts",
    "find",
    "get",
    "inbox",
    "mark_read",
    "messages",
    "redeliver",
]

_MOST_MESSAGES: Final = 200
_STAFF: Final = (Role.MERCHANT, Role.OPERATOR, Role.SYSTEM)


async def get(shop: Shop, order_id: str, by: Actor) -> Order:
    return view(await _visible(shop, order_id, by), by)


async def find(shop: Shop, query: OrderQuery, by: Actor) -> OrderPage:
    check_actor(by)
    check_type(query, OrderQuery, "query", "an OrderQuery")
    return await books.guarded(lambda: shop.storage.find(_own(query, by)))


async def counts(shop: Shop, store_id: str, by: Actor) -> Mapping[OrderStatus, int]:
    check_actor(by)
    check_id(store_id, "store_id")
    _check_store(store_id, by)
    found = await books.guarded(lambda: shop.storage.counts(store_id))
    return {status: found.get(status, 0) for status in OrderStatus}


async def available_actions(shop: Shop, order_id: str, by: Actor) -> dict[Command, str | None]:
    change = Change(await _visible(shop, order_id, by), shop.now())
    expire_if_over(change)  # as every command does first, whether or not the sweep came by
    return lifecycle.actions(change.built(), by, change.now)


async def check_payment(shop: Shop, order_id: str, key: str | None) -> Order:
    if key is not None:
        check_id(key, "key")
    before = await _visible(shop, order_id, Actor.system())
    if key is None:
        order = await settle(shop, before, unsettled_but_voids, may_send=False)
    elif attempt_of(before, key) is None:
        raise ValidationError(f"key must be that of a payment of order {order_id}")
    else:
        order = await settle(shop, before, lambda attempt: attempt.key == key, may_send=False)
    return await finish(shop, before, order, Actor.system())


async def inbox(shop: Shop, by: Actor, *, unread_only: bool, limit: int, after: str | None) -> InboxPage:
    recipient = _inbox_of(by)
    check_flag(unread_only, "unread_only")
    check_limit(limit, _MOST_MESSAGES)
    if after is not None:
        check_id(after, "after", longest=10_000)
    return await books.guarded(lambda: shop.storage.inbox(recipient, unread_only=unread_only, limit=limit, after=after))


async def mark_read(shop: Shop, message_ids: Sequence[str], by: Actor) -> None:
    recipient = _inbox_of(by)
    ids = check_message_ids(message_ids, "message_ids")
    await books.guarded(lambda: shop.storage.mark_read(recipient, ids, shop.now()))


async def messages(shop: Shop, order_id: str, by: Actor) -> Sequence[MessageState]:
    await _visible(shop, order_id, by)
    found = await books.guarded(lambda: shop.storage.messages(order_id))
    if by.role in _STAFF:
        return tuple(found)
    return tuple(state for state in found if state.recipient == recipient_of(by))


async def redeliver(shop: Shop, message_id: str, by: Actor) -> MessageState:
    check_id(message_id, "message_id", longest=MESSAGE_ID_LENGTH)
    order_id = order_of(message_id)
    await _visible(shop, order_id, by)
    if by.role not in _STAFF:
        raise NotPermitted(f"{by.role} may not redeliver: only the merchant or the operator may")
    state = await _state(shop, order_id, message_id)
    if state is None or state.route == Channel.IN_APP.value:
        raise ValidationError(f"message_id must be that of something sent about order {order_id} outside the app")
    now = shop.now()
    again = Delivery(id=state.id, token=None, state=DeliveryState.WAITING, tries=0, next_try=now, at=now)
    await books.guarded(lambda: shop.storage.record_deliveries([again]))
    await deliver_order(shop, order_id)
    return await _state(shop, order_id, message_id) or state


async def _state(shop: Shop, order_id: str, message_id: str) -> MessageState | None:
    found = await books.guarded(lambda: shop.storage.messages(order_id))
    return next((state for state in found if state.id == message_id), None)


async def _visible(shop: Shop, order_id: str, by: Actor) -> Order:
    check_id(order_id, "order_id")
    check_actor(by)
    return await books.load(shop, order_id, by)


def _own(query: OrderQuery, by: Actor) -> OrderQuery:
    """The query, narrowed to what the actor may see."""
    match by.role:
        case Role.CUSTOMER:
            if query.customer_id not in (None, by.id):
                raise NotPermitted("a customer finds their own orders only")
            return attrs.evolve(query, customer_id=by.id)
        case Role.MERCHANT:
            _check_store(query.store_id or by.store_id, by)
            return attrs.evolve(query, store_id=by.store_id)
        case _:
            return query


def _check_store(store_id: str | None, by: Actor) -> None:
    if by.role is Role.CUSTOMER or (by.role is Role.MERCHANT and store_id != by.store_id):
        raise NotPermitted(f"{by.role} may not see this store's orders")


def _inbox_of(by: Actor) -> str:
    check_actor(by)
    recipient = recipient_of(by)
    if recipient is None:
        raise NotPermitted(f"{by.role} has no inbox: customers and merchants have")
    return recipient
