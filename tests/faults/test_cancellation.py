"""An async command that is cancelled at any of its awaits leaves what is open to the sweep."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from faults.books import audit
from orderflow import AsyncOrderService, Money, OrderflowError, PaymentAttempt
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import Outcome
from shops import ANA, CUSTOMER, MERCHANT, MODES, SHIPPED, STORE, VIDEO, Shop, Suspending, card

Command = Callable[[AsyncOrderService, str], Awaitable[object]]

COMMANDS: dict[str, tuple[str, Command]] = {
    "submit": (
        "",
        lambda orders, order_id: orders.submit(
            store_id=STORE, customer=ANA, items=[VIDEO], card=card(), order_id="new"
        ),
    ),
    "submit with a refused card": (
        "",
        lambda orders, order_id: orders.submit(
            store_id=STORE, customer=ANA, items=[VIDEO], card=card("tok_decline_lost"), order_id="new"
        ),
    ),
    "accept": ("received", lambda orders, order_id: orders.accept(order_id, by=MERCHANT, idempotency_key="k")),
    "decline": ("received", lambda orders, order_id: orders.decline(order_id, by=MERCHANT)),
    "cancel": ("received", lambda orders, order_id: orders.cancel(order_id, by=CUSTOMER)),
    "retry": (
        "pending_payment",
        lambda orders, order_id: orders.retry_payment(order_id, by=CUSTOMER, card=card("tok_new")),
    ),
    "retry with a declined charge": (
        "pending_payment",
        lambda orders, order_id: orders.retry_payment(order_id, by=CUSTOMER, card=card("tok_decline_lost")),
    ),
    "complete": ("accepted", lambda orders, order_id: orders.complete(order_id, by=MERCHANT, fulfillment=SHIPPED)),
    "refund": ("accepted", lambda orders, order_id: orders.refund(order_id, by=MERCHANT, amount=Money(20, "USD"))),
    "note": ("received", lambda orders, order_id: orders.add_note(order_id, by=MERCHANT, text="x")),
    "sweep": ("pending_payment", lambda orders, order_id: orders.run_due()),
}


async def cancelled_after(steps: int, command: Awaitable[object]) -> bool:
    """Whether the command was cancelled after so many turns of the loop, before it came to its end."""
    task = asyncio.ensure_future(command)
    for _ in range(steps):
        await asyncio.sleep(0)
    done = task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    if not done:
        return True
    if task.exception() is not None:
        assert isinstance(task.exception(), OrderflowError)
    return False


def _service(shop: Shop) -> AsyncOrderService:
    ports: dict[str, Any] = {
        "storage": Suspending(shop.storage),
        "payments": Suspending(shop.gateway),
        "notifier": Suspending(shop.notifier),
    }
    return AsyncOrderService(clock=shop.clock, **ports)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_cancelled_at_any_await_leaves_the_books_right(name: str) -> None:
    status, command = COMMANDS[name]
    steps = 0
    cancelled = True
    while cancelled:
        shop = Shop()
        shop.gateway = FakeGateway(shop.clock)
        shop.orders = shop.service()
        order_id = shop.order_in(status).id if status else ""
        if name == "sweep":
            shop.clock.advance(days=7)
        with asyncio.Runner() as runner:
            cancelled = runner.run(cancelled_after(steps, command(_service(shop), order_id)))
        audit(shop)
        for purpose in ("verification", "charge"):
            assert shop.purposes().count(purpose) <= 1
        steps += 1
    assert steps >= 8  # it was cancelled at more than one port's call


class Slow(FakeGateway):
    """A gateway whose charge arrives when it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.called = threading.Event()
        self.let_go = threading.Event()

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        self.called.set()
        assert self.let_go.wait(timeout=60)
        return super().charge(attempt)


def test_a_charge_in_a_worker_thread_that_arrives_after_its_command_was_cancelled_is_found() -> None:
    shop = Shop(MODES[1])
    shop.gateway = gateway = Slow()
    shop.orders = shop.service()
    order_id = shop.submit().id
    orders = AsyncOrderService(storage=shop.storage, payments=gateway, notifier=shop.notifier, clock=shop.clock)

    async def leave() -> None:
        task = asyncio.ensure_future(orders.accept(order_id, by=MERCHANT))
        await asyncio.to_thread(gateway.called.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await orders.get(order_id, by=MERCHANT)).payment_in_progress
        gateway.let_go.set()

    asyncio.run(leave())  # it waits for the worker threads
    audit(shop)
    assert shop.get(order_id).status == "accepted"
    assert shop.purposes().count("charge") == 1


def test_tasks_that_accept_and_cancel_at_once_move_each_order_once() -> None:
    shop = Shop(MODES[2])
    ids = [shop.submit().id for _ in range(20)]
    service = _service(shop)

    async def race() -> list[Any]:
        tasks = [
            one
            for order_id in ids
            for _ in range(4)
            for one in (service.accept(order_id, by=MERCHANT), service.cancel(order_id, by=CUSTOMER))
        ]
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = asyncio.run(race())
    lost = [one for one in results if isinstance(one, BaseException)]
    assert all(isinstance(error, OrderflowError) for error in lost)
    assert len(results) - len(lost) == len(ids)
    audit(shop)
