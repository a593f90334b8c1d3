"""Orders by the dozen, written straight into a storage: what a list shows needs no life behind it."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import attrs

from orderflow import (
    Actor,
    AttemptState,
    Customer,
    DeliveryState,
    Item,
    ManualClock,
    Money,
    Order,
    OrderPage,
    OrderQuery,
    OrderStatus,
    PaymentAttempt,
    Purpose,
)
from orderflow.ports import Delivery, Owed, Storage
from shops import OPERATOR, STORE, card

START = ManualClock().now()

_commits = itertools.count(1)


@attrs.frozen(kw_only=True)
class Facts:
    """What a list can tell of an order, in plain values."""

    id: str
    store_id: str = STORE
    customer_id: str = "m-42"
    customer_name: str = "Ana"
    items: tuple[str, ...] = ("Birthday video",)
    minute: int = 0
    cents: int = 120_00
    currency: str = "USD"
    status: OrderStatus = OrderStatus.RECEIVED
    verified: bool = True
    transaction_id: str | None = None
    webhook: str = "none"
    needs_review: bool = False

    @property
    def placed_at(self) -> datetime:
        return START + timedelta(minutes=self.minute)

    @property
    def item_name(self) -> str:
        more = len(self.items) - 1
        return self.items[0] + (f" + {more} more" if more else "")

    @property
    def total(self) -> int:
        """In minor units: each item costs the same."""
        return self.cents * len(self.items)


def put(storage: Storage, *facts: Facts) -> None:
    """Have a storage keep orders of which these facts are true."""
    for one in facts:
        order = order_of(one)
        hooks = () if one.webhook == "none" else (_webhook(one),)
        storage.commit(order, expected_version=0, commit_id=f"desk-{next(_commits)}", messages=hooks)
        if one.webhook in ("delivered", "failed"):
            state = DeliveryState(one.webhook)
            storage.record_deliveries([Delivery(id=hooks[0].id, token=None, state=state, tries=1, at=START)])


def order_of(facts: Facts) -> Order:
    price = Money.from_minor_units(facts.cents, facts.currency)
    attempts: list[PaymentAttempt] = []
    if facts.transaction_id is not None:
        attempts.append(_attempt(facts, Purpose.CHARGE, AttemptState.DECLINED, facts.transaction_id))
    if facts.needs_review:
        attempts.append(_attempt(facts, Purpose.REFUND, AttemptState.REVIEW, None))
    return Order(
        id=facts.id,
        store_id=facts.store_id,
        customer=Customer(facts.customer_id, facts.customer_name, "someone@example.com"),
        items=tuple(Item(name, price) for name in facts.items),
        card=card(),
        status=facts.status,
        verified=facts.verified,
        placed_at=facts.placed_at,
        updated_at=facts.placed_at,
        attempts=tuple(attempts),
        version=1,
    )


def _attempt(facts: Facts, purpose: Purpose, state: AttemptState, transaction_id: str | None) -> PaymentAttempt:
    return PaymentAttempt(
        key=f"{facts.id}-{purpose}",
        by=Actor.system(),
        purpose=purpose,
        number=1,
        order_id=facts.id,
        store_id=facts.store_id,
        customer_id=facts.customer_id,
        amount=Money.from_minor_units(facts.cents, facts.currency),
        card=card(),
        state=state,
        transaction_id=transaction_id,
        begun_at=facts.placed_at,
    )


def _webhook(facts: Facts) -> Owed:
    return Owed(
        id=f"{facts.id}.hook",
        order_id=facts.id,
        seq=1,
        route="webhook",
        recipient=f"merchant:{facts.store_id}",
        occurred_at=facts.placed_at,
    )


def ids(page: OrderPage) -> list[str]:
    return [row.id for row in page.rows]


def found(orders: Any, by: Actor = OPERATOR, **query: Any) -> list[str]:
    """The ids of the first page."""
    return ids(orders.find(OrderQuery(**query), by=by))


def walk(orders: Any, query: OrderQuery, by: Actor = OPERATOR, *, back: bool = False) -> list[OrderPage]:
    """Every page from the query's on, forwards or backwards."""
    pages = [orders.find(query, by=by)]
    for _ in range(1_000):
        cursor = pages[-1].previous if back else pages[-1].next
        if cursor is None:
            return pages
        pages.append(orders.find(attrs.evolve(query, after=cursor), by=by))
    raise AssertionError("the pages have no end")
