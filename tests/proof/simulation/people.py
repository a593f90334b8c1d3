"""Who asks for what: customers, merchants and operators, each with a story of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from orderflow import (
    Actor,
    AttemptState,
    Card,
    CardDeclined,
    ConcurrentUpdate,
    Customer,
    Fulfillment,
    InvalidTransition,
    Item,
    Money,
    Order,
    OrderflowError,
    OrderStatus,
    PaymentUnavailable,
    StorageError,
)
from proof.simulation.mix import DAY, HOUR, MINUTE
from proof.simulation.schedule import Ask, Gone, Sleep

if TYPE_CHECKING:
    from proof.simulation.world import World

STORE = "studio-7"
MERCHANT = Actor.merchant(STORE, "staff-1")
OPERATOR = Actor.operator("op-1")
FULFILLED = Fulfillment.shipped(carrier="DHL", tracking_number="JD014600003828392837")
_AGAIN = (StorageError, ConcurrentUpdate, PaymentUnavailable)


@attrs.define
class Wish:
    """Something that someone asked for once, however often the request had to be made.

    Attributes:
        order_id: Of which order.
        method: What was asked for.
        mark: A text that is found in what it did, and in nothing else.
        is_granted: Whether the asker was told that it is done.
        is_refused: Whether the asker was told that it can't be done, at the first and only request.
    """

    order_id: str
    method: str
    mark: str
    is_granted: bool = False
    is_refused: bool = False


class People:
    """Everyone who uses the shop."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.wishes: list[Wish] = []

    def begin(self, number: int) -> None:
        """Somebody will order something, and things take their course."""
        world, order_id = self._world, f"ord-{number}"
        start = world.random.random() * min(2.0, world.mix.days / 2) * DAY
        world.schedule.start(self._customer(order_id, start))
        world.schedule.start(self._merchant(order_id, start))

    async def _customer(self, order_id: str, start: float) -> None:
        world = self._world
        await Sleep(start)
        if not await self._submit(order_id):
            return
        customer = Actor.customer(f"c-{order_id}")
        for _ in range(world.random.randrange(5)):
            await self._pause()
            if world.random.random() < 0.15:
                await self._ask(order_id, "cancel", by=customer, reason=self._mark())
            else:
                card = _card("tok_other") if world.random.random() < 0.4 else None
                await self._ask(order_id, "retry_payment", by=customer, card=card)

    async def _merchant(self, order_id: str, start: float) -> None:
        world = self._world
        await Sleep(start + world.random.random() ** 2 * 2 * DAY)
        for turn in range(world.random.randrange(2, 8)):
            chance = world.random.random() * (0.6 if turn < 2 else 1.0)
            if chance < 0.55:
                await self._accept(order_id)
            elif chance < 0.6:
                await self._ask(order_id, "decline", by=MERCHANT, reason=self._mark())
            elif chance < 0.7:
                await self._ask(order_id, "complete", by=MERCHANT, fulfillment=Fulfillment.handed_over(self._mark()))
            elif chance < 0.85:
                amount = Money("40.00", "USD") if world.random.random() < 0.6 else None
                await self._ask(order_id, "refund", by=MERCHANT, amount=amount, reason=self._mark())
            else:
                await self._ask(order_id, "add_note", by=MERCHANT, text=self._mark())
            await self._pause()

    async def _accept(self, order_id: str) -> None:
        world = self._world
        if world.random.random() < 0.4:  # someone else clicks, too
            pause = world.random.random() * world.random.choice((0.2, 5.0, 5 * MINUTE))
            world.schedule.start(self._ask(order_id, "accept", by=MERCHANT), after=pause)
        await self._ask(order_id, "accept", by=MERCHANT)

    async def _submit(self, order_id: str) -> bool:
        world = self._world
        request: dict[str, Any] = {
            "store_id": STORE,
            "customer": Customer(id=f"c-{order_id}", name="Ana", email="ana@example.com"),
            "items": [Item(name="Birthday video", unit_price=Money("120.00", "USD"))],
            "card": _card("tok_good"),
            "order_id": order_id,
        }
        for _ in range(4):
            try:
                await self.call("submit", **request)
            except CardDeclined:
                return False
            except (OrderflowError, Gone):
                await Sleep(world.random.random() * 10 * MINUTE)
                continue
            self.wishes.append(Wish(order_id, "submit", "", is_granted=True))
            return True
        return True  # perhaps it is there

    async def _ask(self, order_id: str, method: str, **arguments: Any) -> None:
        """Ask for something once, with patience and one key, or without either."""
        world = self._world
        mark = str(arguments.get("reason") or arguments.get("text") or _noted(arguments) or "")
        if world.random.random() < 0.1:  # someone else is at it, too
            note = self._ask(order_id, "add_note", by=MERCHANT, text=self._mark())
            world.schedule.start(note, after=world.random.random() * world.random.choice((0.2, 2.0, MINUTE)))
        wish = Wish(order_id, method, mark)
        self.wishes.append(wish)
        if world.random.random() < 0.3:
            try:
                await self.call(method, order_id, **arguments)
                wish.is_granted = True
            except InvalidTransition:
                wish.is_refused = True
            except (OrderflowError, Gone):
                pass
            return
        key = self._mark()
        for _ in range(4):
            try:
                await self.call(method, order_id, idempotency_key=key, **arguments)
            except (*_AGAIN, Gone):
                await Sleep(world.random.random() * world.random.choice((MINUTE, HOUR)))
                continue
            except OrderflowError:
                return
            wish.is_granted = True
            return

    async def call(self, method: str, *args: Any, **arguments: Any) -> Any:
        """Call the service of some process that is up."""
        process = self._world.random.choice(self._world.processes)
        if not process.is_up:
            raise Gone(process.name)
        return await Ask(process.name, lambda: getattr(process.service, method)(*args, **arguments))

    async def poke(self, order: Order) -> None:
        """Someone happens to come by just now."""
        by, merchant = Actor.customer(order.customer.id), MERCHANT
        pokes: tuple[Callable[[], Any], ...] = (
            lambda: self.call("run_due", limit=20),
            lambda: self.call("run_due", limit=20),
            lambda: self._ask(order.id, "accept", by=merchant),
            lambda: self._ask(order.id, "add_note", by=merchant, text=self._mark()),
            lambda: self._ask(order.id, "accept", by=merchant),
            lambda: self._ask(order.id, "retry_payment", by=by),
            lambda: self._ask(order.id, "retry_payment", by=by),
            lambda: self._closing(order, by),
            lambda: self.call("check_payment", order.id),
        )
        with contextlib.suppress(OrderflowError, Gone):
            await self._world.random.choice(pokes)()

    async def _closing(self, order: Order, by: Actor) -> None:
        method = "cancel" if self._world.random.random() < 0.3 else "retry_payment"
        await self._ask(order.id, method, by=by, **({"reason": self._mark()} if method == "cancel" else {}))

    async def operate(self) -> None:
        """Operators look at what needs review, and say what the gateway's own pages tell; or are mistaken."""
        world = self._world
        while True:
            await Sleep((0.2 + world.random.random()) * DAY)
            for order in world.all_orders():
                for attempt in order.attempts:
                    if attempt.state is AttemptState.REVIEW:
                        await self._resolve(order, attempt.key)

    async def _resolve(self, order: Order, key: str) -> None:
        world = self._world
        outcome = world.evidence(order, key)
        if not isinstance(outcome, type):
            with contextlib.suppress(OrderflowError, Gone):
                await self.call("resolve_payment", order.id, by=OPERATOR, key=key, outcome=outcome, evidence="seen")

    def _mark(self) -> str:
        return f"wish {len(self.wishes)} {self._world.random.randrange(10**9)}"

    async def _pause(self) -> None:
        chance = self._world.random
        await Sleep(chance.random() * chance.choice((1.0, 5 * MINUTE, HOUR, 12 * HOUR, 5 * DAY)))


def is_there(order: Order, wish: Wish) -> int:
    """How often a wish has come true in an order."""
    if wish.method == "add_note":
        return sum(note.text == wish.mark for note in order.notes)
    if wish.method == "refund":
        return sum(event.data.get("reason") == wish.mark for event in order.timeline) - _absent_refunds(order, wish)
    if wish.method == "complete":
        return int(order.fulfillment is not None and order.fulfillment.note == wish.mark)
    if wish.method in ("decline", "cancel"):
        return int(order.reason == wish.mark)
    return int(wish.method == "submit" or order.status is not OrderStatus.RECEIVED)


def _absent_refunds(order: Order, wish: Wish) -> int:
    begun = [event.data["number"] for event in order.timeline if event.data.get("reason") == wish.mark]
    return sum(
        attempt.purpose == "refund" and attempt.state is AttemptState.ABSENT and str(attempt.number) in begun
        for attempt in order.attempts
    )


def _noted(arguments: dict[str, Any]) -> str:
    fulfillment = arguments.get("fulfillment")
    return fulfillment.note if fulfillment is not None else ""


def _card(token: str) -> Card:
    return Card(token=token, brand="visa", last4="4242", exp_month=12, exp_year=2031)
