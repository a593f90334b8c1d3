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
        The order as it was written; if others have built on that before it was known to be written, as it stands.

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
            landed = await _landed(shop, change, order) if unknown else None
            if landed is None:
                raise
            return landed
        except StorageError:
            unknown = True  # perhaps only the acknowledgement was lost: the same commit id tells
    raise StorageError(f"the storage failed to commit order {order.id}: the outcome is unknown")


async def _landed(shop: Shop, change: Change, ours: Order) -> Order | None:
    """The order as it stands, if a commit whose acknowledgement was lost is part of what others have built on it.

    What it claimed bears its id; without a claim its events tell, and nobody can tell two alike apart.
    """
    stored = await guarded(lambda: shop.storage.load(ours.id))
    if stored is None or (change.order.version == 0 and not change.claimed):
        return None  # whether two requests are one is for who submits to say
    if change.claimed:
        is_ours = all(_is_held(stored, attempt) for attempt in change.claimed)
    else:
        is_ours = bool(change.events) and stored.timeline[: len(ours.timeline)] == ours.timeline
    return stored if is_ours else None


def _is_held(stored: Order, claimed: PaymentAttempt) -> bool:
    attempt = attempt_of(stored, claimed.key)
    if attempt is None:
        return False
    # Whoever began it was the first to claim it, even if others have claimed it since to send it again.
    return claimed.claim in (attempt.claim, attempt.claim.partition(" ")[0])
