"""Where a scenario plays: one order in one shop, whose ports can all be seen as one port that goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from orderflow import Event, Item, ManualClock, Money, Order, OrderService, PaymentAttempt, Policy
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier
from orderflow.ports import Storage
from orderflow.testing import Faulty
from shops import ANA, CUSTOMER, MERCHANT, OPERATOR, STORE, VIDEO, card

__all__ = ["ORDER", "TWENTY", "MakeStorage", "Ports", "Stage"]

ORDER: Final = "order-1"
TWENTY: Final = Money("20.00", "USD")

MakeStorage = Callable[[], Storage]


class Stage:
    """The in-memory parts, a storage, and services over them.

    Args:
        make_storage: Makes a storage that holds nothing yet.
        policy: What the shop has decided.
        has_handler: Whether events are owed to a handler, too.

    Attributes:
        orders: A service over the sound ports.
        handled: The events that the handler was called with, in order.
        is_handler_down: Whether the handler fails.
        before_time_passes: Called with a moment before the clock moves there.
    """

    def __init__(
        self, make_storage: MakeStorage = MemoryStorage, policy: Policy | None = None, *, has_handler: bool = False
    ) -> None:
        self.clock = ManualClock()
        self.storage = make_storage()
        self.gateway = FakeGateway(self.clock)
        self.notifier = RecordingNotifier()
        self.policy = policy if policy is not None else Policy()
        self.has_handler = has_handler
        self.handled: list[int] = []
        self.is_handler_down = False
        self.before_time_passes: Callable[[datetime], None] = lambda moment: None
        self.orders = self.service()

    def service(self, faulty: Faulty | None = None) -> OrderService:
        """A service over the sound ports, or over `Ports` behind faults: another process over the same parts."""
        ports: Any = {"storage": self.storage, "payments": self.gateway, "notifier": self.notifier}
        handle: Callable[[Event, Order], object] = self.handle
        if faulty is not None:
            ports = {name: _One(faulty, name) for name in ports}
            handle = getattr(faulty, "handler.handle")
        handlers = {"grant-access": handle} if self.has_handler else {}
        return OrderService(**ports, clock=self.clock, policy=self.policy, handlers=handlers)

    def handle(self, event: Event, order: Order) -> None:
        """The host's own reaction to an event."""
        if self.is_handler_down:
            raise ConnectionError("the handler is down")
        self.handled.append(event.seq)

    def close(self) -> None:
        """Let the storage go, if it holds on to something."""
        close = getattr(self.storage, "close", None)
        if close is not None:
            close()

    def submit(self, token: str = "tok_good", item: Item = VIDEO) -> None:
        """The order is submitted."""
        self.orders.submit(store_id=STORE, customer=ANA, items=[item], card=card(token), order_id=ORDER)

    def accept(self) -> None:
        """The order is accepted."""
        self.orders.accept(ORDER, by=MERCHANT)

    def cancel(self) -> None:
        """The order is canceled."""
        self.orders.cancel(ORDER, by=CUSTOMER)

    def order(self) -> Order:
        """The order as an operator sees it."""
        return self.orders.get(ORDER, by=OPERATOR)

    def attempt(self, purpose: str, number: int = 1) -> PaymentAttempt:
        """One of the order's attempts."""
        return next(one for one in self.order().attempts if one.purpose == purpose and one.number == number)

    def wait(self, span: timedelta = timedelta(0), **more: float) -> None:
        """Time passes, and nobody sweeps."""
        self.pass_to(self.clock.now() + span + timedelta(**more))

    def pass_to(self, moment: datetime) -> None:
        """Time passes until a moment, unless it is over."""
        self.before_time_passes(moment)
        self.clock.set(max(self.clock.now(), moment))


class Ports:
    """All ports as one, so that one plan counts the calls of all: its methods are `storage.commit`, `payments.find` ...

    Args:
        stage: Whose ports.

    Attributes:
        is_landing: Whether calls come from requests that are late, to whose errors nobody listens.
    """

    def __init__(self, stage: Stage) -> None:
        self.is_landing = False
        self._ports = {
            "storage": stage.storage,
            "payments": stage.gateway,
            "notifier": stage.notifier,
            "handler": stage,
        }

    def __getattr__(self, name: str) -> Any:
        port, _, method = name.partition(".")
        found = getattr(self._ports[port], method)
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            try:
                return found(*args, **kwargs)
            except Exception:
                if not self.is_landing:
                    raise

        return call


class _One:
    """One of the `Ports` behind faults, as a service wants it."""

    def __init__(self, faulty: Faulty, name: str) -> None:
        self._faulty = faulty
        self._name = name

    def __getattr__(self, method: str) -> Any:
        return getattr(self._faulty, f"{self._name}.{method}")
