"""The end of a run: trouble stops, the sweep comes by, and everything is held against the truth."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import timedelta
from typing import Final

import attrs

from orderflow import (
    AttemptState,
    DeliveryState,
    EventKind,
    ManualClock,
    Order,
    OrderflowError,
    OrderService,
)
from orderflow.adapters.memory import MemoryStorage, RecordingNotifier
from orderflow.testing import audit
from proof.simulation.mix import DAY
from proof.simulation.people import OPERATOR, Wish, is_there
from proof.simulation.world import World
from proof.stage import MakeStorage

#: How often the sweep must come by, at most, until all is quiet.
MOST_SWEEPS: Final = 12
_CUSTOMER: Final = {("customer", "in_app"), ("customer", "email")}
_BOTH: Final = {*_CUSTOMER, ("merchant", "in_app"), ("merchant", "email"), ("merchant", "webhook")}


@attrs.frozen(kw_only=True)
class Run:
    """What a run came to."""

    kind: str
    seed: int
    days: float
    calls: int
    faults: Counter[str]
    events: Counter[str]
    stalls: int
    sweeps: int
    digest: int
    problems: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def replay(self) -> str:
        """The command that runs it again, and tells it line by line."""
        return f'uv run scripts/prove.py --replay "{self.kind}" {self.seed}'


def run(kind: str, seed: int, *, is_traced: bool = False, make_storage: MakeStorage = MemoryStorage) -> Run:
    """Simulate one world to its end."""
    world = World(kind, seed, is_traced=is_traced, make_storage=make_storage)
    world.live()
    sweeps = _quiet(world)
    _judge(world)
    return Run(
        kind=kind,
        seed=seed,
        days=world.mix.days,
        calls=world.calls,
        faults=world.faults,
        events=Counter(event.kind.value for order in world.all_orders() for event in order.timeline),
        stalls=world.schedule.stalls,
        sweeps=sweeps,
        digest=world.digest,
        problems=tuple(world.problems),
        lines=tuple(world.lines or ()),
    )


def _quiet(world: World) -> int:
    """Faults are off; a new process sweeps as time passes, operators tell the truth, the gateway's events arrive."""
    world.is_calm = True
    clock = ManualClock(world.true_time() + timedelta(days=4))
    notifier = RecordingNotifier()
    orders = OrderService(
        storage=world.storage,
        payments=world.bank.fake,
        notifier=notifier,
        clock=clock,
        policy=world.policy,
        handlers={"grant-access": lambda event, order: world.handled.append((order.id, event.seq))},
    )
    world.schedule.run(world.schedule.now + 4 * DAY)
    world.bank.fake.idempotency_window = timedelta(days=30_000)
    world.bank.finish_everything()
    for order in world.all_orders():
        for attempt in order.attempts:
            with contextlib.suppress(OrderflowError):
                orders.check_payment(order.id, attempt.key)
    sweeps = 0
    while sweeps < MOST_SWEEPS + 1 and any(_is_busy(orders, order) for order in world.all_orders()):
        for order in world.all_orders():
            _resolve(world, orders, order)
        report = orders.run_due()
        sweeps += 1
        if report.next_due_at is not None and not report.remaining:
            clock.set(max(clock.now(), report.next_due_at))
    if sweeps > MOST_SWEEPS:
        world.problem("it does not come to rest")
    world.arrived.extend(message.id for message in notifier.sent)
    return sweeps


def _resolve(world: World, orders: OrderService, order: Order) -> None:
    for attempt in order.attempts:
        if attempt.state is AttemptState.REVIEW:
            outcome = world.evidence(order, attempt.key)
            assert not isinstance(outcome, type)
            with contextlib.suppress(OrderflowError):
                orders.resolve_payment(
                    order.id, by=OPERATOR, key=attempt.key, outcome=outcome, evidence="the gateway's own pages"
                )


def _is_busy(orders: OrderService, order: Order) -> bool:
    return any(attempt.is_unsettled for attempt in order.attempts) or any(
        state.state is DeliveryState.WAITING for state in orders.messages(order.id, by=OPERATOR)
    )


def _judge(world: World) -> None:
    orders = {order.id: order for order in world.all_orders()}
    for order in orders.values():
        try:
            audit(order, world.bank.fake.ledger)
        except AssertionError as error:
            world.problem(str(error))
        _judge_messages(world, order)
        _judge_handling(world, order)
    for one in world.bank.fake.ledger:
        if one.order_id not in orders:
            world.problem(f"money moved for no order: {one}")
    for order_id in world.bank.charged_twice:
        if order_id not in world.mistaken:
            world.problem(f"order {order_id} was charged twice at a time")
    for wish in world.people.wishes:
        _judge_wish(world, wish, orders.get(wish.order_id))


def _judge_wish(world: World, wish: Wish, order: Order | None) -> None:
    if order is None:
        if wish.is_granted:
            world.problem(f"order {wish.order_id} is lost")
        return
    times = is_there(order, wish) if wish.mark else 1
    if times > 1:
        world.problem(f"{wish.method} on {order.id} came true {times} times")
    if wish.mark and wish.is_refused and times:
        world.problem(f"{wish.method} on {order.id} was refused, and came true")
    if wish.is_granted and not times and wish.method != "refund":  # which may have been found absent since
        world.problem(f"{wish.method} on {order.id} was granted, and is not there")


def _judge_messages(world: World, order: Order) -> None:
    states = world.storage.messages(order.id)
    arrived = set(world.arrived)
    for event in order.timeline:
        if event.to_status is None:
            continue
        told = sorted(
            (state.message.audience.value, state.message.channel.value)
            for state in states
            if state.seq == event.seq and state.message is not None
        )
        if told != sorted(_CUSTOMER if not order.verified else _BOTH):
            world.problem(f"{event.kind} of {order.id} told {told}")
        if event.kind is EventKind.PAYMENT_ABSENT and order.verified:
            world.problem(f"{order.id} changed its status by an absence")
    for state in states:
        if state.state is DeliveryState.DELIVERED and state.route in ("email", "webhook") and state.id not in arrived:
            world.problem(f"{state.id} is on the books as delivered, and never arrived")


def _judge_handling(world: World, order: Order) -> None:
    handled = [seq for order_id, seq in world.handled if order_id == order.id]
    for state in world.storage.messages(order.id):
        if state.state is DeliveryState.DELIVERED and state.route == "grant-access" and state.seq not in handled:
            world.problem(f"{state.id} is on the books as handled, and never was")
    firsts = list(dict.fromkeys(handled))
    if firsts != sorted(firsts):
        world.problem(f"the handler of {order.id} was called out of order: {firsts}")
