"""Values as plain JSON, and back: what durable adapters store, and what webhooks send.

`encode` and `decode` are each other's inverse for `Order`, `Owed`, `Message` and `CommandRecord`. A record names its
schema; one of a newer schema is refused and never guessed at.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar, cast

import attrs

from .attempt import AttemptState, PaymentAttempt, Purpose
from .card import Card
from .command import CommandRecord
from .errors import OrderflowError, StorageError
from .event import Event, EventKind, Note
from .fulfillment import Fulfillment, FulfillmentMethod
from .item import Item
from .message import Audience, Channel, Message, Owed
from .money import Money
from .order import Order
from .people import Actor, Customer, Role, ShippingAddress
from .query import OrderSummary, WebhookState
from .status import OrderStatus

__all__ = ["SCHEMA", "decode", "encode", "webhook_body"]

#: The version of the records that `encode` makes; `decode` reads this one.
SCHEMA: Final = 1

T = TypeVar("T")
_Way = Callable[[Any], Any]


def encode(value: Order | Owed | Message | CommandRecord) -> dict[str, object]:
    """A value as plain JSON: dicts, lists, str, int, bool and None.

    Returns:
        A new dict with the value's fields, and `schema`.
    """
    return {"schema": SCHEMA, **_CODECS[type(value)].encode(value)}


def decode(kind: type[T], record: object) -> T:
    """A value from its record.

    Args:
        kind: `Order`, `Owed`, `Message` or `CommandRecord`.
        record: What `encode` made.

    Raises:
        StorageError: If the record is broken, or of a newer schema. Nothing is guessed.
    """
    if not isinstance(record, Mapping) or repr(record.get("schema")) != repr(SCHEMA):  # True and 1.0 equal 1 too
        raise StorageError(f"the record of a {kind.__name__} must be of schema {SCHEMA}")
    try:
        return cast("T", _CODECS[kind].decode(record))
    except (OrderflowError, KeyError, TypeError, ValueError) as error:
        problem = type(error).__name__
    raise StorageError(f"the record of a {kind.__name__} is broken ({problem})")


def webhook_body(event: Event, order: Order) -> str:
    """The JSON that a store's systems are sent about a change of status: no notes, no tokens, no keys, no metadata.

    Returns:
        `{"type": "order.accepted", "timestamp": ..., "data": {...}}`, the shape that Standard Webhooks recommends.
    """
    data = _CODECS[Order].encode(order, _IN_WEBHOOKS)
    data["card"] = {name: getattr(order.card, name) for name in ("brand", "last4", "exp_month", "exp_year")}
    data["total"] = _money(order.total)
    data["refunded"] = _money(order.refunded)
    data["transaction_id"] = order.transaction_id
    data["status"] = str(event.to_status)
    data["seq"] = event.seq
    told = {"type": f"order.{event.to_status}", "timestamp": event.at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


_IN_WEBHOOKS: Final = (
    "id",
    "store_id",
    "status",
    "reason",
    "customer",
    "items",
    "shipping_address",
    "placed_at",
    "updated_at",
    "payment_due_at",
    "fulfillment",
    "version",
)


class _Codec:
    """How one class is told: field by field, as it is unless it is named here."""

    def __init__(self, kind: type[Any], /, **ways: tuple[_Way, _Way]) -> None:
        self._kind = kind
        self._encoders = {name: ways[name][0] if name in ways else _same for name in _fields(kind)}
        self._decoders = {name: ways[name][1] if name in ways else _same for name in _fields(kind)}

    def encode(self, value: Any, only: Sequence[str] | None = None) -> dict[str, Any]:
        names = self._encoders if only is None else only
        return {name: self._encoders[name](getattr(value, name)) for name in names}

    def decode(self, record: Any) -> Any:
        return self._kind(**{name: way(record[name]) for name, way in self._decoders.items()})


def _fields(kind: type[Any]) -> list[str]:
    return [field.name for field in attrs.fields(kind)]


def _same(value: Any) -> Any:
    return value


def _optional(way: _Way) -> _Way:
    return lambda value: None if value is None else way(value)


def _nested(codec: _Codec) -> tuple[_Way, _Way]:
    return _optional(codec.encode), _optional(codec.decode)


def _each(codec: _Codec) -> tuple[_Way, _Way]:
    return (
        lambda values: [codec.encode(value) for value in values],
        lambda records: tuple(codec.decode(record) for record in records),
    )


def _money(value: Money) -> dict[str, str]:
    return {"amount": f"{value.amount:f}", "currency": value.currency}


_MOMENT: Final = (_optional(datetime.isoformat), _optional(datetime.fromisoformat))
_MONEY: Final = (_money, lambda record: Money(record["amount"], record["currency"]))


def _member(kind: type[enum.StrEnum]) -> tuple[_Way, _Way]:
    return _optional(lambda member: member.value), _optional(kind)


_PAIRS: Final = (dict, _same)

_ACTOR: Final = _Codec(Actor, role=_member(Role))
_CARD: Final = _Codec(Card)
_CUSTOMER: Final = _Codec(Customer)
_ADDRESS: Final = _Codec(ShippingAddress)
_ITEM: Final = _Codec(Item, unit_price=_MONEY, details=_PAIRS)
_FULFILLMENT: Final = _Codec(Fulfillment, method=_member(FulfillmentMethod))
_NOTE: Final = _Codec(Note, author=_nested(_ACTOR), written_at=_MOMENT)
_EVENT: Final = _Codec(
    Event,
    kind=_member(EventKind),
    at=_MOMENT,
    actor=_nested(_ACTOR),
    from_status=_member(OrderStatus),
    to_status=_member(OrderStatus),
    data=_PAIRS,
)
_ATTEMPT: Final = _Codec(
    PaymentAttempt,
    by=_nested(_ACTOR),
    purpose=_member(Purpose),
    amount=_MONEY,
    card=_nested(_CARD),
    state=_member(AttemptState),
    begun_at=_MOMENT,
    first_sent_at=_MOMENT,
    last_sent_at=_MOMENT,
    concluded_at=_MOMENT,
)
_SUMMARY: Final = _Codec(
    OrderSummary,
    placed_at=_MOMENT,
    total=_MONEY,
    status=_member(OrderStatus),
    webhook=_member(WebhookState),
    payment_due_at=_MOMENT,
)
_MESSAGE: Final = _Codec(
    Message,
    audience=_member(Audience),
    channel=_member(Channel),
    kind=_member(EventKind),
    status=_member(OrderStatus),
    occurred_at=_MOMENT,
    read_at=_MOMENT,
    order=_nested(_SUMMARY),
)

_CODECS: Final[Mapping[type, _Codec]] = {
    Order: _Codec(
        Order,
        customer=_nested(_CUSTOMER),
        items=_each(_ITEM),
        card=_nested(_CARD),
        shipping_address=_nested(_ADDRESS),
        metadata=_PAIRS,
        status=_member(OrderStatus),
        placed_at=_MOMENT,
        updated_at=_MOMENT,
        payment_due_at=_MOMENT,
        fulfillment=_nested(_FULFILLMENT),
        attempts=_each(_ATTEMPT),
        timeline=_each(_EVENT),
        notes=_each(_NOTE),
    ),
    Message: _MESSAGE,
    Owed: _Codec(Owed, occurred_at=_MOMENT, message=_nested(_MESSAGE), next_try=_MOMENT),
    CommandRecord: _Codec(CommandRecord),
}
