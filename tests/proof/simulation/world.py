"""One simulated world: several processes over one storage and one gateway, people, trouble, and an end in peace."""

from __future__ import annotations

import contextlib
import random
import zlib
from collections import Counter
from datetime import datetime, timedelta
from typing import Any, Final

import attrs

from orderflow import (
    Approved,
    AsyncOrderService,
    AttemptState,
    Declined,
    ManualClock,
    Order,
    OrderflowError,
    OrderQuery,
    PaymentAttempt,
    Policy,
)
from orderflow.adapters.memory import MemoryStorage
from proof.simulation import watch
from proof.simulation.bank import Bank
from proof.simulation.mix import DAY, HOUR, MINUTE, draw
from proof.simulation.parts import ProcessClock, SimGateway, SimHandler, SimNotifier, SimStorage
from proof.simulation.people import People
from proof.simulation.schedule import Gone, Schedule, Sleep
from proof.stage import MakeStorage

EPOCH: Final = ManualClock().now()


class Unsaid:
    """Nobody can say yet what became of a payment."""


@attrs.define(eq=False)
class Process:
    """One process of the host's: a service of its own, and a sweep."""

    name: str
    service: AsyncOrderService = attrs.field(init=False)
    offset: float = 0.0
    is_up: bool = True


class World:
    """Everything that is there in one run.

    Args:
        kind: One of `mix.KINDS`.
        seed: All chance comes from it.
        is_traced: Whether to keep a line for each thing that happens.
        make_storage: Makes a storage that holds nothing yet.
    """

    def __init__(
        self, kind: str, seed: int, *, is_traced: bool = False, make_storage: MakeStorage = MemoryStorage
    ) -> None:
        self.mix = draw(kind, seed)
        self.random = random.Random(f"{seed} {kind}")
        self.schedule = Schedule(self.random, self.problem)
        self.schedule.stall_rate, self.schedule.longest_stall = self.mix.stall_rate, self.mix.longest_stall
        self.storage = make_storage()
        self.bank = Bank(self)
        self.people = People(self)
        window = timedelta(seconds=self.mix.payment_window)
        self.policy = Policy(payment_window=window, reminders=(window / 7,))
        self.is_calm = False
        self.faults: Counter[str] = Counter()
        self.calls = 0
        self.problems: list[str] = []
        self.arrived: list[str] = []
        self.handled: list[tuple[str, int]] = []
        self.mistaken: set[str] = set()
        self.lines: list[str] | None = [] if is_traced else None
        self.digest = 0
        self.processes = [Process(f"p{number}") for number in range(self.mix.processes)]

    def live(self) -> None:
        """Let the days pass, with all their trouble."""
        for process in self.processes:
            self._start(process)
            if self.mix.skew:
                self.schedule.start(self._stray(process))
        for number in range(self.mix.orders):
            self.people.begin(number)
        self.schedule.start(self.people.operate())
        self.schedule.run(self.mix.days * DAY)
        self.schedule.drop()

    def _start(self, process: Process) -> None:
        process.is_up = True
        process.service = AsyncOrderService(
            storage=SimStorage(self, process),
            payments=SimGateway(self, process),
            notifier=SimNotifier(self, process),
            clock=ProcessClock(self, process),
            policy=self.policy,
            handlers={"grant-access": SimHandler(self, process)},
            deliver="deferred" if self.mix.deferred else "inline",
        )
        self.schedule.start(self._sweep(process), process=process.name, after=self.random.random() * 5 * MINUTE)

    async def _sweep(self, process: Process) -> None:
        while True:
            wait = 6 * HOUR
            try:
                report = await process.service.run_due(limit=self.random.choice((1, 5, 100)))
                if report.remaining:
                    wait = 1.0
                elif report.next_due_at is not None:
                    ahead = (report.next_due_at - self.true_time()).total_seconds() - process.offset
                    wait = min(max(ahead, 1.0), wait)
            except OrderflowError:
                wait = 5 * MINUTE
            if self.strikes("nobody sweeps"):
                wait += self.random.choice((HOUR, DAY, 8 * DAY))
            await Sleep(wait * (1 + 0.1 * self.random.random()))

    async def _stray(self, process: Process) -> None:
        while True:
            process.offset = (2 * self.random.random() - 1) * self.mix.skew if self.random.random() < 0.7 else 0.0
            self.log(process.name, f"its clock is off by {process.offset:.0f} s")
            self.faults["clock put off"] += 1
            await Sleep(self.random.random() * self.random.choice((HOUR, 2 * DAY, 9 * DAY)))

    def true_time(self) -> datetime:
        return EPOCH + timedelta(seconds=self.schedule.now)

    def delay(self, most: float) -> float:
        return self.random.random() * most

    def storage_time(self) -> float:
        """How long a request to the storage, or its answer, is on its way."""
        return self.random.random() * (MINUTE if self.strikes("storage is slow") else 0.05)

    def call_time(self) -> float:
        """How long a request to the gateway is on its way."""
        if self.strikes("call lasts"):
            return self.random.random() * self.mix.longest_call * 0.95
        return min(self.random.random(), self.mix.longest_call / 2)

    def strikes(self, trouble: str, part: float = 1.0) -> bool:
        """Whether this goes wrong, this time."""
        rate = self.mix.rates[trouble] * part
        if self.is_calm or not rate or self.random.random() >= rate:
            return False
        self.faults[trouble] += 1
        self.log("", trouble)
        return True

    def may_end(self, process: Process) -> None:
        """Perhaps the process ends here."""
        if process.is_up and self.strikes("process ends", 0.05):
            process.is_up = False
            self.schedule.at(self.schedule.now, lambda: self.schedule.kill(process.name))
            down = self.random.random() * self.random.choice((5.0, 10 * MINUTE, DAY))
            self.schedule.at(self.schedule.now + down, lambda: self._start(process))

    def stored(self, process: Process, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What the storage does, at one moment."""
        self.calls += 1
        before = self.storage.load(args[0].id) if name == "commit" else None
        try:
            answer = getattr(self.storage, name)(*args, **kwargs)
        except OrderflowError as error:
            self.log(process.name, f"{name}: {type(error).__name__}")
            raise
        if name == "commit":
            order: Order = args[0]
            self.log(process.name, f"commit {order.id} v{order.version} {order.status.value} {_in_short(order)}")
            watch.step(self, before, order)
            self._aim(order)
        return answer

    def _aim(self, order: Order) -> None:
        """Somebody comes by at the moments at which a payment's evidence changes its meaning, or a deadline passes."""
        for attempt in order.attempts:
            if not attempt.is_unsettled or attempt.first_sent_at is None:
                continue
            turns = self._turns(attempt)
            if self.mix.aim is not None:
                self._poke_about(order, turns[self.mix.aim])
            elif self.random.random() < 0.3:
                self._poke_about(order, self.random.choice(turns))
        if order.payment_due_at is not None and self.random.random() < 0.3:
            self._poke_about(order, order.payment_due_at)

    def _turns(self, attempt: PaymentAttempt) -> tuple[datetime, ...]:
        """When an open payment's evidence changes its meaning."""
        assert attempt.first_sent_at is not None
        assert attempt.last_sent_at is not None
        call, window = timedelta(seconds=self.mix.longest_call), timedelta(seconds=self.mix.key_window)
        claim = max(self.policy.lease, call)
        arrival = max(claim, self.policy.lease / 2 + call)
        return (
            attempt.last_sent_at + self.policy.lease / 2,
            attempt.last_sent_at + claim,
            attempt.last_sent_at + self.policy.grace,
            attempt.first_sent_at + window - arrival,
            attempt.first_sent_at + window,
        )

    def _poke_about(self, order: Order, moment: datetime) -> None:
        about = (moment - EPOCH).total_seconds()
        for _ in range(2):
            then = about + self.random.gauss(0, 1) * self.random.choice((1.0, 10.0, MINUTE))
            if then > self.schedule.now:
                self.schedule.at(then, lambda: self.schedule.start(self.people.poke(order)))

    def hint(self, attempt: PaymentAttempt) -> None:
        """The gateway sends an event about a payment, sooner or later."""

        async def tell() -> None:
            with contextlib.suppress(OrderflowError, Gone):
                await self.people.call("check_payment", attempt.order_id, attempt.key)

        pause = self.random.random() * self.random.choice((2.0, HOUR, 2 * DAY))
        self.schedule.start(tell(), after=pause)

    def evidence(self, order: Order, key: str) -> Approved | Declined | type[Unsaid] | None:
        """What an operator says of a payment in review; `Unsaid` if there is nothing to say yet."""
        attempt = next(one for one in order.attempts if one.key == key)
        outcome = self.bank.truth(attempt)
        if isinstance(outcome, Declined) and attempt.code is not None:
            return None if self.is_calm else Unsaid  # a surplus whose refund was refused: begin it anew
        if outcome is not None and not isinstance(outcome, Approved | Declined):
            return Unsaid
        if not self.is_calm and self.random.random() < self.mix.wrong_evidence:
            self.mistaken.add(order.id)
            self.faults["wrong evidence"] += 1
            self.hint(attempt)  # the gateway knows better, and says so sooner or later
            return None
        return outcome

    def all_orders(self) -> list[Order]:
        page = self.storage.find(OrderQuery(include_unverified=True, limit=200))
        return [order for order in (self.storage.load(row.id) for row in page.rows) if order is not None]

    def problem(self, text: str) -> None:
        self.problems.append(f"{self.schedule.now / DAY:.4f} d: {text}")
        self.log("!", text)

    def log(self, who: str, text: str) -> None:
        """One line of what happened; the digest of all tells one run from another."""
        line = f"{self.schedule.now:14.3f} {who:4} {text}"
        self.digest = zlib.crc32(line.encode(), self.digest)
        if self.lines is not None:
            self.lines.append(line)


def _in_short(order: Order) -> str:
    return " ".join(
        f"{one.purpose.value[0]}{one.number}={one.state.value}"
        for one in order.attempts
        if one.state is not AttemptState.DECLINED
    )
