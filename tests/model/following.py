"""The service and the model side by side: one does what the other foretells, or the step fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

import attrs

from model.gateway import arrives
from model.parts import Parts, read, result_of, rows, shown
from model.reference import TERMINAL, World, told
from model.runs import Act, Outcome, outcomes
from model.troubles import Around, Trouble
from orderflow import Actor, DeliveryState, Order, OrderService
from orderflow.testing import Fault, FaultKind, Faulty, Interruption, audit

Call: TypeAlias = Callable[[OrderService], Any]


@attrs.define
class Between:
    """Someone else who acts in the middle of a command: on which order (None: on all), and what they were told."""

    order_id: str | None
    act: Act
    call: Call
    told: str = ""

    def meets(self, order_id: str) -> bool:
        return self.order_id in (None, order_id)


class Following:
    """The real parts, and for each order the worlds that it may be in: several where nobody can know.

    Attributes:
        worlds: By order; None among them stands for "no such order".
        seen: Each order as it was last seen.
        undelivered: Orders of which something waits to be delivered, or was given up.
        ever_disturbed: Orders whose deliveries something may have got in the way of.
        late: Ports with calls that will take effect though nobody waits for them, and until when.
    """

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.worlds: dict[str, set[World | None]] = {}
        self.seen: dict[str, Order] = {}
        self.undelivered: set[str] = set()
        self.ever_disturbed: set[str] = set()
        self.late: list[tuple[Faulty, datetime]] = []
        self._armed: Trouble | None = None
        self._between: Between | None = None

    @property
    def now(self) -> datetime:
        return self.parts.clock.now()

    def world(self, order_id: str) -> World | None:
        """One of an order's worlds: they all look alike."""
        return next(iter(self.worlds.get(order_id, {None})))

    def known(self) -> dict[str, World]:
        """Every order that there is."""
        found = {order_id: self.world(order_id) for order_id in self.worlds}
        return {order_id: world for order_id, world in found.items() if world is not None}

    def arm(self, port: str, fault: Fault) -> None:
        self._between = None
        self._armed = Trouble(port=port, method=fault.method, kind=fault.kind.value, ever=fault.ever)
        self.parts.arm(port, fault)

    def come_between(self, place: tuple[str, str], call: int, between: Between, *, after: bool) -> None:
        """Someone else will act in the middle of a command."""

        def act() -> None:
            between.told, _ = result_of(lambda: between.call(self.parts.orders))

        self._armed, self._between = None, between
        self.parts.arm(place[0], Interruption(act=act, method=place[1], call=call, after=after))

    def disarm(self) -> None:
        """Nothing more goes wrong; a new process goes on."""
        self._armed = self._between = None
        self.parts.disarm()

    def ask(self, order_id: str, act: Act, call: Call, by: Actor) -> tuple[str, bool]:
        """Give a command, as both foretell and do it.

        Returns:
            What was told ("ok", or the name of an error), and whether all went well on the way.
        """
        began = self.now
        result, answer = result_of(lambda: call(self.parts.acting))
        trouble, between, calm = self._what_happened()
        self._follow({order_id: act}, {result}, trouble, between, began, calm=calm)
        if result == "ok":
            _check_answer(answer, self.parts.orders.get(order_id, by=by), by, calm=calm)
        return result, calm

    def sweep(self, acts: Mapping[str, Act], call: Call) -> tuple[Any, bool]:
        """Let a sweep come by.

        Returns:
            What it reports, and whether all went well on the way.
        """
        began = self.now
        result, answer = result_of(lambda: call(self.parts.acting))
        trouble, between, calm = self._what_happened()
        results = {"ok", trouble.told if trouble else "ok"}
        assert result in results, f"the sweep raised {answer!r}"
        self._follow(acts, results, trouble, between, began, calm=calm)
        return answer, calm

    def _what_happened(self) -> tuple[Trouble | None, Between | None, bool]:
        """What has come of what was armed: what failed, or who came between; and whether nothing did."""
        if not self.parts.has_struck():
            return None, None, True
        trouble, between = self._armed, self._between
        self._armed = self._between = None
        faulty = self.parts.disarm()
        if trouble is not None and trouble.kind == FaultKind.LATE_EFFECT and faulty is not None:
            self.late.append((faulty, self.now + self.parts.payments.longest_call))
        came = between if between is not None and between.told else None  # the port itself may have failed before
        return trouble, came, False

    def _follow(
        self,
        acts: Mapping[str, Act],
        results: set[str],
        trouble: Trouble | None,
        between: Between | None,
        began: datetime,
        *,
        calm: bool,
    ) -> None:
        for order_id, act in acts.items():
            met = between if between is not None and between.meets(order_id) else None
            around = self._around(Trouble(act=met.act) if met else trouble, began)
            self._keep(order_id, act, around, results, met.told if met else "", calm=calm)
        for order_id in self.worlds.keys() - acts.keys():
            if between is not None and between.meets(order_id):
                self._keep(order_id, between.act, self._around(None, began), {between.told}, "", calm=False)

    def _around(self, trouble: Trouble | None, now: datetime) -> Around:
        gateway = self.parts.payments
        return Around(now=now, up=not gateway.down, conclusive=gateway.conclusive_lookup, trouble=trouble)

    def _keep(self, order_id: str, act: Act, around: Around, results: set[str], meanwhile: str, *, calm: bool) -> None:
        """Keep the worlds that fit what was told and what can be seen."""
        before = self.worlds.get(order_id, {None})
        found = {one for world in before for one in outcomes(world, act, around)}
        order = self.parts.get(order_id)
        seen, owed = read(order), rows(self.parts, order_id) if order is not None else []
        fits = {
            world
            for result, between, world in found
            if (result in results and between == meanwhile and shown(world) == seen)
            and (world is None or told(world) == owed)
        }
        assert fits, _difference(order_id, results, meanwhile, (seen, owed), found)
        self.worlds[order_id] = fits
        self.look(order_id, order, calm=calm)

    def look(self, order_id: str, order: Order | None, *, calm: bool) -> None:
        """What holds of every order after every step."""
        if order is None:
            assert order_id not in self.seen, "an order is gone"
            return
        audit(order, self.parts.payments.ledger)
        before = self.seen.get(order_id)
        if before is not None:
            assert order.version >= before.version
            assert order.timeline[: len(before.timeline)] == before.timeline, "the timeline was changed"
            assert order.notes[: len(before.notes)] == before.notes, "the notes were changed"
            assert before.status.value not in TERMINAL or order.status is before.status, "it left a final status"
        self.seen[order_id] = order
        self._look_at_deliveries(order_id, calm=calm and not self.parts.notifier.down)

    def _look_at_deliveries(self, order_id: str, *, calm: bool) -> None:
        if not calm:
            self.ever_disturbed.add(order_id)
        if all(one.state is DeliveryState.DELIVERED for one in self.parts.storage.messages(order_id)):
            self.undelivered.discard(order_id)
            return
        assert not calm or order_id in self.undelivered, f"not all about {order_id} was delivered"
        self.undelivered.add(order_id)

    def land(self) -> None:
        """The calls reach the gateway and the storage at last, though nobody waits for them any more."""
        for faulty, _ in self.late:
            result_of(faulty.land)
        self.late = []
        for order_id in self.known():
            self.change(order_id, self._landed)
            self.hold_the_books(order_id)

    def _landed(self, world: World) -> World:
        for key in world.late if not self.parts.payments.down else ():
            world, _ = arrives(world, key)
        return attrs.evolve(world, late=())

    def change(self, order_id: str, new: Callable[[World], World | None]) -> None:
        """Something happened at the gateway, of which the books know nothing yet; None: that world is ruled out."""
        worlds = {new(world) for world in self.worlds[order_id] if world is not None}
        self.worlds[order_id] = {world for world in worlds if world is not None}
        assert self.worlds[order_id], f"the gateway does what no world of {order_id} foretells"
        order = self.parts.get(order_id)
        assert order == self.seen[order_id], "nobody asked, and it is written down"

    def hold_the_books(self, order_id: str) -> None:
        """The order as it was last seen agrees with the gateway's ledger."""
        audit(self.seen[order_id], self.parts.payments.ledger)


def _check_answer(answer: object, now: Order, by: Actor, *, calm: bool) -> None:
    """An answer is the order as its actor may see it; if others came after, as it was then."""
    assert isinstance(answer, Order)
    assert not calm or answer == now
    assert answer.version <= now.version
    assert answer.timeline == now.timeline[: len(answer.timeline)]
    if by.role == "customer":
        assert not answer.notes
        assert all(event.kind != "note_added" and "evidence" not in event.data for event in answer.timeline)
        assert all(not one.key and not one.claim for one in answer.attempts)


def _difference(
    order_id: str, results: set[str], meanwhile: str, seen: tuple[object, object], found: set[Outcome]
) -> str:
    lines = [f"order {order_id}: told {sorted(results)} {meanwhile}, and reads", *[f"  {one}" for one in seen]]
    for result, between, world in found:
        lines += [f"foretold: {result} {between}", f"  {shown(world)}", f"  {told(world) if world else []}"]
    return "\n".join(lines)
