"""What is looked at with every commit: promises that a later commit could hide the breach of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from orderflow import AttemptState, Order, OrderStatus, Purpose

if TYPE_CHECKING:
    from proof.simulation.world import World

_PAID: Final = (OrderStatus.ACCEPTED, OrderStatus.COMPLETED)
_MOVED: Final = (AttemptState.APPROVED, AttemptState.SURPLUS)
_MAY_HAVE_MOVED: Final = (AttemptState.OPEN, AttemptState.REVIEW, AttemptState.APPROVED)


def step(world: World, before: Order | None, order: Order) -> None:
    """Hold one commit against the order before it, and against the gateway's ledger."""
    if before is not None:
        _holds_its_status(world, before, order)
        if before.payment_due_at not in (None, order.payment_due_at):
            world.problem(f"order {order.id} was given another deadline")
    _is_paid_if_it_says_so(world, order)
    _gives_back_no_more_than_it_took(world, order)
    _tells_of_absences(world, before, order)


def _holds_its_status(world: World, before: Order, order: Order) -> None:
    if order.status is before.status:
        return
    if before.is_terminal:
        world.problem(f"order {order.id} left {before.status.value} for {order.status.value}")
    if before.verified and order.payment_in_progress:
        world.problem(f"order {order.id} became {order.status.value} while a payment was in progress")


def _is_paid_if_it_says_so(world: World, order: Order) -> None:
    if order.status in _PAID and order.id not in world.mistaken:
        moved = {one.key for one in world.bank.fake.ledger if one.purpose is Purpose.CHARGE}
        if not any(one.key in moved for one in order.attempts):
            world.problem(f"order {order.id} reads {order.status.value}, and nobody has paid")


def _gives_back_no_more_than_it_took(world: World, order: Order) -> None:
    nothing = order.total * 0
    returned = [one.amount for one in order.attempts if one.purpose is Purpose.REFUND and one.state in _MAY_HAVE_MOVED]
    charged = [one.amount for one in order.attempts if one.purpose is Purpose.CHARGE and one.state in _MOVED]
    if sum(returned, nothing) > sum(charged, nothing):
        world.problem(f"order {order.id} may give back more than was charged")


def _tells_of_absences(world: World, before: Order | None, order: Order) -> None:
    known = {one.key for one in before.attempts if one.state is AttemptState.ABSENT} if before else set()
    for attempt in order.attempts:
        if attempt.state is AttemptState.ABSENT and attempt.key not in known:
            world.bank.concluded_absent(attempt)
