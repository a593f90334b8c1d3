"""What can be done to a shop, one deed at a time: done for real, foretold by the model, and held against it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any, Final

import attrs
from hypothesis.stateful import RuleBasedStateMachine

from model import commands
from model.following import Between, Following
from model.gateway import arrives, knows
from model.parts import OPERATOR, Parts, result_of, usd
from model.reference import Key, World
from model.stories import (
    CUSTOMERS,
    MANY,
    MANY_TIMES,
    SENDING,
    STANDSTILL,
    actor,
    arguments_of,
    call_of,
    card,
)
from orderflow import Actor, Approved, Command, Declined, Item, OrderService, Policy, Purpose, SweepReport
from orderflow.testing import Fault, FaultKind

_COUNTED: Final = ("concluded", "expired", "voided", "refunded", "reminded", "needs_review")


class Acting(RuleBasedStateMachine):
    """A shop, the model beside it, and what can be done to both."""

    def open_shop(self, verification: int | None) -> None:
        self.verification = verification
        self.parts = Parts(Policy(verification_amount=None if verification is None else usd(verification)))
        self.side = Following(self.parts)
        self.requests: dict[str, tuple[str, str, int]] = {}
        self.last: dict[str, tuple[str, Actor, dict[str, Any], str]] = {}
        self.read: set[str] = set()

    def submit_order(
        self, order_id: str, token: str, total: int, *, named: bool = True, plan: tuple[str, str] | None = None
    ) -> None:
        store, customer, _ = self.requests[order_id]
        known = (store, customer, total)
        plans = self._plan_unseen(order_id, plan) if self.side.world(order_id) is None else ()
        draft = World(store=store, customer=customer, total=total, card=token, request=known, plans=plans)
        request: dict[str, Any] = {
            "store_id": store,
            "customer": CUSTOMERS[customer],
            "items": [Item(name="Birthday video", unit_price=usd(total))],
            "card": card(token),
            "order_id": order_id if named else None,
        }
        act = commands.submit(draft, self.verification)
        self.side.ask(order_id, act, lambda service: service.submit(**request), Actor.customer(customer))

    def _plan_unseen(self, order_id: str, plan: tuple[str, str] | None) -> tuple[tuple[str, str], ...]:
        """What the gateway will do with an order that nobody knows yet."""
        for purpose in Purpose:
            self.parts.payments.plans.pop((order_id, purpose.value), None)
        if plan is None:
            return ()
        self.parts.payments.plans[order_id, plan[0]] = plan[1]
        return (plan,)

    def plan(self, order_id: str, purpose: str, plan: str | None) -> None:
        """What the gateway will do with the order's next new key of that purpose; None: the usual."""
        self.parts.payments.plans.pop((order_id, purpose), None)
        if plan is not None:
            self.parts.payments.plans[order_id, purpose] = plan

        def planned(world: World) -> World:
            kept = tuple(one for one in world.plans if one[0] != purpose)
            return attrs.evolve(world, plans=(*kept, (purpose, plan)) if plan is not None else kept)

        self.side.change(order_id, planned)

    def command(self, order_id: str, name: str, by: Actor, arguments: dict[str, Any], key: str | None) -> None:
        """Give a command; if nothing was uncertain, what was said to be available is what is taken."""
        if key is not None:
            self.last[order_id] = (name, by, arguments, key)
        uncertain = self.is_unsettled(order_id) or key is not None
        _, actions = result_of(lambda: self.parts.orders.available_actions(order_id, by=by))
        act = commands.command(name, by, arguments, key)
        result, calm = self.side.ask(order_id, act, call_of(name, order_id, by, arguments, key), by)
        if calm and not uncertain and result not in ("OrderNotFound", "ValidationError"):
            refused = result in ("NotPermitted", "InvalidTransition", "PaymentInProgress", "PaymentWindowClosed")
            assert (actions[Command(name)] is not None) is refused, f"{name} was {result}, and said to be {actions}"

    def is_unsettled(self, order_id: str) -> bool:
        world = self.side.world(order_id)
        return world is not None and any(one.state in ("open", "review") for one in world.payments)

    def say(self, order_id: str, payment: Key, choice: int, by: Actor, key: str | None) -> None:
        """A person says what became of a payment, and is right."""
        world, attempt = self.side.known()[order_id], self.parts.attempt(order_id, payment)
        assert attempt is not None
        truth = self._truth(world, payment, attempt.key)
        outcome = truth[choice % len(truth)]
        said = {Approved: "approved", Declined: "declined"}.get(type(outcome), "absent")
        act = commands.command("resolve_payment", by, {"key": payment, "outcome": said}, key)
        given: dict[str, Any] = {"key": attempt.key, "outcome": outcome, "evidence": "its records"}
        self.side.ask(
            order_id, act, lambda service: service.resolve_payment(order_id, by=by, idempotency_key=key, **given), by
        )

    def _truth(self, world: World, payment: Key, key: str) -> list[Approved | Declined | None]:
        """What someone who looks into the gateway's records may say."""
        moved = next((one for one in self.parts.payments.ledger if one.key == key), None)
        if moved is not None:
            return [Approved(moved.transaction_id)]
        one, known = world.payment(payment), dict(world.known)
        is_back = any(other.target == one.target and known.get(other.key) == "approved" for other in world.payments)
        if one.purpose == "refund" and world.is_surplus_refund(one) and not is_back:
            return [None]  # money that is not ours must go back
        return [None, Declined("never_paid")]

    def check(self, order_id: str, payment: Key | None) -> None:
        """Have the gateway asked about one payment, or all."""
        attempt = self.parts.attempt(order_id, payment) if payment is not None else None
        key = attempt.key if attempt is not None else None
        act = commands.check_payment(payment)
        self.side.ask(order_id, act, lambda service: service.check_payment(order_id, key), OPERATOR)

    def sweep(self, limit: int = MANY) -> None:
        """Let a sweep come by; what it reports is what has come of it."""
        before = {order_id: (self.side.worlds[order_id], world) for order_id, world in self.side.known().items()}
        versions = {order_id: order.version for order_id, order in self.side.seen.items()}
        if limit < MANY:
            self.side.undelivered |= set(before)  # a limit is one of messages, too
        act = commands.sweep(limited=limit < len(before))
        report, calm = self.side.sweep(dict.fromkeys(before, act), lambda service: service.run_due(limit=limit))
        if calm:
            assert sum(order.version != versions[one] for one, order in self.side.seen.items()) <= limit
        if calm and limit == MANY and all(len(worlds) == 1 for worlds, _ in before.values()):
            self._check_report(report, {order_id: world for order_id, (_, world) in before.items()})

    def _check_report(self, report: SweepReport, before: dict[str, World]) -> None:
        count = Counter(dict.fromkeys(_COUNTED, 0))
        worlds = self.side.known()
        for order_id, old in before.items():
            count.update(_came_of(old, worlds[order_id]))
        assert {name: getattr(report, name) for name in _COUNTED} == count
        moments = [at for world in worlds.values() if (at := world.held or world.look) is not None]
        if not self.side.undelivered and not any(world.owed_again for world in worlds.values()):
            assert report.next_due_at == min(moments, default=None)

    def wait(self, pause: timedelta) -> None:
        """Time passes; no call to a gateway lasts longer than it may."""
        if any(self.side.now + pause > until for _, until in self.side.late):
            self.side.land()
        self.parts.clock.set(self.side.now + pause)

    def finish(self, order_id: str, choice: int, *, declined: bool) -> None:
        """A payment that is pending at the gateway comes to its end there."""
        worlds = [world for world in self.side.worlds[order_id] if world is not None]
        pending = sorted({key for world in worlds for key, answer in world.known if answer == "pending"})
        if not pending:
            return
        payment = pending[choice % len(pending)]
        attempt = self.parts.attempt(order_id, payment)
        assert attempt is not None
        key = attempt.key
        result, _ = result_of(lambda: self.parts.payments.finish(key, "not_today" if declined else None))

        def finished(world: World) -> World | None:
            is_pending = dict(world.known).get(payment) == "pending"
            if is_pending is not (result == "ok"):
                return None  # it never came so far in that world
            return knows(world, payment, "declined" if declined else "finish") if is_pending else world

        self.side.change(order_id, finished)
        self.side.hold_the_books(order_id)

    def approve_after_all(self, order_id: str, payment: Key) -> None:
        """The gateway has moved the money of a payment that is absent, breaks its word, and tells of it."""
        attempt = self.parts.attempt(order_id, payment)
        assert attempt is not None
        self.plan(order_id, payment[0], None)
        self.side.disarm()
        getattr(self.parts.payments, "authorize" if payment[0] == "verification" else payment[0])(attempt)
        self.side.change(order_id, lambda world: arrives(world, payment)[0])
        self.check(order_id, payment)

    def arm(self, place: tuple[str, str], kind: FaultKind, call: int, *, ever: bool) -> None:
        """One of the next calls of a port goes wrong; a crash ends the process, and a new one goes on."""
        port, method = place
        if kind is FaultKind.LATE_EFFECT and (ever or (method != "commit" and method not in SENDING)):
            kind = FaultKind.TIMEOUT  # what else could come late would be no different, or nobody's to foretell
        self.side.arm(port, Fault(kind=kind, method=method, call=call if method in MANY_TIMES else 1, ever=ever))

    def arm_another(
        self, order_id: str, place: tuple[str, str], call: int, name: str, choice: int, *, after: bool
    ) -> None:
        """Another process acts in the middle of one of the next commands."""
        if name == "take over" and place[1] not in SENDING:
            name = "sweep"  # elsewhere a moment that was read before may be used after
        self.side.land()
        call = call if place[1] in MANY_TIMES else 1
        self.side.come_between(place, call, self._other(order_id, name, choice), after=after)

    def _other(self, order_id: str, name: str, choice: int) -> Between:
        if name == "sweep":
            return Between(None, commands.sweep(), lambda service: service.run_due(limit=MANY))
        if name == "take over":
            return Between(None, commands.take_over(STANDSTILL), self._take_over)
        if name == "check":
            return Between(order_id, commands.check_payment(None), lambda service: service.check_payment(order_id))
        store, customer, total = self.requests[order_id]
        world = World(store=store, customer=customer, total=total, card="", request=())
        by, arguments = actor("right", world, name), arguments_of(name, choice)
        act = commands.command(name, by, arguments, None)
        return Between(order_id, act, call_of(name, order_id, by, arguments, None))

    def _take_over(self, service: OrderService) -> None:
        """Whoever is in the middle of something stands still for so long that its claims are over."""
        self.parts.clock.set(self.side.now + STANDSTILL)
        service.run_due(limit=MANY)


def _came_of(old: World, new: World) -> Counter[str]:
    """What a sweep counts of what it did to an order."""
    count: Counter[str] = Counter()
    before = {one.key: one.state for one in old.payments}
    for one in new.payments:
        if before.get(one.key) == one.state:
            continue
        if one.state == "review":
            count["needs_review"] += 1
        elif one.state == "approved" and one.purpose in ("void", "refund"):
            count["voided" if one.purpose == "void" else "refunded"] += 1
        elif one.state != "open" and one.purpose in ("verification", "charge"):
            count["concluded"] += 1
    added = [kind for kind, _ in new.events[len(old.events) :]]
    return count + Counter(expired=added.count("expired"), reminded=added.count("payment_reminder"))
