"""A shop for tests: the in-memory parts, a service over them, and short ways to get an order where it should be.

The same tests run over three services (`MODES`): the sync one, the async one with sync ports (in worker threads), and
the async one with async ports that really suspend. `Shop.orders` can be called the same way in all three.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from orderflow import (
    Actor,
    AsyncOrderService,
    Card,
    Customer,
    Fulfillment,
    Item,
    ManualClock,
    Money,
    Order,
    OrderQuery,
    OrderService,
    OrderStatus,
    ShippingAddress,
    verify_history,
)
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier

MODES = ("sync", "async over sync ports", "async over async ports")

STORE = "studio-7"
CUSTOMER = Actor.customer("m-42", "Ana")
OTHER_CUSTOMER = Actor.customer("m-43")
MERCHANT = Actor.merchant(STORE, "staff-1", "Mia")
OTHER_MERCHANT = Actor.merchant("studio-8")
OPERATOR = Actor.operator("op-1")
SYSTEM = Actor.system()

ANA = Customer(id="m-42", name="Ana", email="ana@example.com")
VIDEO = Item(name="Birthday video", unit_price=Money("120.00", "USD"), details={"For": "Sam"})
PRINT = Item(name="Signed print", unit_price=Money("35.50", "USD"), quantity=2, physical=True)
FREE = Item(name="Greeting", unit_price=Money(0, "USD"))
ADDRESS = ShippingAddress("Ana", "Rua 1", "Lisboa", "1000-001", "PT")
SHIPPED = Fulfillment.shipped(carrier="DHL", tracking_number="JD014600003828392837")


def card(token: str = "tok_good", last4: str = "4242") -> Card:
    """A card with that token."""
    return Card(token=token, brand="visa", last4=last4, exp_month=12, exp_year=2031)


class Suspending:
    """A sync port as an async one that gives way to others before and after each call."""

    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            await asyncio.sleep(0)
            answer = method(*args, **kwargs)
            await asyncio.sleep(0)
            return answer

        return call


class Driven:
    """An async service that is called like the sync one."""

    def __init__(self, service: AsyncOrderService) -> None:
        self.service = service

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.service, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            with asyncio.Runner() as runner:
                return runner.run(method(*args, **kwargs))

        return call


class Shop:
    """The in-memory parts, and a service over them in one of the `MODES`."""

    def __init__(self, mode: str = MODES[0]) -> None:
        self.mode = mode
        self.clock = ManualClock()
        self.storage = MemoryStorage()
        self.gateway = FakeGateway()
        self.notifier = RecordingNotifier()
        self.orders = self.service()

    def service(self, **changes: Any) -> Any:
        """Another service over the same parts; what is named differs. It is called like `OrderService`."""
        plugged: dict[str, Any] = {
            "storage": self.storage,
            "payments": self.gateway,
            "notifier": self.notifier,
            "clock": self.clock,
            **changes,
        }
        if self.mode == MODES[0]:
            return OrderService(**plugged)
        if self.mode == MODES[2]:
            for name in ("storage", "payments"):
                plugged[name] = Suspending(plugged[name])
            several = plugged["notifier"] if isinstance(plugged["notifier"], list) else [plugged["notifier"]]
            plugged["notifier"] = [Suspending(one) for one in several if one is not None]
        return Driven(AsyncOrderService(**plugged))

    def submit(self, *items: Item, token: str = "tok_good", **changes: Any) -> Order:
        """Submit an order of a birthday video, unless told otherwise."""
        request: dict[str, Any] = {
            "store_id": STORE,
            "customer": ANA,
            "items": list(items) or [VIDEO],
            "card": card(token),
            "shipping_address": ADDRESS if any(item.physical for item in items) else None,
            **changes,
        }
        order: Order = self.orders.submit(**request)
        return order

    def order_in(self, status: OrderStatus | str, *items: Item) -> Order:
        """A new order that has come to be in a status, as its merchant sees it."""
        return self.get(getattr(self, f"_{OrderStatus(status).value}")(*items))

    def _received(self, *items: Item) -> str:
        return self.submit(*items).id

    def _accepted(self, *items: Item) -> str:
        return self._after(self._received(*items), "accept", by=MERCHANT)

    def _declined(self, *items: Item) -> str:
        return self._after(self._received(*items), "decline", by=MERCHANT, reason="fully booked")

    def _canceled(self, *items: Item) -> str:
        return self._after(self._received(*items), "cancel", by=CUSTOMER)

    def _pending_payment(self, *items: Item) -> str:
        self.gateway.decline_next("charge", "insufficient_funds")
        return self._accepted(*items)

    def _expired(self, *items: Item) -> str:
        order_id = self._pending_payment(*items)
        self.clock.advance(days=7)
        self.orders.run_due()
        return order_id

    def _completed(self, *items: Item) -> str:
        return self._after(self._accepted(*items), "complete", by=MERCHANT, fulfillment=SHIPPED)

    def _after(self, order_id: str, command: str, **arguments: Any) -> str:
        getattr(self.orders, command)(order_id, **arguments)
        return order_id

    def get(self, order_id: str) -> Order:
        """The order as its merchant sees it, held against its timeline."""
        order: Order = self.orders.get(order_id, by=OPERATOR)
        verify_history(order)
        return order

    def purposes(self) -> list[str]:
        """What moved at the gateway, in order."""
        return [entry.purpose.value for entry in self.gateway.ledger]

    def state(self) -> tuple[object, ...]:
        """Everything that a refused command must leave as it was."""
        page = self.orders.find(OrderQuery(include_unverified=True, limit=200), by=OPERATOR)
        orders = [self.orders.get(row.id, by=OPERATOR) for row in page.rows]
        messages = [self.orders.messages(order.id, by=OPERATOR) for order in orders]
        return (orders, messages, self.gateway.ledger, self.notifier.sent)

    def told(self, order_id: str) -> list[tuple[str, str, str]]:
        """(audience, channel, kind) of every message about an order, in the order of its events."""
        states = self.orders.messages(order_id, by=OPERATOR)
        return [(m.message.audience, m.message.channel, m.message.kind) for m in states if m.message is not None]


def kinds(order: Order) -> list[str]:
    """The kinds of an order's events."""
    return [event.kind.value for event in order.timeline]


def data_of(order: Order, kind: str) -> Mapping[str, str]:
    """The data of the last event of a kind."""
    return [event.data for event in order.timeline if event.kind == kind][-1]
