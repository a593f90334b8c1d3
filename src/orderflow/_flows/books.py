"""Reading and committing: the one place that talks to a storage about orders, and sorts out its failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from .._drive import ask
from ..attempt import PaymentAttempt
from ..command import CommandRecord
from ..errors import ConcurrentUpdate, DuplicateOrder, OrderflowError, StorageError
from ..order import Order
from ..people import Actor
from .change import Change, attempt_of
from .due import due_at
from .shop import LOG, Shop
from .tell import owed
from .view import check_visible

__all__ = ["MOST_CONFLICTS", "commit", "guarded", "load"]

T = TypeVar("T")

#: How often a flow reads again and plans anew when others keep changing its order.
MOST_CONFLICTS: Final = 10
_COMMIT_TRIES: Final = 3


async def guarded(call: Callable[[], Awaitable[T] | T]) -> T:
    """Ask a storage; what it raises that is none of ours becomes a StorageError.

    The foreign exception is not chained, and its text is told nowhere: it may hold what customers wrote.
    """
    try:
        return await ask(call())
    except OrderflowError:
        raise
    except Exception as error:
        name = type(error).__name__
    LOG.error("storage failed: %s", name)
    raise StorageError(f"the storage failed ({name}): the outcome is unknown")


async def load(shop: Shop, order_id: str, by: Actor) -> Order:
    """The order as it is stored, if the actor may see it.

    Raises:
        OrderNotFound: If there is none that the actor may see.
        StorageError: If the storage failed.
    """
    return check_visible(await guarded(lambda: shop.storage.load(order_id)), by, order_id)


async def commit(shop: Shop, change: Change, command: CommandRecord | None = None) -> Order:
    """Write a change, with what it owes to whom and when the sweep must look again.

    Returns:
        The order as it was written.

    Raises:
        DuplicateOrder, ConcurrentUpdate: Someone else was first; nothing was written.
        StorageError: The outcome is unknown.
    """
    order = change.built()
    messages = owed(shop, order, change.events)
    due = due_at(shop, order, change.now)
    unknown = False
    for _ in range(_COMMIT_TRIES):
        try:
            await guarded(
                lambda: shop.storage.commit(
                    order,
                    expected_version=change.order.version,
                    commit_id=change.id,
                    messages=messages,
                    command=command,
                    due_at=due,
                )
            )
            return order
        except (DuplicateOrder, ConcurrentUpdate):
            if unknown and await _has_landed(shop, change, order):
                return order
            raise
        except StorageError:
            unknown = True  # perhaps only the acknowledgement was lost: the same commit id tells
    raise StorageError(f"the storage failed to commit order {order.id}: the outcome is unknown")


async def _has_landed(shop: Shop, change: Change, ours: Order) -> bool:
    """Whether a commit whose acknowledgement was lost is part of what others have committed on top of it.

    What it claimed bears its id; without a claim its events tell, and nobody can tell two alike apart.
    """
    stored = await guarded(lambda: shop.storage.load(ours.id))
    if stored is None or (change.order.version == 0 and not change.claimed):
        return False  # whether two requests are one is for who submits to say
    if change.claimed:
        return all(_is_held(stored, attempt) for attempt in change.claimed)
    return bool(change.events) and stored.timeline[: len(ours.timeline)] == ours.timeline


def _is_held(stored: Order, claimed: PaymentAttempt) -> bool:
    attempt = attempt_of(stored, claimed.key)
    return attempt is not None and attempt.claim == claimed.claim
