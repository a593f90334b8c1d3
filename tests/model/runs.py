"""One run of the model: what a command or a sweep does step by step, and every way in which it can come out.

A run is deterministic but for what goes wrong in it. Where that may happen it picks; `outcomes` goes through all picks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeAlias

import attrs

from model.conclusions import concluded, is_news
from model.gateway import arrives
from model.reference import (
    CLAIM,
    GRACE,
    HONOURED,
    LONGEST_CALL,
    UNSETTLED,
    Key,
    Payment,
    World,
    expired,
    next_look,
    put,
)
from model.troubles import Around, Stopped

_NO_EFFECT: Final = ("error", "timeout")
_UNDONE: Final = (*_NO_EFFECT, "late_effect")
_DELIVERING: Final = ("send", "claim_messages", "record_deliveries")
_METHODS: Final = {"verification": "authorize", "charge": "charge", "void": "void", "refund": "refund"}


class Run:
    """One order, while something is done to it. `world` is what would be left if it ended now (None: no such order)."""

    def __init__(self, world: World | None, around: Around, path: tuple[int, ...]) -> None:
        self._world = world
        self.around = around
        self.now = around.now
        self.trouble = around.trouble
        self.meanwhile = ""
        self.has_committed = False
        self.path = path
        self.picked: list[tuple[int, int]] = []

    @property
    def world(self) -> World:
        assert self._world is not None
        return self._world

    @property
    def exists(self) -> bool:
        return self._world is not None

    def swap(self, world: World) -> None:
        """Stand in another world, without a commit."""
        self._world = world

    def pick(self, several: int) -> int:
        """One of so many ways; the first is that in which nothing goes wrong."""
        place = len(self.picked)
        choice = self.path[place] if place < len(self.path) else 0
        self.picked.append((choice, several))
        return choice

    def point(self, *, last: bool = False) -> None:
        """Between two steps: someone else may act, or a port that is only read or tells the time may fail."""
        trouble = self.trouble
        if trouble is None:
            return
        if trouble.act is not None:
            if self.pick(2):
                self.trouble = None
                self.meanwhile = trouble.act(self)
            return
        if trouble.method == "commit" or trouble.port == "payments" or (trouble.method in _DELIVERING and not last):
            return
        if trouble.method in _DELIVERING and trouble.told != "Crash":
            return  # deliveries fail no command
        if self.pick(2):
            self._strike()
            raise Stopped(trouble.told)

    def may_end_elsewhere(self) -> None:
        """A sweep that has several orders to itself may end at another."""
        if self.trouble is not None and self.trouble.act is None and self.trouble.told == "Crash" and self.pick(2):
            raise Stopped("Crash")

    def _hit(self, port: str, method: str) -> str:
        trouble = self.trouble
        if trouble is None or (trouble.port, trouble.method) != (port, method) or not self.pick(2):
            return ""
        self._strike()
        return trouble.kind

    def _strike(self) -> None:
        if self.trouble is not None and not self.trouble.ever:
            self.trouble = None

    def commit(self, world: World) -> None:
        """Write the order down. What only went wrong on the way may be repeated, or is told as unknown."""
        world = attrs.evolve(world, look=next_look(world, self.now), held=None)
        kind = self._hit("storage", "commit")
        if kind == "crash_before":
            raise Stopped("Crash")
        if kind in _UNDONE and self.pick(2):
            raise Stopped("StorageError")  # else the same commit was tried once more
        self._world, self.has_committed = world, True
        if kind == "crash_after":
            raise Stopped("Crash")
        if kind and kind not in _UNDONE and self.pick(2):
            raise Stopped("StorageError")
        self.point()

    def fail_to_create(self) -> None:
        """Try to write down an order that there is already: nothing comes of it."""
        kind = self._hit("storage", "commit")
        if kind == "crash_before" or (kind in _UNDONE and self.pick(2)):
            raise Stopped("Crash" if kind == "crash_before" else "StorageError")
        self.point()

    def send(self, key: Key, *, first: bool) -> None:
        """Send a payment that was claimed, and write down what comes of it."""
        self.point()
        answer = self._call(key)
        if answer in ("approved", "declined"):
            self.write_down(key, answer)
        elif answer == "not_sent" and first and key[0] != "void":
            self.write_down(key, "absent")

    def _call(self, key: Key) -> str:
        kind = self._hit("payments", _METHODS[key[0]])
        if kind == "crash_before":
            raise Stopped("Crash")
        if kind == "late_effect":
            self._world = attrs.evolve(self.world, late=(*self.world.late, key))
        if kind in _UNDONE or not self.around.up:
            return "unknown"
        self._world, answer = arrives(self.world, key)
        if kind == "crash_after" and answer != "unknown":
            raise Stopped("Crash")
        return "unknown" if kind else answer

    def write_down(self, key: Key, outcome: str) -> None:
        """Conclude a payment, and send what follows from it, which fails nothing."""
        self.point()
        if is_news(self.world.payment(key), outcome):
            before = self.world
            self.commit(concluded(before, key, outcome, self.now))
            self.follow_up(before)

    def follow_up(self, before: World) -> None:
        """Send what the last commit began."""
        old = {one.key for one in before.payments}
        for one in self.world.payments:
            if one.key not in old and one.first_sent is not None:
                try:
                    self.send(one.key, first=True)
                except Stopped as stopped:
                    if stopped.told == "Crash":
                        raise

    def settle(self, which: Callable[[Payment], bool], *, may_send: bool = True) -> None:
        """Find out what is not known of the order's payments, and expire what is over."""
        for key in [one.key for one in self.world.payments if which(one)]:
            self._resolve(key, may_send=may_send)
        self.point()
        if expired(self.world, self.now) != self.world:
            self.commit(expired(self.world, self.now))

    def _resolve(self, key: Key, *, may_send: bool) -> None:
        self.point()
        one = self.world.payment(key)
        if one.first_sent is None or one.last_sent is None:
            if may_send and one.state == "open":
                self._send_again(one)
            return
        if self._hit("payments", "find"):
            self._crash_if_it_is_one()
            return
        if not self.around.up:
            return
        found = dict(self.world.known).get(key)
        if found in ("approved", "declined"):
            self.write_down(key, found)
        elif found is None and one.state == "open":
            self._judge(one, one.first_sent, one.last_sent, may_send=may_send)

    def _crash_if_it_is_one(self) -> None:
        if self.around.trouble is not None and self.around.trouble.told == "Crash":
            raise Stopped("Crash")

    def _judge(self, one: Payment, first_sent: datetime, last_sent: datetime, *, may_send: bool) -> None:
        """What to do about an open payment of which the gateway knows nothing."""
        if self.now < last_sent + CLAIM:
            return
        if one.purpose == "void" or self.now + CLAIM < first_sent + HONOURED:
            if may_send:
                self._send_again(one)
        elif self.now - last_sent > max(GRACE, LONGEST_CALL):
            self.write_down(one.key, "absent" if self.around.conclusive else "review")

    def _send_again(self, one: Payment) -> None:
        self.commit(put(self.world, one.key, first_sent=one.first_sent or self.now, last_sent=self.now))
        self.send(one.key, first=one.first_sent is None)


Act: TypeAlias = Callable[[Run], str]
Outcome: TypeAlias = tuple[str, str, World | None]


def outcomes(world: World | None, act: Act, around: Around) -> set[Outcome]:
    """Every way in which it can come out: what is told, what whoever came between was told, and what is left."""
    found: set[Outcome] = set()
    paths: list[tuple[int, ...]] = [()]
    while paths:
        path = paths.pop()
        run = Run(world, around, path)
        try:
            told = act(run)
            run.point(last=True)
        except Stopped as stopped:
            told = stopped.told
        found.add((told, run.meanwhile, run.world if run.exists else None))
        choices = [choice for choice, _ in run.picked]
        for place in range(len(path), len(choices)):
            paths += [(*choices[:place], other) for other in range(1, run.picked[place][1])]
    return found


def unsettled_but_voids(one: Payment) -> bool:
    return one.state in UNSETTLED and one.purpose != "void"
