"""What a decision of the lifecycle costs, side by side with a hand-written floor and a machine per order.

Run it with `uv run benchmarks/decisions.py`. Every contestant leads orders through the same steps, in interleaved
rounds:
received, charge declined, pending payment, charge approved, accepted, completed. A ratio is formed inside each round;
what is printed is the median over the rounds, with the tenth and the ninetieth percentile. The floor only looks up a
dict; `orderflow` asks who may do it, runs the guards and can say why not.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import attrs
from transitions import Machine

from orderflow import Actor, Card, Customer, Item, ManualClock, Money, OrderService, OrderStatus
from orderflow.adapters.memory import FakeGateway, MemoryStorage
from orderflow.command import Command
from orderflow.lifecycle import Fact, decide, destination

ROUNDS, LIVES = 15, 2_000
FLOOR = {
    ("received", "declined"): "pending_payment",
    ("pending_payment", "approved"): "accepted",
    ("accepted", "complete"): "completed",
}


def floor() -> None:
    status = "received"
    for trigger in ("declined", "approved", "complete"):
        status = FLOOR[status, trigger]
    assert status == "completed"


class Peer:
    """An order with a machine of its own, as tutorials show it."""

    def __init__(self) -> None:
        self.machine = Machine(
            model=self,
            states=["received", "pending_payment", "accepted", "completed"],
            initial="received",
            transitions=[
                {"trigger": trigger, "source": source, "dest": target} for (source, trigger), target in FLOOR.items()
            ],
            auto_transitions=False,
        )


def machine_per_order() -> None:
    peer: Any = Peer()
    for trigger in ("declined", "approved", "complete"):
        peer.trigger(trigger)
    assert peer.state == "completed"


def ours() -> Callable[[], None]:
    clock, merchant = ManualClock(), Actor.merchant("s")
    orders = OrderService(storage=MemoryStorage(), payments=FakeGateway(), clock=clock)
    received = orders.submit(
        store_id="s",
        customer=Customer("c", "Ana", "ana@example.com"),
        items=[Item("Video", Money("1.00", "USD"))],
        card=Card("tok_1", "visa", "4242", 1, 2030),
    )
    pending = attrs.evolve(received, status=OrderStatus.PENDING_PAYMENT)
    accepted = orders.accept(received.id, by=merchant)
    now = clock.now()

    def live() -> None:
        decide(Command.ACCEPT, received, merchant, now)
        assert destination(Fact.CHARGE_DECLINED, received, now) == "pending_payment"
        assert destination(Fact.CHARGE_APPROVED, pending, now) == "accepted"
        assert decide(Command.COMPLETE, accepted, merchant, now) == "completed"

    return live


def timed(live: Callable[[], None]) -> float:
    began = time.perf_counter()
    for _ in range(LIVES):
        live()
    return (time.perf_counter() - began) / LIVES


def main() -> None:
    contestants = {"orderflow's lifecycle": ours(), "transitions, a machine per order": machine_per_order}
    ratios: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        base = timed(floor)
        for name, live in contestants.items():
            ratios[name].append(timed(live) / base)
    print(f"{'contestant':<34} {'x floor':>8}  [p10 p90]")
    for name, told in ratios.items():
        tenths = statistics.quantiles(told, n=10)
        print(f"{name:<34} {statistics.median(told):>8.1f}  [{tenths[0]:.1f} {tenths[-1]:.1f}]")


if __name__ == "__main__":
    main()
