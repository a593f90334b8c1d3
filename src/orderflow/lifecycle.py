"""What may follow what: one table, run by one shared state machine.

`STEPS` is the only place that knows which command an order takes in which status, who may give it, and where an outcome
leads. Everything else asks: `decide` before a command, `destination` for what came of it, `actions` for a page.
The diagram in the docs is drawn from the same table.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import attrs
from transitions import Event as MachineEvent
from transitions import EventData, Machine, MachineError, Transition
from typing_extensions import override

from .command import Command
from .errors import (
    InvalidTransition,
    NotPermitted,
    OrderflowError,
    PaymentInProgress,
    PaymentWindowClosed,
    ValidationError,
)
from .order import Order, left_to_refund
from .people import Actor, Role
from .status import OrderStatus

__all__ = ["EDGES", "STEPS", "UNVERIFIED", "Fact", "Step", "actions", "decide", "destination", "permit"]


class Fact(enum.StrEnum):
    """What came of a payment that a status depends on."""

    CARD_VERIFIED = "card_verified"
    CARD_REFUSED = "card_refused"
    CARD_UNVERIFIED = "card_unverified"
    CHARGE_APPROVED = "charge_approved"
    CHARGE_DECLINED = "charge_declined"


#: An order whose card is not verified yet reads RECEIVED, and no command moves it: the machine knows it by this name.
UNVERIFIED: Final = "unverified"


class _Decision:
    """The throw-away model of one run of the machine: the order, the facts, and what the run came to."""

    __slots__ = ("error", "now", "order", "reason", "state")

    def __init__(self, order: Order, now: datetime) -> None:
        self.order = order
        self.now = now
        self.state: str = (
            UNVERIFIED if not order.verified and order.status is OrderStatus.RECEIVED else order.status.value
        )
        self.error: type[OrderflowError] = InvalidTransition
        self.reason = ""

    def refuse(self, reason: str, error: type[OrderflowError] = InvalidTransition) -> bool:
        self.reason, self.error = reason, error
        return False


Guard = Callable[[_Decision], bool]


def _window_is_open(decision: _Decision) -> bool:
    due = decision.order.payment_due_at
    if decision.order.status is OrderStatus.PENDING_PAYMENT and due is not None and decision.now < due:
        return True
    return decision.refuse("the time to pay is over", PaymentWindowClosed)


def _window_is_over(decision: _Decision) -> bool:
    due = decision.order.payment_due_at
    return (due is not None and decision.now >= due) or decision.refuse("the time to pay is not over yet")


def _charge_was_kept(decision: _Decision) -> bool:
    order = decision.order
    return (
        order.total.is_zero
        or not left_to_refund(order).is_zero
        or decision.refuse("its charge has been refunded in full")
    )


def _something_is_left(decision: _Decision) -> bool:
    left = not left_to_refund(decision.order).is_zero
    return left or decision.refuse("nothing is left to refund", ValidationError)


def _is_in_review(decision: _Decision) -> bool:
    return decision.order.needs_review or decision.refuse("no payment of it is in review")


@attrs.frozen
class Step:
    """One row of the table.

    Attributes:
        trigger: A command that someone gives, or a fact about a payment.
        sources: The statuses in which it may happen.
        to: The status that follows; None if the status stays.
        who: Who may give the command; nobody gives facts.
        guards: What must hold besides; the first that does not says why.
        waits: Whether the command would move the order, so that an unsettled verification or charge holds it up.
    """

    trigger: Command | Fact
    sources: tuple[str, ...]
    to: OrderStatus | None = None
    who: tuple[Role, ...] = ()
    guards: tuple[Guard, ...] = ()
    waits: bool = False


_RECEIVED, _ACCEPTED, _PENDING = OrderStatus.RECEIVED, OrderStatus.ACCEPTED, OrderStatus.PENDING_PAYMENT
_ANY: Final = (UNVERIFIED, *OrderStatus)
_STAFF: Final = (Role.MERCHANT, Role.OPERATOR)

# A command that charges leaves the status as it is: the fact that comes of the charge moves it.
STEPS: Final = (
    Step(Command.SUBMIT, (), who=(Role.CUSTOMER,)),
    Step(Fact.CARD_VERIFIED, (UNVERIFIED,), to=_RECEIVED),
    Step(Fact.CARD_REFUSED, (UNVERIFIED,), to=OrderStatus.DECLINED),
    Step(Fact.CARD_UNVERIFIED, (UNVERIFIED,), to=OrderStatus.DECLINED),
    Step(Command.ACCEPT, (_RECEIVED,), who=(Role.MERCHANT,), waits=True),
    Step(Command.DECLINE, (_RECEIVED,), to=OrderStatus.DECLINED, who=(Role.MERCHANT,), waits=True),
    Step(Command.CANCEL, (_RECEIVED, _PENDING), to=OrderStatus.CANCELED, who=(Role.CUSTOMER,), waits=True),
    Step(Fact.CHARGE_APPROVED, (_RECEIVED, _PENDING), to=_ACCEPTED),
    Step(Fact.CHARGE_DECLINED, (_RECEIVED,), to=_PENDING),
    Step(Fact.CHARGE_DECLINED, (_PENDING,)),
    Step(Command.RETRY_PAYMENT, (_PENDING,), who=(Role.CUSTOMER,), guards=(_window_is_open,), waits=True),
    # Listed so that an expired order says that its time is over, whether or not the sweep has come by.
    Step(Command.RETRY_PAYMENT, (OrderStatus.EXPIRED,), who=(Role.CUSTOMER,), guards=(_window_is_open,), waits=True),
    Step(
        Command.EXPIRE, (_PENDING,), to=OrderStatus.EXPIRED, who=(Role.SYSTEM,), guards=(_window_is_over,), waits=True
    ),
    Step(
        Command.COMPLETE,
        (_ACCEPTED,),
        to=OrderStatus.COMPLETED,
        who=(Role.MERCHANT,),
        guards=(_charge_was_kept,),
        waits=True,
    ),
    Step(Command.ADD_NOTE, _ANY, who=_STAFF),
    Step(Command.REFUND, (_ACCEPTED, OrderStatus.COMPLETED), who=_STAFF, guards=(_something_is_left,)),
    Step(Command.RESOLVE_PAYMENT, _ANY, who=_STAFF, guards=(_is_in_review,)),
)

#: Every change of status that can happen, as pairs; None stands before the first.
EDGES: Final = frozenset(
    (None if source == UNVERIFIED else OrderStatus(source), step.to)
    for step in STEPS
    for source in step.sources
    if step.to is not None
)

_WHO: Final[Mapping[Command, tuple[Role, ...]]] = {
    step.trigger: step.who for step in STEPS if isinstance(step.trigger, Command)
}
_NEEDED: Final = {
    command: [
        str(source)
        for step in STEPS
        if step.trigger is command and step.who
        for source in step.sources
        if source != OrderStatus.EXPIRED
    ]
    for command in Command
}
_WAITING: Final = frozenset(step.trigger for step in STEPS if step.waits)
_ON_AN_ORDER: Final = tuple(command for command in Command if command not in (Command.SUBMIT, Command.EXPIRE))


# The machine's own extension points, less what this table has no use for: logging at every step, and callbacks.
class _Transition(Transition):
    @override
    def execute(self, event_data: EventData) -> bool:
        model: Any = event_data.model
        guards: Any = self.conditions  # the stubs allow names of functions too; the table has functions
        if not all(condition.func(model) for condition in guards):
            return False
        if self.dest:
            model.state = self.dest
        return True


class _Event(MachineEvent):
    @override
    def trigger(self, model: Any, *args: Any, **kwargs: Any) -> bool:
        steps = self.transitions.get(model.state)
        if not steps:
            raise MachineError(f"{self.name} has no step from {model.state}")
        data = EventData(None, self, self.machine, model, args, kwargs)
        return any(step.execute(data) for step in steps)


class _Lifecycle(Machine):
    transition_cls = _Transition
    event_cls = _Event


def _rows(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [
        {
            "trigger": step.trigger.value,
            "source": [str(source) for source in step.sources],
            "dest": step.to.value if step.to is not None else None,
            "conditions": list(step.guards),
        }
        for step in steps
        if step.sources
    ]


_MACHINE: Final = _Lifecycle(
    model=None,
    states=[UNVERIFIED, *(status.value for status in OrderStatus)],
    initial=UNVERIFIED,
    transitions=_rows(STEPS),
    auto_transitions=False,
)


def decide(command: Command, order: Order, actor: Actor, now: datetime) -> OrderStatus:
    """Whether an actor may give a command now.

    Args:
        command: What is asked for.
        order: The order as it is; one that the actor may see.
        actor: Who asks.
        now: The time, for deadlines.

    Returns:
        The status that follows: the order's own if the command changes none by itself.

    Raises:
        NotPermitted: If the actor's role never gives this command.
        PaymentInProgress: If a verification or a charge must be settled before.
        PaymentWindowClosed: If the time to pay is over.
        ValidationError: If there is nothing left to refund.
        InvalidTransition: If the order's status does not allow it.
    """
    decision = _Decision(order, now)
    permit(command, actor)
    if _runs(command, decision):
        return OrderStatus(decision.state) if decision.state != UNVERIFIED else order.status
    raise _refusal(command, decision, actor)


def destination(fact: Fact, order: Order, now: datetime) -> OrderStatus | None:
    """Where a fact about a payment leads; None if the order can no longer take it."""
    decision = _Decision(order, now)
    try:
        _MACHINE.events[fact.value].trigger(decision)
    except MachineError:
        return None
    return OrderStatus(decision.state)


def actions(order: Order, actor: Actor, now: datetime) -> dict[Command, str | None]:
    """For each command on an order: None if the actor may give it now, else why not, in words."""
    told: dict[Command, str | None] = {}
    for command in _ON_AN_ORDER:
        decision = _Decision(order, now)
        if actor.role not in _WHO[command]:
            told[command] = _not_theirs(command)
        else:
            told[command] = None if _runs(command, decision) else decision.reason
    return told


def permit(command: Command, actor: Actor) -> None:
    """Check that an actor's role ever gives a command.

    Raises:
        NotPermitted: If it does not.
    """
    if actor.role not in _WHO[command]:
        raise NotPermitted(f"{actor.role} may not {command.replace('_', ' ')}: {_not_theirs(command)}")


def _not_theirs(command: Command) -> str:
    return "only the " + " or the ".join(_WHO[command]) + " may"


def _runs(command: Command, decision: _Decision) -> bool:
    """Run the machine once: True moves the decision's state, False leaves the reason on it."""
    if command in _WAITING and decision.order.payment_in_progress:
        return decision.refuse("a payment is in progress", PaymentInProgress)
    try:
        return _MACHINE.events[command.value].trigger(decision)
    except MachineError:
        needed = sorted(source.replace("_", " ") for source in _NEEDED[command])
        return decision.refuse(f"it must be {' or '.join(needed)}")


def _refusal(command: Command, decision: _Decision, actor: Actor) -> OrderflowError:
    order = decision.order
    if decision.error is PaymentInProgress:
        return PaymentInProgress(order.id, command)
    if decision.error is ValidationError:
        return ValidationError(f"order {order.id} is {order.status}: {command} is refused, {decision.reason}")
    allowed = [one for one, reason in actions(order, actor, decision.now).items() if reason is None]
    closed = PaymentWindowClosed if decision.error is PaymentWindowClosed else InvalidTransition
    return closed(order.id, order.status, command, allowed, decision.reason)
