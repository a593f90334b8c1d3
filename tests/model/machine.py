"""Whatever is done to a shop, in whatever order, and whatever fails meanwhile: it is as the model foretells."""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import MultipleResults, initialize, invariant, multiple, rule

from model.asking import Asking
from model.failing import Failing
from model.parts import OPERATOR
from model.reading import Reading
from model.reference import CLAIM, GRACE, HONOURED, REMINDER, World
from model.stories import (
    BEGINNINGS,
    MANY,
    STORES,
    TOTAL,
    WAITS,
    actor,
    arguments_of,
    numbers,
    orders,
    pauses,
)
from orderflow import DeliveryState

#: The failures over, the sweep comes by after each of these, and all is at rest.
_TO_REST: Final = (
    timedelta(0),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    *[timedelta(days=1)] * 7,
)


class ServiceAgainstModel(Asking, Failing, Reading):
    """Several orders, customers and stores; every command, every failure, and time."""

    @initialize(
        target=orders,
        verification=st.sampled_from((100, 100, 100, 0, None)),
        begun=st.lists(st.sampled_from(sorted(BEGINNINGS)), min_size=1, max_size=3),
    )
    def open(self, verification: int | None, begun: list[str]) -> MultipleResults[str]:
        """A shop, and a few orders on their way."""
        self.open_shop(verification)
        ids = [f"order-{number}" for number in range(1, len(begun) + 1)]
        for order_id, beginning in zip(ids, begun, strict=True):
            self._begin(order_id, BEGINNINGS[beginning])
        return multiple(*ids)

    def _begin(self, order_id: str, steps: tuple[tuple[str, str], ...]) -> None:
        self.requests[order_id] = (STORES[0], "m-42", TOTAL)
        first = steps[0][1].split() if steps and steps[0][0] == "submit" else []
        self.submit_order(order_id, "tok_good", TOTAL, plan=(first[0], first[1]) if first else None)
        for name, told in steps[bool(first) :]:
            if told and name != "wait":
                self.plan(order_id, *told.split())
            match name:
                case "wait":
                    self.wait(WAITS[told])
                case "sweep":
                    self.sweep()
                case "late 1" | "late 2":
                    self.approve_after_all(order_id, ("charge", int(name[-1])))
                case _:
                    by = actor("right", self.side.known()[order_id], name)
                    self.command(order_id, name, by, arguments_of(name, 0), f"first {name}")

    @rule(limit=st.sampled_from((MANY, MANY, MANY, 1)))
    def the_sweep_comes_by(self, limit: int) -> None:
        self.sweep(limit)

    @rule(order=orders, choice=numbers, one=st.booleans(), seconds=st.sampled_from((0, 0, 121, 400)))
    def the_gateway_calls(self, order: str, choice: int, one: bool, seconds: int) -> None:
        """Sooner or later, and the host has it asked."""
        self.wait(timedelta(seconds=seconds))
        world = self.side.world(order)
        if world is not None and (world.payments or not one):
            self.check(order, world.payments[choice % len(world.payments)].key if one else None)

    @rule(by=pauses)
    def time_passes(self, by: int) -> None:
        self.wait(timedelta(seconds=by))

    @rule(order=orders, choice=numbers, microseconds=st.sampled_from((-1, 0, 1)))
    def time_passes_until_something_is_due(self, order: str, choice: int, microseconds: int) -> None:
        world = self.side.world(order)
        moments = _moments(world, self.side.now) if world is not None else []
        if moments:
            self.wait(moments[choice % len(moments)] - self.side.now + timedelta(microseconds=microseconds))

    @invariant()
    def nothing_happens_by_itself(self) -> None:
        for order, seen in self.side.seen.items():
            assert self.parts.storage.load(order) == seen

    def teardown(self) -> None:
        """All failures are over: within a few sweeps everything is concluded, and everyone was told."""
        if sys.exc_info()[0] is not None or not hasattr(self, "side"):
            return  # a step has failed: that is what is to be told
        self.side.disarm()
        self.parts.payments.down = self.parts.notifier.down = False
        self.side.land()
        for pause in _TO_REST:
            self._settle_by_hand()
            if not self._is_busy():
                break
            self.wait(pause)
            self.sweep()
        assert not self._is_busy(), "it does not come to rest"
        for order in self.side.known():
            self._check_the_end(order)

    def _settle_by_hand(self) -> None:
        """What waits for a person, or for a customer at their bank; and what was given up is sent once more."""
        for order, world in self.side.known().items():
            for _ in world.payments:
                self.finish(order, 0, declined=False)
            for payment in world.in_review:
                if payment in self.side.known()[order].in_review:
                    self.say(order, payment, -1, OPERATOR, None)
            for state in self.parts.storage.messages(order):
                if state.state is DeliveryState.FAILED:
                    self.parts.orders.redeliver(state.id, by=OPERATOR)

    def _is_busy(self) -> bool:
        return any(
            self.is_unsettled(order)
            or any(state.state is not DeliveryState.DELIVERED for state in self.parts.storage.messages(order))
            for order in self.side.known()
        )

    def _check_the_end(self, order: str) -> None:
        worlds = {_all_that_matters(world) for world in self.side.worlds[order] if world is not None}
        assert len(worlds) == 1, f"{order} may be in several worlds: {worlds}"
        sent = [message.id for message in self.parts.notifier.sent if message.order_id == order]
        states = {one.id: one for one in self.parts.storage.messages(order) if one.route != "in_app"}
        assert set(sent) == set(states), f"{order}: not everyone was told"
        if order in self.side.ever_disturbed:
            return
        assert max(Counter(sent).values(), default=0) <= 1, f"{order}: told twice, and nothing went wrong"
        for way in {(state.recipient, state.route) for state in states.values()}:
            seqs = [states[one].seq for one in sent if (states[one].recipient, states[one].route) == way]
            assert seqs == sorted(seqs), f"{order}: told out of order"


def _all_that_matters(world: World) -> World:
    """A world without what no longer makes a difference: which of two equal payments a key began, and idle plans."""
    return attrs.evolve(world, taken=tuple(sorted((key, asked, None) for key, asked, _ in world.taken)), plans=())


def _moments(world: World, now: datetime) -> list[datetime]:
    """When something changes for an order by itself."""
    moments = [world.due, world.due - REMINDER, world.due - 2 * REMINDER] if world.due is not None else []
    for one in world.payments:
        if one.state == "open" and one.first_sent is not None and one.last_sent is not None:
            moments += [one.last_sent + CLAIM, one.first_sent + HONOURED - CLAIM, one.last_sent + GRACE]
    moments += [world.look] if world.look is not None else []
    return sorted(moment for moment in moments if moment > now)
