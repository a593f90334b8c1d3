"""Who may see an order, and what of it."""

from __future__ import annotations

import attrs

from ..errors import OrderNotFound
from ..event import Event, EventKind
from ..order import Order
from ..people import Actor, Role

__all__ = ["check_visible", "view"]


def check_visible(order: Order | None, actor: Actor, order_id: str) -> Order:
    """The order, if the actor may know of it.

    Raises:
        OrderNotFound: If there is none, or it is not the actor's to see: the two cannot be told apart.
    """
    if order is not None and _may_see(order, actor):
        return order
    raise OrderNotFound(order_id)


def _may_see(order: Order, actor: Actor) -> bool:
    match actor.role:
        case Role.CUSTOMER:
            return order.customer.id == actor.id
        case Role.MERCHANT:
            return order.store_id == actor.store_id
        case _:
            return True


def view(order: Order, actor: Actor) -> Order:
    """The order as the actor may see it: customers see no notes, no keys and no evidence."""
    if actor.role is not Role.CUSTOMER:
        return order
    return attrs.evolve(
        order,
        notes=(),
        timeline=tuple(_without_evidence(event) for event in order.timeline if event.kind is not EventKind.NOTE_ADDED),
        attempts=tuple(attrs.evolve(attempt, key="", claim="") for attempt in order.attempts),
    )


def _without_evidence(event: Event) -> Event:
    if "evidence" not in event.data:
        return event
    return attrs.evolve(event, data={key: text for key, text in event.data.items() if key != "evidence"})
