"""What the design promises of one order, said once more, small and on its own.

A `World` is one way in which things can stand: what the books say, what the gateway knows of it, and what the sweep
still has to do. Nothing here shares code with the library: not the lifecycle, not the conclusions, not the figures.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias

import attrs

TO_PAY: Final = timedelta(days=7)
REMINDER: Final = timedelta(days=1)
CLAIM: Final = timedelta(minutes=2)
GRACE: Final = timedelta(minutes=10)
HONOURED: Final = timedelta(hours=24)
LONGEST_CALL: Final = timedelta(seconds=30)
LONGEST_PAUSE: Final = timedelta(hours=1)

#: Which of an order's payments: what for, and the how-manieth.
Key: TypeAlias = tuple[str, int]

TERMINAL: Final = ("declined", "canceled", "expired", "completed")
UNSETTLED: Final = ("open", "review")
EVERY_STATUS: Final = ("received", "accepted", "pending_payment", *TERMINAL)
#: Who gives a command, and in which statuses it may begin.
COMMANDS: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "accept": (("merchant",), ("received",)),
    "decline": (("merchant",), ("received",)),
    "cancel": (("customer",), ("received", "pending_payment")),
    "retry_payment": (("customer",), ("pending_payment",)),
    "complete": (("merchant",), ("accepted",)),
    "add_note": (("merchant", "operator"), EVERY_STATUS),
    "refund": (("merchant", "operator"), ("accepted", "completed")),
    "resolve_payment": (("merchant", "operator"), EVERY_STATUS),
}
_MOVES: Final = ("accept", "decline", "cancel", "retry_payment", "complete")

_CUSTOMER: Final = (("customer", "in_app"), ("customer", "email"))
_MERCHANT: Final = (("merchant", "in_app"), ("merchant", "email"))
#: Who is told of what changes no status, of an order that is announced.
_TOLD: Final = {
    "payment_declined": _CUSTOMER,
    "payment_reminder": _CUSTOMER,
    "refunded": _CUSTOMER + _MERCHANT,
    "surplus_charge": _CUSTOMER + _MERCHANT,
    "refund_declined": _MERCHANT,
    "payment_unclear": _MERCHANT,
    "payment_absent": _MERCHANT,
}


@attrs.frozen(kw_only=True)
class Payment:
    """One intended movement of money. `target` is the payment that a void or a refund undoes."""

    key: Key
    amount: int
    card: str
    target: Key | None = None
    state: str = "open"
    begun: datetime
    first_sent: datetime | None = None
    last_sent: datetime | None = None
    refused: bool = False

    @property
    def purpose(self) -> str:
        return self.key[0]

    @property
    def blocks(self) -> bool:
        """Whether nothing may move the order meanwhile."""
        return self.state in UNSETTLED and self.purpose in ("verification", "charge")


@attrs.frozen(kw_only=True)
class World:
    """An order, and what the gateway knows of its payments.

    Attributes:
        request: What makes two submits one.
        due: When the time to pay is over.
        events: What happened, each with the status that it led to, if it changed it.
        taken: The idempotency keys that are remembered: what was asked, and the payment that it began.
        look: When the sweep has work for certain; see `owed_again` for what it may do before.
        held: Until when a sweep has it to itself.
        known: What the gateway answered under which key.
        plans: What the gateway will do with the next new key of a purpose.
        late: Calls that will reach the gateway though nobody waits for them any more.
    """

    store: str
    customer: str
    total: int
    card: str
    request: tuple[Any, ...]
    status: str = "received"
    verified: bool = False
    reason: str = ""
    due: datetime | None = None
    payments: tuple[Payment, ...] = ()
    events: tuple[tuple[str, str | None], ...] = ()
    notes: int = 0
    taken: tuple[tuple[str, tuple[Any, ...], Key | None], ...] = ()
    look: datetime | None = None
    held: datetime | None = None
    known: tuple[tuple[Key, str], ...] = ()
    plans: tuple[tuple[str, str], ...] = ()
    late: tuple[Key, ...] = ()

    def payment(self, key: Key) -> Payment:
        return next(one for one in self.payments if one.key == key)

    def sees(self, actor: Any) -> bool:
        """Whether the actor may know of the order."""
        if actor.role == "customer":
            return bool(actor.id == self.customer)
        return actor.role != "merchant" or bool(actor.store_id == self.store)

    @property
    def in_progress(self) -> bool:
        return any(one.blocks for one in self.payments)

    @property
    def in_review(self) -> tuple[Key, ...]:
        return tuple(one.key for one in self.payments if one.state == "review")

    @property
    def paid(self) -> Payment | None:
        return next((one for one in self.payments if one.key[0] == "charge" and one.state == "approved"), None)

    def returned(self, *states: str) -> int:
        """How much of the charge that paid went back, or may have."""
        target = self.paid.key if self.paid else None
        return sum(
            one.amount
            for one in self.payments
            if one.purpose == "refund" and target is not None and one.target == target and one.state in states
        )

    @property
    def left(self) -> int:
        return max(0, (self.paid.amount if self.paid else 0) - self.returned("approved", *UNSETTLED))

    @property
    def owed_again(self) -> bool:
        """Whether a payment was begun anew and never sent: the sweep sends it within a day, with growing pauses."""
        return any(one.state == "open" and one.first_sent is None for one in self.payments)

    def is_surplus_refund(self, one: Payment) -> bool:
        return one.purpose == "refund" and self.payment(one.target or ("", 0)).state == "surplus"


def told(world: World) -> list[tuple[int, str, str]]:
    """Who must have been told of which event, and how: (seq, audience, channel), sorted."""
    rows = []
    announced = False
    for seq, (kind, to) in enumerate(world.events, start=1):
        announced = announced or to == "received"
        whom: tuple[tuple[str, str], ...]
        if to is not None and not announced:
            whom = _CUSTOMER
        elif to is not None:
            whom = (*_CUSTOMER, *_MERCHANT, ("merchant", "webhook"))
        else:
            whom = _TOLD.get(kind, ()) if announced else ()
        rows += [(seq, audience, channel) for audience, channel in whom]
    return sorted(rows)


def refusal(world: World, command: str, arguments: dict[str, Any]) -> str | None:
    """Why the order does not take a command; None if it does. What is over is expired before."""
    if command in _MOVES and world.in_progress:
        return "PaymentInProgress"
    if command == "retry_payment" and world.status == "expired":
        return "PaymentWindowClosed"
    if world.status not in COMMANDS[command][1]:
        return "InvalidTransition"
    if command == "complete" and world.total and not world.left:
        return "InvalidTransition"
    if command == "refund" and (not world.left or not 0 <= (arguments.get("amount") or 0) <= world.left):
        return "ValidationError"
    if command == "resolve_payment" and not world.in_review:
        return "InvalidTransition"
    if command == "resolve_payment" and arguments.get("key", world.in_review[0]) not in world.in_review:
        return "ValidationError"
    return None


def allowed(world: World, actor: Any, now: datetime) -> set[str]:
    """The commands that the actor may give now."""
    world = expired(world, now)
    mine = [command for command, (roles, _) in COMMANDS.items() if actor.role in roles]
    return {command for command in mine if refusal(world, command, {}) is None}


def event(world: World, kind: str, to: str | None = None) -> World:
    return attrs.evolve(world, events=(*world.events, (kind, to)), status=to or world.status)


def expired(world: World, now: datetime) -> World:
    """The order, expired if its time to pay is over and nothing is open that could still pay for it."""
    if world.status != "pending_payment" or world.in_progress or world.due is None or now < world.due:
        return world
    return event(world, "expired", "expired")


def begun(
    world: World, purpose: str, amount: int, now: datetime, target: Key | None = None, *, sent: bool = True
) -> World:
    """The order with a new payment; with `sent`, whoever began it sends it at once."""
    number = 1 + sum(one.purpose == purpose for one in world.payments)
    at = now if sent else None
    one = Payment(
        key=(purpose, number),
        amount=amount,
        card=world.card,
        target=target,
        begun=now,
        first_sent=at,
        last_sent=at,
    )
    return attrs.evolve(world, payments=(*world.payments, one))


def put(world: World, key: Key, **changes: Any) -> World:
    """The order with something new known of a payment."""
    payments = tuple(attrs.evolve(one, **changes) if one.key == key else one for one in world.payments)
    return attrs.evolve(world, payments=payments)


def next_look(world: World, now: datetime) -> datetime | None:
    """When the sweep has work for certain, as of a commit made now."""
    moments = []
    for one in world.payments:
        if one.state == "open" and one.first_sent is None:
            moments.append(one.begun + timedelta(days=1))
        elif one.state == "open" and one.first_sent is not None:
            moments.append(now + max(min((now - one.first_sent) / 2, LONGEST_PAUSE), CLAIM))
    if world.status == "pending_payment" and world.due is not None and not world.in_progress:
        reminded = any(kind == "payment_reminder" for kind, _ in world.events)
        moments.append(world.due if reminded else world.due - REMINDER)
    return min(moments, default=None)
