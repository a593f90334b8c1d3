"""Values as the columns of tables: what the adapters that keep rows share.

An order is kept as one row of plain columns, to find and sort it by, with the rest of it as a JSON record; its events,
attempts and notes are rows of their own. What is stored of a timeline is known by a digest, so that a commit can be
held against it without reading it.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final, TypeVar

import attrs

from ..attempt import AttemptState, Purpose
from ..command import CommandRecord
from ..errors import ConcurrentUpdate, DuplicateOrder, OrderflowError, StorageError
from ..message import Channel, DeliveryState, Message, MessageState, Owed
from ..money import Money
from ..order import Order
from ..query import OrderSummary, WebhookState, microseconds, summary_of
from ..records import decode, encode
from ..status import OrderStatus

__all__ = [
    "SUMMARY_COLUMNS",
    "Stored",
    "Written",
    "check",
    "command_row",
    "from_micros",
    "loaded",
    "message_row",
    "message_state",
    "micros",
    "owed_from",
    "prefix_end",
    "summary",
    "told_command",
    "told_message",
    "told_words",
    "webhook",
    "written",
]

Row = TypeVar("Row")
T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_FIRST_SURROGATE: Final = 0xD800  # what no text can hold
_AFTER_SURROGATES: Final = 0xE000
_LAST_POINT: Final = 0x10FFFF
_PARTS: Final = ("timeline", "attempts", "notes")
_HOLDING: Final = frozenset({AttemptState.OPEN, AttemptState.REVIEW, AttemptState.APPROVED})

#: The columns that a row of the order page is made of, in the order that `summary` takes them.
SUMMARY_COLUMNS: Final = (
    "id",
    "placed_at",
    "item_name",
    "currency",
    "minor_units",
    "status",
    "transaction_id",
    "webhook",
    "customer_name",
    "needs_review",
    "payment_due_at",
)


@attrs.frozen
class Stored:
    """What must be known of a stored order to commit over it."""

    version: int
    commit_id: str
    events: int
    events_digest: str
    notes: int
    notes_digest: str


@attrs.frozen(kw_only=True)
class Written:
    """An order as rows.

    Attributes:
        columns: Of the order's own row, but for its webhook state, its commit and its moments of work.
        events: The JSON record of each event, from the first.
        attempts: (key, position, purpose, state, JSON record) of each attempt; those that make way for another come
            first.
        notes: The JSON record of each note, from the first.
        events_digests: The digest of the first n events, at n.
        notes_digests: The digest of the first n notes, at n.
    """

    columns: dict[str, Any]
    events: tuple[str, ...]
    attempts: tuple[tuple[str, int, str, str, str], ...]
    notes: tuple[str, ...]
    events_digests: tuple[str, ...]
    notes_digests: tuple[str, ...]


def _whole(make: Callable[[Row], T]) -> Callable[[Row], T]:
    """A row that nothing can be made of is broken: that is no fault of what was asked."""

    @functools.wraps(make)
    def made(row: Row) -> T:
        try:
            return make(row)
        except StorageError:
            raise
        except (OrderflowError, OverflowError, TypeError, ValueError) as error:
            problem = type(error).__name__
        raise StorageError(f"a stored row is broken ({problem})")

    return made


def prefix_end(prefix: str) -> str | None:
    """The first text, by code point, after all that begin with a prefix; None if there is none."""
    for length in range(len(prefix), 0, -1):
        point = ord(prefix[length - 1]) + 1
        if point <= _LAST_POINT:
            return prefix[: length - 1] + chr(_AFTER_SURROGATES if point == _FIRST_SURROGATE else point)
    return None


def micros(at: datetime | None) -> int | None:
    """A moment as whole microseconds since 1970."""
    return None if at is None else microseconds(at)


def from_micros(at: int | None) -> datetime | None:
    """The moment that `micros` told."""
    return None if at is None else _EPOCH + timedelta(microseconds=at)


def written(order: Order) -> Written:
    """An order as the rows that keep it."""
    record = encode(order)
    parts: dict[str, Any] = {name: record.pop(name) for name in _PARTS}
    events, notes = _told_each(parts["timeline"]), _told_each(parts["notes"])
    attempts = [
        (one.key, position, one.purpose.value, one.state.value, told)
        for position, (one, told) in enumerate(zip(order.attempts, _told_each(parts["attempts"]), strict=True))
    ]
    events_digests, notes_digests = _digests(events), _digests(notes)
    row = summary_of(order)
    return Written(
        columns={
            "id": order.id,
            "version": order.version,
            "store_id": order.store_id,
            "customer_id": order.customer.id,
            "verified": int(order.verified),
            "placed_at": micros(row.placed_at),
            "item_name": row.item_name,
            "currency": row.total.currency,
            "minor_units": row.total.minor_units,
            "status": row.status.value,
            "transaction_id": row.transaction_id or "",
            "customer_name": row.customer_name,
            "needs_review": int(row.needs_review),
            "payment_due_at": micros(row.payment_due_at),
            "record": _told(record),
            "events": len(events),
            "events_digest": events_digests[-1],
            "notes": len(notes),
            "notes_digest": notes_digests[-1],
        },
        events=events,
        attempts=tuple(sorted(attempts, key=lambda row: row[3] in _HOLDING)),
        notes=notes,
        events_digests=events_digests,
        notes_digests=notes_digests,
    )


def loaded(record: str, events: Sequence[str], attempts: Sequence[str], notes: Sequence[str]) -> Order:
    """The order that rows keep; events, attempts and notes in their order.

    Raises:
        StorageError: If a record is broken, or of a newer schema.
    """
    parts = {"timeline": events, "attempts": attempts, "notes": notes}
    told = {name: [_parsed(one) for one in records] for name, records in parts.items()}
    return decode(Order, {**_parsed(record), **told})


def check(
    order: Order,
    told: Written,
    stored: Stored | None,
    *,
    expected_version: int,
    commit_id: str,
    messages: Sequence[Owed],
    command: CommandRecord | None,
) -> bool:
    """Whether a commit is to be written; what no constraint of a table can hold is held here.

    Returns:
        False if it is written already: only its acknowledgement was lost.

    Raises:
        DuplicateOrder, ConcurrentUpdate, StorageError: See `orderflow.ports.Storage.commit`.
    """
    if stored is not None and stored.commit_id == commit_id:
        return False
    if stored is not None and expected_version == 0:
        raise DuplicateOrder(order.id)
    if (stored.version if stored else 0) != expected_version:
        raise ConcurrentUpdate(order.id)
    for rule, is_broken in _rules(order, told, stored, expected_version, messages, command):
        if is_broken:
            raise StorageError(f"order {order.id} was not committed: {rule}")
    return True


def _rules(
    order: Order,
    told: Written,
    stored: Stored | None,
    expected_version: int,
    messages: Sequence[Owed],
    command: CommandRecord | None,
) -> tuple[tuple[str, bool], ...]:
    charges = sum(one.purpose is Purpose.CHARGE and one.state in _HOLDING for one in order.attempts)
    numbers = [event.seq for event in order.timeline]
    return (
        ("its version must be one more than expected", order.version != expected_version + 1),
        (
            "its timeline must go on from the stored one",
            stored is not None and told.events_digests[stored.events : stored.events + 1] != (stored.events_digest,),
        ),
        ("its events must be numbered 1, 2, 3 ...", numbers != list(range(1, len(numbers) + 1))),
        (
            "its notes must go on from the stored ones",
            stored is not None and told.notes_digests[stored.notes : stored.notes + 1] != (stored.notes_digest,),
        ),
        ("no two attempts may have one key", len({one.key for one in order.attempts}) != len(order.attempts)),
        ("at most one charge may be open, in review or approved", charges > 1),
        ("what it owes must be about it", any(one.order_id != order.id for one in messages)),
        ("its command must be about it", command is not None and command.order_id != order.id),
    )


def message_row(owed: Owed) -> dict[str, Any]:
    """A row of the outbox as columns. An in-app message is delivered by being there."""
    is_delivered = owed.route == Channel.IN_APP.value
    return {
        "id": owed.id,
        "order_id": owed.order_id,
        "seq": owed.seq,
        "route": owed.route,
        "recipient": owed.recipient,
        "occurred_at": micros(owed.occurred_at),
        "message": None if owed.message is None else _told(encode(owed.message)),
        "state": (DeliveryState.DELIVERED if is_delivered else DeliveryState.WAITING).value,
        "tries": owed.tries,
        "token": owed.token,
        "next_try": micros(owed.next_try),
        "error": "",
        "delivered_at": micros(owed.occurred_at) if is_delivered else None,
        "read_at": micros(owed.message.read_at) if owed.message is not None else None,
    }


def command_row(command: CommandRecord) -> dict[str, str]:
    """A command's record as columns."""
    return {"order_id": command.order_id, "key": command.key, "record": _told(encode(command))}


