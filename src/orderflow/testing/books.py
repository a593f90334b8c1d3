"""The books of an order, held against the gateway's own ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Protocol, TypeAlias

from .. import AttemptState, Money, Order, OrderStatus, Purpose, ValidationError, verify_history

__all__ = ["Movement", "audit"]

_PAID: Final = (OrderStatus.ACCEPTED, OrderStatus.COMPLETED)
_MOVED: Final = (AttemptState.APPROVED, AttemptState.SURPLUS)
_MONEY: Final = (Purpose.CHARGE, Purpose.REFUND)

_Rule: TypeAlias = "Callable[[Order, Sequence[Movement]], Iterator[str]]"


class Movement(Protocol):
    """One line of a gateway's ledger; `adapters.memory.LedgerEntry` is one.

    Attributes:
        purpose: What moved: an authorization ("verification"), a charge, a void, a refund.
        transaction_id: What the gateway calls it.
        key: The idempotency key that it was sent under.
        order_id: The order.
        amount: How much.
        target: The transaction that a void or a refund undoes.
    """

    @property
    def purpose(self) -> Purpose: ...
    @property
    def transaction_id(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def order_id(self) -> str: ...
    @property
    def amount(self) -> Money: ...
    @property
    def target(self) -> str | None: ...


def audit(order: Order, ledger: Iterable[Movement]) -> None:
    """Hold the books of an order against the gateway's ledger, at any moment of the order's life.

    What is open or in review may have moved money or not; all else must agree to the cent: each key moved money at most
    once and as it was asked to, what is approved has moved, what is declined or absent has not, every verification
    is voided (or its void is open), and what was charged less what was given back is what the status says.

    Args:
        order: The order, as its merchant or an operator sees it.
        ledger: The gateway's movements; those of other orders are left out.

    Raises:
        AssertionError: With everything that is wrong.
    """
    moved = [one for one in ledger if one.order_id == order.id]
    problems = [problem for rule in _RULES for problem in _found_by(rule, order, moved)]
    if problems:
        raise AssertionError("\n".join([f"order {order.id} ({order.status.value}):", *problems]))


def _found_by(rule: _Rule, order: Order, moved: Sequence[Movement]) -> list[str]:
    try:
        return list(rule(order, moved))
    except ValidationError as error:  # sums across currencies: what else is wrong must be told all the same
        return [str(error)]


def _agrees_with_its_timeline(order: Order, moved: Sequence[Movement]) -> Iterator[str]:
    verify_history(order)
    return iter(())


def _moves_under_their_keys(order: Order, moved: Sequence[Movement]) -> Iterator[str]:
    attempts = {attempt.key: attempt for attempt in order.attempts}
    for one in moved:
        attempt = attempts.get(one.key)
        if attempt is None:
            yield f"{_told(one)} belongs to no attempt of the order"
        elif (one.purpose, one.amount) != (attempt.purpose, attempt.amount):
            yield f"{_told(one)} is on the books as {attempt.purpose.value} of {attempt.amount}"
        elif one.purpose in (Purpose.VOID, Purpose.REFUND) and one.target != attempt.target:
            yield f"{_told(one)} undoes {one.target}, and is on the books for {attempt.target}"


def _moves_once(order: Order, moved: Sequence[Movement]) -> Iterator[str]:
    keys = [one.key for one in moved if one.purpose != Purpose.VOID]  # what is gone can't go twice
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"the key {key} moved money {keys.count(key)} times"


def _moved_as_concluded(order: Order, moved: Sequence[Movement]) -> Iterator[str]:
    under = {one.key: one for one in moved}
    for attempt in order.attempts:
        one = under.get(attempt.key)
        if attempt.is_unsettled or attempt.purpose is Purpose.VOID:
            continue
        if attempt.state not in _MOVED and one is not None:
            yield f"{_told(one)} moved money, and is on the books as {attempt.state.value}"
        if attempt.state in _MOVED and one is None:
            yield f"{attempt.purpose.value} {attempt.number} is on the books as {attempt.state.value}, and never moved"
        if attempt.state in _MOVED and one is not None and one.transaction_id != attempt.transaction_id:
            yield f"{_told(one)} is on the books as {attempt.transaction_id}"


def _verifications_are_voided(order: Order, moved: Sequence[Movement]) -> Iterator[str]:
    gone = {one.target for one in moved if one.purpose == Purpose.VOID}
    voids = [attempt for attempt in order.attempts if attempt.purpose is Purpose.VOID]
    coming = {attempt.target for attempt in voids if attempt.is_unsettled}
    unknown = {attempt.key for attempt in order.attempts if attempt.is_unsettled}
    for one in moved:
        if one.purpose == Purpose.VERIFICATION and one.key not in unknown and one.transaction_id not in gone | coming:
            yield f"{_told(one)} is left on the card"
    for attempt in voids:
        if attempt.state is AttemptState.APPROVED and attempt.target not in gone:
            yield f"void {attempt.number} is on the books as approved, and {attempt.target} is left on the card"


def _keeps_what_the_status_says(order: Order, moved: Sequence[Movement]) -> Iterator[str]:
    if any(attempt.is_unsettled and attempt.purpose in _MONEY for attempt in order.attempts):
        return
    nothing = order.total * 0
    charged = sum((one.amount for one in moved if one.purpose == Purpose.CHARGE), start=nothing)
    returned = sum((one.amount for one in moved if one.purpose == Purpose.REFUND), start=nothing)
    kept = order.total - order.refunded if order.status in _PAID else nothing
    if charged - returned != kept:
        yield f"{charged} charged less {returned} given back is not {kept}"


def _is_told_in_full(order: Order, moved: Sequence[Movement]) -> Iterator[str]:
    if any(not attempt.key for attempt in order.attempts):
        yield "its attempts bear no keys: audit the order as its merchant or an operator sees it"


_RULES: Final[tuple[_Rule, ...]] = (
    _is_told_in_full,
    _moves_under_their_keys,
    _moves_once,
    _moved_as_concluded,
    _verifications_are_voided,
    _keeps_what_the_status_says,
    _agrees_with_its_timeline,
)


def _told(one: Movement) -> str:
    return f"{one.purpose} {one.transaction_id} of {one.amount}"
