"""The parts that a simulated process plugs in: every call takes time, and goes wrong as the seed has drawn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from orderflow import Channel, Event, Message, Order, PaymentAttempt
from orderflow.ports import Outcome, Storage, Undeliverable
from proof.simulation.schedule import Sleep

if TYPE_CHECKING:
    from proof.simulation.world import Process, World


STORAGE_METHODS = tuple(name for name in vars(Storage) if not name.startswith("_"))


class ProcessClock:
    """The clock of one process: it may be off, and be put right or wrong anew."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    def now(self) -> datetime:
        return self._world.true_time() + timedelta(seconds=self._process.offset)


class SimStorage:
    """The one storage, as a process reaches it."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    async def _ask(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        world = self._world
        world.may_end(self._process)
        await Sleep(world.storage_time())
        if world.strikes("storage fails"):
            raise ConnectionError
        answer = world.stored(self._process, name, args, kwargs)
        lost = world.strikes("acknowledgement lost")
        world.may_end(self._process)
        await Sleep(world.storage_time())
        if lost:
            raise ConnectionError
        return answer


def _stored(name: str) -> Callable[..., Awaitable[Any]]:
    async def call(self: SimStorage, *args: Any, **kwargs: Any) -> Any:
        return await self._ask(name, args, kwargs)

    return call


for _name in STORAGE_METHODS:
    setattr(SimStorage, _name, _stored(_name))


class SimGateway:
    """The one gateway, as a process reaches it: what is on its way arrives, whatever becomes of the process."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process
        self.idempotency_window = timedelta(seconds=world.mix.key_window)
        self.conclusive_lookup = world.mix.conclusive
        self.longest_call = timedelta(seconds=world.mix.longest_call)

    async def authorize(self, attempt: PaymentAttempt) -> Outcome:
        return await self._send("authorize", attempt)

    async def charge(self, attempt: PaymentAttempt) -> Outcome:
        return await self._send("charge", attempt)

    async def void(self, attempt: PaymentAttempt) -> Outcome:
        return await self._send("void", attempt)

    async def refund(self, attempt: PaymentAttempt) -> Outcome:
        return await self._send("refund", attempt)

    async def find(self, attempt: PaymentAttempt) -> Outcome | None:
        world = self._world
        world.may_end(self._process)
        await Sleep(world.call_time())
        if world.bank.is_down() or world.strikes("look-up fails"):
            raise ConnectionError
        found = world.bank.seen(attempt)
        await Sleep(world.delay(0.3))
        return found

    async def _send(self, method: str, attempt: PaymentAttempt) -> Outcome:
        world, longest = self._world, self._world.mix.longest_call
        world.may_end(self._process)
        if world.bank.is_down() or world.strikes("gateway fails"):
            await Sleep(world.delay(1.0))
            raise ConnectionError
        if world.strikes("gateway times out"):
            await Sleep(longest)
            raise TimeoutError
        if world.strikes("effect comes late"):
            patience = world.random.random() * longest
            arrival = patience + world.random.random() * (world.mix.latest_effect - patience)
            world.schedule.at(world.schedule.now + arrival, lambda: world.bank.land(method, attempt))
            await Sleep(patience)
            raise TimeoutError
        box: list[Outcome] = []
        arrival = world.call_time()
        world.schedule.at(world.schedule.now + arrival, lambda: box.append(world.bank.land(method, attempt)))
        lost = world.strikes("answer lost")
        world.may_end(self._process)
        await Sleep(arrival)
        await Sleep(world.delay(0.2))
        if lost or not box:
            raise TimeoutError
        return box[0]


class SimNotifier:
    """The way to people's mailboxes and endpoints, as a process reaches it."""

    channels = frozenset({Channel.EMAIL, Channel.WEBHOOK})

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    async def send(self, message: Message) -> None:
        world = self._world
        world.may_end(self._process)
        await Sleep(world.delay(2.0))
        if world.strikes("notifier fails"):
            raise Undeliverable if world.random.random() < 0.02 else ConnectionError
        world.arrived.append(message.id)
        if world.strikes("notifier forgets to answer"):
            raise TimeoutError


class SimHandler:
    """The host's own reaction to events."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    async def __call__(self, event: Event, order: Order) -> None:
        world = self._world
        world.may_end(self._process)
        await Sleep(world.delay(1.0))
        if world.strikes("handler fails"):
            raise ZeroDivisionError
        world.handled.append((order.id, event.seq))
