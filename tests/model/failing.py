"""What goes wrong: ports that fail, processes that end or meet, a gateway with its own will, answers that come late."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from model.acting import Acting
from model.reference import allowed
from model.stories import (
    MOST_ORDERS,
    PAYING,
    STORES,
    TOTAL,
    actor,
    acts,
    arguments_of,
    calls,
    keys,
    kinds,
    numbers,
    orders,
    places,
    plans,
)
from orderflow import Actor
from orderflow.testing import FaultKind


class Failing(Acting):
    """Rules: every failure, at any time, and more of them where money moves."""

    @rule(place=places, kind=kinds, call=calls, ever=st.sampled_from((False, False, False, True)))
    def a_port_will_fail(self, place: tuple[str, str], kind: FaultKind, call: int, ever: bool) -> None:
        self.arm(place, kind, call, ever=ever)

    @rule(order=orders, choice=numbers, key=keys, port=st.sampled_from(("storage", "payments", "clock")), kind=kinds)
    def a_port_fails_under_a_payment(
        self, order: str, choice: int, key: str | None, port: str, kind: FaultKind
    ) -> None:
        """Someone pays or gives back, and a port fails meanwhile."""
        found = self._paying(order)
        if found is not None:
            name, by, purpose = found
            method = {"storage": "commit", "clock": "now"}.get(port, purpose)
            self.arm((port, method), kind, 1 + choice % 7, ever=choice == 8)
            self.command(order, name, by, arguments_of(name, choice), key)

    @rule(order=orders, place=places, call=calls, after=st.booleans(), act=acts, choice=numbers)
    def someone_will_come_between(
        self, order: str, place: tuple[str, str], call: int, after: bool, act: str, choice: int
    ) -> None:
        self.arm_another(order, place, call, act, choice, after=after)

    @rule(order=orders, choice=numbers, key=keys, call=st.integers(1, 3), after=st.booleans(), act=acts)
    def someone_comes_between_a_payment(
        self, order: str, choice: int, key: str | None, call: int, after: bool, act: str
    ) -> None:
        """Someone pays or gives back, and another process acts while that is written down or sent."""
        found = self._paying(order)
        if found is not None:
            name, by, purpose = found
            place = ("storage", "commit") if choice % 3 else ("payments", purpose)
            self.arm_another(order, place, call, act, choice, after=after)
            self.command(order, name, by, arguments_of(name, choice), key)

    @precondition(lambda self: len(self.side.worlds) < MOST_ORDERS)
    @rule(target=orders, place=places, call=calls, after=st.booleans(), act=acts)
    def someone_comes_between_a_submit(self, place: tuple[str, str], call: int, after: bool, act: str) -> str:
        """Someone orders, and another process acts on that order while it is written down or verified."""
        order_id = self.parts.named_id(len(self.side.worlds))
        self.requests[order_id] = (STORES[0], "m-42", TOTAL)
        self.arm_another(order_id, place, call, act, call, after=after)
        self.submit_order(order_id, "tok_good", TOTAL)
        return order_id

    @rule(order=orders, choice=numbers, key=keys, plan=plans)
    def the_gateway_has_its_own_will(self, order: str, choice: int, key: str | None, plan: str) -> None:
        """Someone pays or gives back, and it is declined, left pending, not sent, or times out."""
        found = self._paying(order)
        if found is not None:
            name, by, purpose = found
            self.plan(order, purpose, plan)
            self.command(order, name, by, arguments_of(name, choice), key)

    @rule(order=orders, purpose=st.sampled_from(("charge", "charge", "refund", "void", "verification")), plan=plans)
    def the_gateway_will_have_its_own_will(self, order: str, purpose: str, plan: str) -> None:
        if self.side.world(order) is not None:
            self.plan(order, purpose, plan)

    @rule(part=st.sampled_from(("payments", "payments", "notifier")), down=st.booleans())
    def a_part_goes_down_or_comes_back(self, part: str, down: bool) -> None:
        getattr(self.parts, part).down = down

    @rule(order=orders, choice=numbers, declined=st.sampled_from((False, False, True)))
    def a_pending_payment_is_finished(self, order: str, choice: int, declined: bool) -> None:
        self.finish(order, choice, declined=declined)

    @precondition(lambda self: self.side.late)
    @rule()
    def what_is_late_arrives(self) -> None:
        self.side.land()

    @precondition(lambda self: not self.parts.payments.down)
    @rule(order=orders, choice=numbers)
    def what_was_absent_is_approved_after_all(self, order: str, choice: int) -> None:
        world = self.side.world(order)
        if world is None:
            return
        absent = [one for one in world.payments if one.state == "absent" and one.first_sent is not None]
        unknown = [one.key for one in absent if one.key not in dict(world.known)]
        if unknown:
            self.approve_after_all(order, unknown[choice % len(unknown)])

    @precondition(lambda self: not any(self.is_unsettled(order) for order in self.side.worlds))
    @rule()
    def the_lookup_proves_an_absence_or_not(self) -> None:
        """Switched only while nothing is open: an answer that was given under one promise is not judged by another."""
        self.parts.payments.conclusive_lookup = not self.parts.payments.conclusive_lookup

    def _paying(self, order: str) -> tuple[str, Actor, str] | None:
        """Who may pay or give back now, if anybody may."""
        world = self.side.world(order)
        if world is None:
            return None
        able = ((name, actor(role, world), purpose) for name, role, purpose in PAYING)
        return next((one for one in able if one[0] in allowed(world, one[1], self.side.now)), None)
