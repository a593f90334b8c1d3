"""What a service is made of is looked at once, when it is made: junk is refused there, and not by the first order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from orderflow import AsyncOrderService, Channel, OrderflowError, OrderService, Policy, ValidationError
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier
from shops import MERCHANT, Shop, Suspending


class Portless:
    """Has nothing of any port."""


class SomeAsync:
    """A notifier whose `send` is sync, on a gateway's methods of which one is async."""

    async def authorize(self, attempt: object) -> None: ...
    def charge(self, attempt: object) -> None: ...
    def void(self, attempt: object) -> None: ...
    def refund(self, attempt: object) -> None: ...
    def find(self, attempt: object) -> None: ...


class Deaf:
    """A notifier without channels."""

    def send(self, message: object) -> None: ...


class NaiveClock:
    def now(self) -> datetime:
        return datetime(2026, 1, 5)


class NoClock:
    now = 5


class AsyncClock:
    async def now(self) -> datetime:
        return datetime(2026, 1, 5)


class BrokenClock:
    def now(self) -> datetime:
        raise RuntimeError("secret")


def gateway(**changes: Any) -> Any:
    made = FakeGateway()
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def notifier(channels: Any) -> Any:
    made = Deaf()
    made.channels = channels  # type: ignore[attr-defined]
    return made


JUNK_PORTS: Final[list[tuple[str, Callable[[], Any]]]] = [
    ("storage", lambda: None),
    ("storage", Portless),
    ("storage", lambda: "shop.db"),
    ("payments", lambda: None),
    ("payments", Portless),
    ("payments", SomeAsync),
    ("payments", lambda: gateway(idempotency_window=86400)),
    ("payments", lambda: gateway(longest_call=None)),
    ("payments", lambda: gateway(conclusive_lookup=1)),
    ("notifier", Portless),
    ("notifier", Deaf),
    ("notifier", lambda: ""),
    ("notifier", lambda: "mail"),
    ("notifier", lambda: b""),
    ("notifier", lambda: 5),
    ("notifier", lambda: [None]),
    ("notifier", lambda: notifier(["email"])),
    ("notifier", lambda: notifier(frozenset({"pigeon"}))),
    ("notifier", lambda: notifier(frozenset({"in_app"}))),
    ("notifier", lambda: [notifier(frozenset({"email"})), notifier(frozenset({"email"}))]),
    ("clock", lambda: 5),
    ("clock", Portless),
    ("clock", NaiveClock),
    ("clock", NoClock),
    ("clock", lambda: datetime(2026, 1, 5)),
    ("policy", lambda: None),
    ("policy", dict),
    ("handlers", lambda: [print]),
    ("handlers", lambda: {"": print}),
    ("handlers", lambda: {5: print}),
    ("handlers", lambda: {"email": print}),
    ("handlers", lambda: {"grant": 5}),
    ("texts", lambda: "hello"),
    ("order_url", lambda: "https://example.com"),
    ("new_id", lambda: "ord-1"),
    ("deliver", lambda: "later"),
    ("deliver", list),
    ("deliver", lambda: None),
]


@pytest.mark.parametrize("service", [OrderService, AsyncOrderService])
@pytest.mark.parametrize(("name", "make"), JUNK_PORTS)
def test_a_service_of_junk_is_refused_at_once(
    sync_shop: Shop, name: str, make: Callable[[], Any], service: Callable[..., object]
) -> None:
    ports: dict[str, Any] = {"storage": sync_shop.storage, "payments": sync_shop.gateway, "clock": sync_shop.clock}
    with pytest.raises(ValidationError):
        service(**{**ports, name: make()})


@pytest.mark.parametrize("service", [OrderService, AsyncOrderService])
def test_a_clock_that_fails_is_an_error_of_ours(sync_shop: Shop, service: Any) -> None:
    with pytest.raises(OrderflowError) as raised:
        service(storage=sync_shop.storage, payments=sync_shop.gateway, clock=BrokenClock())
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("service", [OrderService, AsyncOrderService])
def test_an_async_clock_is_refused(sync_shop: Shop, service: Any) -> None:
    with pytest.raises(ValidationError):
        service(storage=sync_shop.storage, payments=sync_shop.gateway, clock=AsyncClock())


async def async_handler(event: object, order: object) -> None: ...


class AsyncCallable:
    async def __call__(self, event: object, order: object) -> None: ...


@pytest.mark.parametrize(
    "async_part",
    [
        {"storage": Suspending(MemoryStorage())},
        {"payments": Suspending(FakeGateway())},
        {"notifier": Suspending(RecordingNotifier())},
        {"notifier": [RecordingNotifier([Channel.EMAIL]), Suspending(RecordingNotifier([Channel.WEBHOOK]))]},
        {"handlers": {"grant-access": async_handler}},
        {"handlers": {"grant-access": AsyncCallable()}},
    ],
    ids=lambda part: next(iter(part)),
)
def test_the_sync_service_takes_nothing_async(sync_shop: Shop, async_part: dict[str, Any]) -> None:
    parts: dict[str, Any] = {"storage": sync_shop.storage, "payments": sync_shop.gateway, **async_part}
    with pytest.raises(ValidationError, match="AsyncOrderService"):
        OrderService(**parts)
    AsyncOrderService(**parts)


def test_a_port_that_hides_that_it_is_async_is_found_out_when_it_waits() -> None:
    class Hiding(MemoryStorage):
        def load(self, order_id: str) -> Any:
            return asyncio.sleep(0)

    orders = Shop().service(storage=Hiding())
    with pytest.raises(OrderflowError, match="AsyncOrderService"):
        orders.get("ord-1", by=MERCHANT)


def test_no_handlers_may_be_said_by_none(shop: Shop) -> None:
    shop.orders = shop.service(handlers=None)
    assert shop.submit().verified


@pytest.mark.parametrize(
    "junk",
    [
        {"channels": [[]]},
        {"channels": ["pigeon"]},
        {"channels": "email"},
        {"handlers": [[]]},
        {"handlers": "grant-access"},
        {"reminders": [[]]},
        {"reminders": [timedelta(days=7)]},
        {"reminders": timedelta(days=1)},
        {"payment_window": 7},
        {"payment_window": timedelta(0)},
        {"payment_window": timedelta.max},
        {"verification_amount": "1.00 USD"},
        {"lease": timedelta(0)},
        {"grace": timedelta(-1)},
        {"delivery_pauses": [5]},
    ],
    ids=repr,
)
def test_a_policy_of_junk_is_refused(junk: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Policy(**junk)
