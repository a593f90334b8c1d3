"""The real side: the parts that a service is plugged into, how they fail, and what can be seen of an order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from model.reference import Key, World
from orderflow import (
    Actor,
    ManualClock,
    Money,
    Order,
    OrderService,
    PaymentAttempt,
    Policy,
    Purpose,
)
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier
from orderflow.ports import Outcome
from orderflow.testing import Crash, Fault, Faulty, Interruption

OPERATOR: Final = Actor.operator("op-1")
#: What the gateway can be told to do with the next new key of an order and a purpose.
PLANS: Final = ("decline", "pend", "not_send", "time_out", "time_out_with_effect")
PORTS: Final = ("storage", "payments", "notifier", "clock")


class PlannedGateway(FakeGateway):
    """The fake gateway, told order by order what to do next: what one order meets is no other's business."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.plans: dict[tuple[str, str], str] = {}

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        return self._as_planned(attempt, super().authorize)

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        return self._as_planned(attempt, super().charge)

    def void(self, attempt: PaymentAttempt) -> Outcome:
        return self._as_planned(attempt, super().void)

    def refund(self, attempt: PaymentAttempt) -> Outcome:
        return self._as_planned(attempt, super().refund)

    def _as_planned(self, attempt: PaymentAttempt, send: Callable[[PaymentAttempt], Outcome]) -> Outcome:
        if not self.down and self.find(attempt) is None:
            self._plan_next(attempt.purpose, self.plans.pop((attempt.order_id, attempt.purpose.value), ""))
        return send(attempt)

    def _plan_next(self, purpose: Purpose, plan: str) -> None:
        match plan:
            case "decline":
                self.decline_next(purpose, "not_today")
            case "pend":
                self.pend_next(purpose)
            case "not_send":
                self.not_send_next(purpose)
            case "time_out" | "time_out_with_effect":
                self.time_out_next(purpose, effect=plan == "time_out_with_effect")


class Parts:
    """The in-memory parts of one shop. `orders` works over them as they are; `acting` over those that are to fail."""

    def __init__(self, policy: Policy) -> None:
        self.clock = ManualClock()
        self.storage = MemoryStorage()
        self.payments = PlannedGateway(self.clock)
        self.notifier = RecordingNotifier()
        self.policy = policy
        self.made = 0
        self.orders = self._service()
        self.acting = self.orders
        self.faulty: Faulty | None = None
        self.plan: Fault | Interruption | None = None

    def _service(self, **changes: Any) -> OrderService:
        ports = {name: getattr(self, name) for name in PORTS}
        return OrderService(**{**ports, "policy": self.policy, "new_id": self._new_id, **changes})

    def _new_id(self) -> str:
        self.made += 1
        return self.next_id(0)

    def next_id(self, ahead: int = 1) -> str:
        """The id that the next order gets."""
        return f"made-{self.made + ahead}"

    def named_id(self, orders: int) -> str:
        """An id that the host gives."""
        return f"order-{orders + 1}"

    def arm(self, port: str, plan: Fault | Interruption) -> None:
        """From now on commands meet a port that fails, until it has."""
        watched = Faulty(getattr(self, port))
        self._service(**{port: watched})  # making a service looks at its clock, which is not what is meant
        self.plan = attrs.evolve(plan, call=watched.calls.count(plan.method) + plan.call)
        self.faulty = Faulty(getattr(self, port), self.plan)
        self.acting = self._service(**{port: self.faulty})

    def has_struck(self) -> bool:
        """Whether what was armed has come about since."""
        return (
            self.faulty is not None
            and self.plan is not None
            and (self.faulty.calls.count(self.plan.method) >= self.plan.call)
        )

    def disarm(self) -> Faulty | None:
        """A new process goes on over the parts as they are."""
        faulty, self.faulty, self.plan, self.acting = self.faulty, None, None, self._service()
        return faulty

    def get(self, order_id: str) -> Order | None:
        """The order as an operator sees it, if there is one."""
        order = self.storage.load(order_id)
        return self.orders.get(order_id, by=OPERATOR) if order is not None else None

    def attempt(self, order_id: str, key: Key) -> PaymentAttempt | None:
        """One payment of an order, as the books have it."""
        order = self.get(order_id)
        attempts = order.attempts if order is not None else ()
        return next((one for one in attempts if (one.purpose.value, one.number) == key), None)


def result_of(call: Callable[[], Any]) -> tuple[str, Any]:
    """What a call came to: "ok" and its answer, or what it raised, by name."""
    try:
        return "ok", call()
    except (Exception, Crash) as error:
        return type(error).__name__, error


def read(order: Order | None) -> object:
    """What can be seen of an order, to be held against `shown`."""
    if order is None:
        return None
    named = {one.transaction_id: (one.purpose.value, one.number) for one in order.attempts if one.transaction_id}
    return {
        "status": (order.status.value, order.verified, order.is_terminal, order.reason, order.payment_due_at),
        "payments": [
            (
                (one.purpose.value, one.number),
                one.amount.minor_units,
                named.get(one.target) if one.target is not None else None,
                one.state.value,
                one.begun_at,
                one.first_sent_at,
                one.last_sent_at,
            )
            for one in order.attempts
        ],
        "events": [(one.kind.value, one.to_status.value if one.to_status else None) for one in order.timeline],
        "notes": len(order.notes),
        "money": (order.total.minor_units, order.refunded.minor_units),
        "flags": (order.payment_in_progress, order.needs_review, order.fulfillment is not None),
    }


def shown(world: World | None) -> object:
    """What the model says must be seen of an order."""
    if world is None:
        return None
    closed = ("declined", "canceled", "expired", "completed")
    return {
        "status": (world.status, world.verified, world.status in closed, world.reason, world.due),
        "payments": [
            (one.key, one.amount, one.target, one.state, one.begun, one.first_sent, one.last_sent)
            for one in world.payments
        ],
        "events": list(world.events),
        "notes": world.notes,
        "money": (world.total, world.returned("approved")),
        "flags": (world.in_progress, bool(world.in_review), world.status == "completed"),
    }


def rows(parts: Parts, order_id: str) -> list[tuple[int, str, str]]:
    """Who was told of which event of an order, and how, sorted."""
    states = parts.orders.messages(order_id, by=OPERATOR)
    return sorted((one.seq, one.message.audience.value, one.route) for one in states if one.message is not None)


def usd(cents: int) -> Money:
    return Money.from_minor_units(cents, "USD")