def webhook(before: str | None, owed: Sequence[Mapping[str, Any]]) -> str:
    """What became of an order's webhook messages, with the rows of the outbox that it owes now.

    Args:
        before: What had become of them; None for a new order.
        owed: The new rows.
    """
    told = before if before is not None else WebhookState.NONE.value
    is_owed = any(row["route"] == Channel.WEBHOOK.value for row in owed)
    return WebhookState.PENDING.value if is_owed and told != WebhookState.FAILED else told


def told_words(found_by: Sequence[str]) -> str:
    """Search words as one text: a space is before each, so that a word's beginning is known."""
    return "".join(f" {word}" for word in found_by)


@_whole
def owed_from(row: Mapping[str, Any]) -> Owed:
    """The row of the outbox that columns keep."""
    return Owed(
        id=row["id"],
        order_id=row["order_id"],
        seq=row["seq"],
        route=row["route"],
        recipient=row["recipient"],
        occurred_at=_moment(row["occurred_at"]),
        message=told_message(row["message"], row["read_at"]),
        token=row["token"],
        next_try=from_micros(row["next_try"]),
        tries=row["tries"],
    )


@_whole
def message_state(row: Mapping[str, Any]) -> MessageState:
    """What was sent to whom, as columns keep it."""
    return MessageState(
        id=row["id"],
        order_id=row["order_id"],
        seq=row["seq"],
        route=row["route"],
        recipient=row["recipient"],
        message=told_message(row["message"], row["read_at"]),
        state=DeliveryState(row["state"]),
        tries=row["tries"],
        next_try=from_micros(row["next_try"]),
        last_error=row["error"],
        delivered_at=from_micros(row["delivered_at"]),
    )


