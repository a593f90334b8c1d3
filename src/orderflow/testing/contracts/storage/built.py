"""Values for storages and gateways, built by hand: what a test does not name is of no account to it."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

import attrs

from .... import (
    Actor,
    Audience,
    Card,
    Channel,
    Customer,
    DeliveryState,
    Event,
    EventKind,
    Item,
    ManualClock,
    Message,
    Money,
    Note,
    Order,
    OrderStatus,
    PaymentAttempt,
    Purpose,
)
from ....ports import CommandRecord, Delivery, Owed, Storage
from ....query import summary_of

STORE = "studio-7"
ANA = Customer(id="m-42", name="Ana", email="ana@example.com")
VIDEO = Item(name="Birthday video", unit_price=Money("120.00", "USD"), details={"For": "Sam"})
NOW = ManualClock().now()
LEASE = timedelta(minutes=2)
SECOND = timedelta(seconds=1)
ROUTES = frozenset({"email", "webhook", "grant-access"})

_commits = itertools.count(1)


def card() -> Card:
    return Card(token="tok_good", brand="visa", last4="4242", exp_month=12, exp_year=2031)


def event(seq: int, **changes: Any) -> Event:
    return attrs.evolve(Event(seq, EventKind.SUBMITTED, NOW, Actor.system()), **changes)


def note(number: int, text: str = "soon") -> Note:
    return Note(f"note-{number}", Actor.merchant(STORE), text, NOW)


def attempt(number: int = 1, purpose: Purpose | str = Purpose.CHARGE, **changes: Any) -> PaymentAttempt:
    fields: dict[str, Any] = {
        "key": f"key-{purpose}-{number}",
        "by": Actor.merchant(STORE),
        "purpose": Purpose(purpose),
        "number": number,
        "order_id": "ord-1",
        "store_id": STORE,
        "customer_id": ANA.id,
        "amount": VIDEO.total,
        "card": card(),
        "begun_at": NOW,
        **changes,
    }
    return PaymentAttempt(**fields)


def order(order_id: str = "ord-1", **changes: Any) -> Order:
    """An order in its first version, with one event."""
    fields: dict[str, Any] = {
        "id": order_id,
        "store_id": STORE,
        "customer": ANA,
        "items": (VIDEO,),
        "card": card(),
        "status": OrderStatus.RECEIVED,
        "verified": True,
        "placed_at": NOW,
        "updated_at": NOW,
        "timeline": (event(1),),
        "version": 1,
        **changes,
    }
    return Order(**fields)


def onwards(before: Order, **changes: Any) -> Order:
    """The order one version on, with one more event unless told otherwise."""
    timeline = (*before.timeline, event(len(before.timeline) + 1))
    return attrs.evolve(before, **{"version": before.version + 1, "timeline": timeline, **changes})


def owed(seq: int = 1, route: str = "email", recipient: str = "customer:m-42", **changes: Any) -> Owed:
    """A row of the outbox; of a handler, if the route is no channel."""
    order_id = changes.get("order_id", "ord-1")
    fields: dict[str, Any] = {
        "id": f"{order_id}.{seq}.{recipient}.{route}",
        "order_id": order_id,
        "seq": seq,
        "route": route,
        "recipient": recipient,
        "occurred_at": NOW + seq * SECOND,
        **changes,
    }
    if route in set(Channel) and "message" not in fields:
        fields["message"] = _message(fields)
    return Owed(**fields)


def _message(row: dict[str, Any]) -> Message:
    about = order(row["order_id"])
    return Message(
        id=row["id"],
        order_id=about.id,
        store_id=about.store_id,
        audience=Audience.CUSTOMER,
        channel=Channel(row["route"]),
        kind=EventKind.ACCEPTED,
        status=about.status,
        subject="Order accepted",
        body="Your order has been accepted.\n",
        occurred_at=row["occurred_at"],
        order=summary_of(about),
    )


def outcome(row: Owed, state: DeliveryState | str = DeliveryState.DELIVERED, **changes: Any) -> Delivery:
    """What a try of a row came to; under the row's own token, unless told otherwise."""
    fields: dict[str, Any] = {
        "id": row.id,
        "token": row.token,
        "state": DeliveryState(state),
        "tries": row.tries + 1,
        "at": NOW,
        **changes,
    }
    return Delivery(**fields)


def keep(
    storage: Storage,
    changed: Order,
    *messages: Owed,
    command: CommandRecord | None = None,
    due_at: datetime | None = None,
    commit_id: str | None = None,
) -> Order:
    """Commit an order over the version before it."""
    storage.commit(
        changed,
        expected_version=changed.version - 1,
        commit_id=commit_id or f"commit-{next(_commits)}",
        messages=messages,
        command=command,
        due_at=due_at,
    )
    return changed


def claim(storage: Storage, at: datetime = NOW, *, limit: int = 100, **changes: Any) -> list[Owed]:
    """Claim rows of every route."""
    return list(storage.claim_messages(now=at, lease=LEASE, limit=limit, **{"routes": ROUTES, **changes}))


def claim_ids(storage: Storage, at: datetime = NOW, *, limit: int = 100, **changes: Any) -> list[str]:
    return [row.id for row in claim(storage, at, limit=limit, **changes)]


def due(storage: Storage, at: datetime = NOW, *, limit: int = 100) -> tuple[str, ...]:
    """Claim orders that are due."""
    return storage.claim_due(now=at, lease=LEASE, limit=limit).order_ids


def next_at(storage: Storage, at: datetime = NOW) -> datetime | None:
    """When the next work falls due; nothing is claimed."""
    return storage.claim_due(now=at, lease=LEASE, limit=0).next_at


def everything(storage: Storage, order_id: str = "ord-1") -> tuple[object, ...]:
    """All that a storage tells of an order, but for its claims."""
    inboxes = [storage.inbox(who, unread_only=False, limit=100, after=None) for who in ("customer:m-42", "merchant:x")]
    return (
        storage.load(order_id),
        storage.messages(order_id),
        storage.find_command(order_id, "click-1"),
        storage.counts(STORE),
        next_at(storage),
        inboxes,
    )
