"""The public types as a reader meets them. Never run: mypy and pyright read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_type

from orderflow import (
    Actor,
    Approved,
    AsyncOrderService,
    Card,
    Command,
    Event,
    InboxPage,
    Item,
    Money,
    Order,
    OrderPage,
    OrderQuery,
    OrderService,
    OrderStatus,
    OrderSummary,
    PaymentAttempt,
    SweepReport,
)
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier
from orderflow.ports import AsyncStorage, Notifier, Outcome, PaymentGateway, Storage


def the_sync_service(orders: OrderService, by: Actor, card: Card) -> None:
    assert_type(orders.accept("o", by=by), Order)
    assert_type(orders.retry_payment("o", by=by, card=card, idempotency_key="k"), Order)
    assert_type(orders.resolve_payment("o", by=by, key="k", outcome=Approved("t"), evidence="seen"), Order)
    page = orders.find(OrderQuery(statuses=[OrderStatus.RECEIVED], sort="-total"), by=by)
    assert_type(page, OrderPage)
    assert_type(page.rows, tuple[OrderSummary, ...])
    assert_type(orders.counts(store_id="s", by=by), Mapping[OrderStatus, int])
    assert_type(orders.available_actions("o", by=by), Mapping[Command, str | None])
    assert_type(orders.inbox(by=by), InboxPage)
    assert_type(orders.run_due(), SweepReport)


async def the_async_service(orders: AsyncOrderService, by: Actor) -> None:
    assert_type(await orders.accept("o", by=by), Order)
    assert_type(await orders.run_due(limit=10), SweepReport)


def values(order: Order) -> None:
    assert_type(order.total, Money)
    assert_type(order.items, tuple[Item, ...])
    assert_type(order.timeline[0], Event)
    assert_type(order.attempts[0], PaymentAttempt)
    assert_type(order.total + order.refunded * 2, Money)
    assert_type(order.transaction_id, str | None)


def the_fakes_fill_the_ports() -> None:
    storage: Storage = MemoryStorage()
    payments: PaymentGateway = FakeGateway()
    notifier: Notifier = RecordingNotifier()
    OrderService(storage=storage, payments=payments, notifier=[notifier])
    AsyncOrderService(storage=storage, payments=payments, notifier=notifier)


class MyGateway:
    """A host's gateway needs no base class."""

    def __init__(self, window: PaymentGateway) -> None:
        self.idempotency_window = window.idempotency_window
        self.conclusive_lookup = False
        self.longest_call = window.longest_call

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        return Approved(attempt.key)

    charge = void = refund = authorize

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        return None if attempt.target else Approved(attempt.key)


def a_hosts_own_parts(storage: AsyncStorage, payments: PaymentGateway) -> None:
    AsyncOrderService(storage=storage, payments=MyGateway(payments))