def told_command(record: str) -> CommandRecord:
    """The command that a record tells."""
    return decode(CommandRecord, _parsed(record))


def told_message(record: str | None, read_at: int | None) -> Message | None:
    """The message that a record tells; None for a handler's row."""
    if record is None:
        return None
    message = decode(Message, _parsed(record))
    return message if read_at is None else attrs.evolve(message, read_at=from_micros(read_at))


@_whole
def summary(row: Sequence[Any]) -> OrderSummary:
    """A row of the order page from its `SUMMARY_COLUMNS`."""
    order_id, placed_at, item_name, currency, minor_units, status, transaction_id, webhook, name, review, due = row
    return OrderSummary(
        id=order_id,
        placed_at=_moment(placed_at),
        item_name=item_name,
        total=Money.from_minor_units(minor_units, currency),
        status=OrderStatus(status),
        transaction_id=transaction_id or None,
        webhook=WebhookState(webhook),
        customer_name=name,
        needs_review=bool(review),
        payment_due_at=from_micros(due),
    )


def _moment(at: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at)


def _parsed(record: str) -> dict[str, Any]:
    try:
        parsed = json.loads(record)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise StorageError("a stored record is broken: it is no JSON object")
    return parsed


def _told(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _told_each(records: Iterable[object]) -> tuple[str, ...]:
    return tuple(_told(record) for record in records)


def _digests(records: Sequence[str]) -> tuple[str, ...]:
    """The digest of none of them, of the first, of the first two ..."""
    digests = [""]
    for record in records:
        digests.append(hashlib.sha256(f"{digests[-1]}\n{record}".encode()).hexdigest())
    return tuple(digests)
