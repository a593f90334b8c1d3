"""The gateway's side of the truth: what arrived, what moved, and what a look-up sees of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from orderflow import PaymentAttempt, Purpose, ValidationError
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import NotSent, Outcome
from proof.simulation.mix import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from proof.simulation.world import World


class _TrueClock:
    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> datetime:
        return self._world.true_time()


class Bank:
    """One gateway with its ledger, outages, lagging look-ups, and keys that it honours for a while only."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.fake = FakeGateway(_TrueClock(world))
        self.fake.conclusive_lookup = world.mix.conclusive
        self.charged_twice: list[str] = []
        self._visible_at: dict[str, float] = {}
        self._absent: set[str] = set()
        self._down_until = 0.0
        self._attempts: dict[str, PaymentAttempt] = {}
        self.fake.idempotency_window = timedelta(seconds=world.mix.key_window)

    def is_down(self) -> bool:
        """Whether nobody can reach it; now and then it goes down for a while."""
        world = self._world
        if world.schedule.now >= self._down_until and world.strikes("gateway is down", 0.1):
            self._down_until = world.schedule.now + world.random.choice((MINUTE, HOUR, 9 * HOUR, 2 * DAY))
        return world.schedule.now < self._down_until and not world.is_calm

    def seen(self, attempt: PaymentAttempt) -> Outcome | None:
        """What a look-up finds: what arrived shows after a while, or never."""
        if self._visible_at.get(attempt.key, float("inf")) > self._world.schedule.now and not self._world.is_calm:
            return None
        return self.fake.find(attempt)

    def land(self, method: str, attempt: PaymentAttempt) -> Outcome:
        """A request arrives: here, and nowhere else, money moves."""
        world = self._world
        if world.strikes("payment not sent", 0.3):
            return NotSent("the credentials have expired")
        if attempt.key not in self._visible_at:
            self._decide(attempt)
        before = len(self.fake.ledger)
        outcome: Outcome = getattr(self.fake, method)(attempt)
        if self.fake.find(attempt) is not None:
            self._see(attempt)
        if len(self.fake.ledger) > before:
            self._moved(attempt)
        world.log("bank", f"{attempt.purpose.value} {attempt.number} {attempt.order_id}: {type(outcome).__name__}")
        if world.strikes("hint comes"):
            world.hint(attempt)
        return outcome

    def concluded_absent(self, attempt: PaymentAttempt) -> None:
        """The books say that an attempt never moved money; so it must not have, and never may."""
        self._absent.add(attempt.key)
        if any(one.key == attempt.key for one in self.fake.ledger):
            self._lied(attempt)

    def truth(self, attempt: PaymentAttempt) -> Outcome | None:
        """What an operator reads in the gateway's own pages."""
        return self.fake.find(attempt)

    def finish_everything(self) -> None:
        """Let whatever pends come to an end."""
        for attempt in self._attempts.values():
            self._finish(attempt)

    def _decide(self, attempt: PaymentAttempt) -> None:
        """What becomes of a request that is new."""
        world, purpose = self._world, attempt.purpose
        if purpose is Purpose.CHARGE and world.strikes("charge declined"):
            self.fake.decline_next(purpose, "insufficient_funds")
        elif purpose is Purpose.VERIFICATION and world.strikes("card refused"):
            self.fake.decline_next(purpose, "lost_card")
        elif purpose is Purpose.REFUND and world.strikes("refund declined"):
            self.fake.decline_next(purpose, "refund_failed")
        elif purpose is Purpose.VOID and world.strikes("void declined"):
            self.fake.decline_next(purpose, "try_later")
        elif world.strikes("payment not sent"):
            self.fake.not_send_next(purpose)
        elif world.strikes("payment pends"):
            self.fake.pend_next(purpose, "https://pay.example/finish")
            pause = world.random.choice((MINUTE, HOUR, DAY, 9 * DAY)) * world.random.random()
            world.schedule.at(world.schedule.now + pause, lambda: self._finish(attempt))

    def _finish(self, attempt: PaymentAttempt) -> None:
        world = self._world
        before = len(self.fake.ledger)
        try:
            self.fake.finish(attempt.key, "abandoned" if world.random.random() < 0.4 else None)
        except ValidationError:
            return
        if len(self.fake.ledger) > before:
            self._moved(attempt)
        world.log("bank", f"finished {attempt.purpose.value} {attempt.number} {attempt.order_id}")
        if world.strikes("hint comes"):
            world.hint(attempt)

    def _see(self, attempt: PaymentAttempt) -> None:
        world = self._world
        lag = world.random.random() * world.mix.longest_lag
        if not world.mix.conclusive and world.random.random() < 0.3:
            lag = float("inf")
        self._visible_at.setdefault(attempt.key, world.schedule.now + lag)
        self._attempts.setdefault(attempt.key, attempt)

    def _lied(self, attempt: PaymentAttempt) -> None:
        if attempt.order_id not in self._world.mistaken:
            self._world.problem(f"{attempt.purpose.value} {attempt.number} of {attempt.order_id} absent, and it moved")

    def _moved(self, attempt: PaymentAttempt) -> None:
        if attempt.key in self._absent:
            self._lied(attempt)
        if attempt.purpose is not Purpose.CHARGE:
            return
        ledger = [one for one in self.fake.ledger if one.order_id == attempt.order_id]
        charges = sum(one.purpose is Purpose.CHARGE for one in ledger)
        if charges > 1 + sum(one.purpose is Purpose.REFUND for one in ledger):
            self.charged_twice.append(attempt.order_id)
