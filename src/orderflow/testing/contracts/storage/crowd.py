"""Some hundred orders at random, and whatever may be asked about them, from a seed: the same in every run."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

import attrs

from .... import (
    AttemptState,
    Customer,
    Item,
    Money,
    Order,
    OrderPage,
    OrderQuery,
    OrderStatus,
    PaymentAttempt,
    WebhookState,
)
from ....ports import Storage
from ....query import SORT_KEYS
from .built import NOW, attempt, claim, keep, onwards, order, outcome, owed

__all__ = ["FILTERS", "ORDERS", "change", "fill", "queries", "walk"]

ORDERS: Final = 200
# In another order by code point than by alphabet, by UTF-16, and without regard to case or accents.
_NAMES: Final = (
    "Birthday video",
    "birthday CARD",
    "Signed print",
    "\u00c9toile film\u00e9e",
    "e\u0301toile",
    "Zo\u00eb's song",
    "x_y 100%",
    "\U0001f382 cake",
    "\uff5e wave",
)
_STATES: Final = (None, "delivered", "failed", "waiting")
_HOUR: Final = timedelta(hours=1)
_THREE: Final = (OrderStatus.ACCEPTED, OrderStatus.EXPIRED, OrderStatus.CANCELED)

#: Each filter alone, with a store, and with others.
FILTERS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"store_id": "studio-7"},
    {"statuses": [OrderStatus.RECEIVED]},
    {"statuses": _THREE},
    {"store_id": "studio-7", "statuses": [OrderStatus.COMPLETED]},
    {"store_id": "studio-7", "statuses": _THREE},
    {"placed_from": NOW + 3 * _HOUR, "placed_until": NOW + 9 * _HOUR},
    {"placed_until": NOW + 4 * _HOUR},
    {"store_id": "studio-7", "placed_from": NOW + 3 * _HOUR},
    {"total_min": Money("20", "USD"), "total_max": Money("60", "USD")},
    {"store_id": "studio-7", "total_max": Money(40, "JPY")},
    {"total_min": Money(0, "USD")},
    {"total_min": Money(60, "USD"), "total_max": Money(20, "USD")},
    {"text": "birth"},
    {"text": ""},
    {"text": " - "},
    {"text": "irthday"},
    {"store_id": "studio-7", "text": "BIRTHDAY v"},
    {"text": "\u00e9toile"},
    {"text": "zo sig"},
    {"transaction_id": "txn-1"},
    {"transaction_id": "txn_"},
    {"transaction_id": ""},
    {"store_id": "studio-7", "transaction_id": "txn-10"},
    {"webhook": WebhookState.FAILED},
    {"store_id": "studio-7", "webhook": WebhookState.PENDING},
    {"store_id": "studio-7", "webhook": WebhookState.DELIVERED},
    {"webhook": WebhookState.NONE},
    {"customer_id": "c-3"},
    {"store_id": "studio-7", "customer_id": "c-2", "statuses": [OrderStatus.RECEIVED, OrderStatus.DECLINED]},
    {"needs_review": True},
    {"store_id": "studio-7", "needs_review": False},
    {"include_unverified": True},
    {"store_id": "studio-8", "include_unverified": True, "text": "video"},
    {"store_id": "studio-9"},
)


def fill(stores: Sequence[Storage], seed: int = 7) -> list[Order]:
    """The same orders in each storage, with webhooks in every state."""
    chance = random.Random(seed)
    made = [_made(chance, number) for number in range(ORDERS)]
    for kept in made:
        told = chance.choice(_STATES)
        for store in stores:
            keep(store, kept, *([] if told is None else [owed(1, "webhook", "merchant:x", order_id=kept.id)]))
            if told in ("delivered", "failed"):
                (claimed,) = claim(store, order_id=kept.id)
                store.record_deliveries([outcome(claimed, told)])
    return made


def _made(chance: random.Random, number: int) -> Order:
    currency = chance.choice(("USD", "USD", "JPY"))
    items = [
        Item(name=chance.choice(_NAMES), unit_price=Money(chance.randrange(0, 90, 10), currency))
        for _ in range(chance.randrange(1, 4))
    ]
    placed_at = NOW + chance.randrange(12) * _HOUR
    return order(
        f"ord-{number:03}",
        store_id=chance.choice(("studio-7", "studio-7", "studio-8")),
        customer=Customer(id=f"c-{chance.randrange(5)}", name=chance.choice(_NAMES), email="a@example.com"),
        items=items,
        attempts=_charges(chance, number),
        status=chance.choice(list(OrderStatus)),
        verified=chance.random() < 0.9,
        placed_at=placed_at,
        updated_at=placed_at,
    )


def _charges(chance: random.Random, number: int) -> tuple[PaymentAttempt, ...]:
    state = chance.choice((None, None, AttemptState.APPROVED, AttemptState.REVIEW))
    transaction = chance.choice((f"txn-{number}", "TXN-1", f"txn_{number}"))
    made = attempt(
        1,
        order_id=f"ord-{number:03}",
        key=f"key-{number}",
        state=state or AttemptState.OPEN,
        transaction_id=transaction,
    )
    return () if state is None else (made,)


def change(stores: Sequence[Storage], before: Order, chance: random.Random) -> Order:
    """Another status for an order, in each storage; sometimes with one more webhook."""
    after = onwards(before, status=chance.choice(list(OrderStatus)), verified=True)
    told = chance.random() < 0.5
    for store in stores:
        keep(store, after, *([owed(after.version, "webhook", "merchant:x", order_id=after.id)] if told else []))
    return after


def queries(seed: int, count: int) -> Iterator[OrderQuery]:
    """Questions at random: some filters together, a sort, and a limit."""
    chance = random.Random(seed)
    for _ in range(count):
        asked: dict[str, Any] = {}
        for some in chance.sample(FILTERS, chance.randrange(1, 4)):
            asked |= {name: value for name, value in some.items() if not name.startswith("total") or not asked}
        yield OrderQuery(
            sort=chance.choice(("", "-")) + chance.choice(SORT_KEYS), limit=chance.randrange(10, 80), **asked
        )


def walk(store: Storage, query: OrderQuery) -> Iterator[OrderPage]:
    """Every page from the first to the last, and back again to the first."""
    page = store.find(query)
    yield page
    turns = itertools.count(1)
    for way in ("next", "previous"):
        while (after := getattr(page, way)) is not None:
            assert next(turns) < 2 * ORDERS, f"the pages' {way} has no end"
            page = store.find(attrs.evolve(query, after=after))
            yield page
