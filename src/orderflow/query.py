"""Finding orders: the query, the rows of the order page, and the cursors between its pages."""

from __future__ import annotations

import enum
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final, Literal, cast

import attrs

from .cursor import cursor_of, parts_of
from .errors import ValidationError
from .fields import (
    as_member,
    as_tuple,
    as_utc,
    as_utc_or_none,
    boolean,
    each,
    ident,
    instance,
    line,
    member,
    moment,
    optional,
    whole,
)
from .money import Money
from .order import Order
from .status import OrderStatus

__all__ = [
    "OrderPage",
    "OrderQuery",
    "OrderSummary",
    "Position",
    "WebhookState",
    "matches",
    "page_of",
    "position_of",
    "search_words",
    "sort_key",
    "summary_of",
    "words",
]

MOST_ROWS: Final = 200
SORT_KEYS: Final = ("placed_at", "total", "item_name", "status", "transaction_id", "webhook")
_WORD: Final = re.compile(r"\w+")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND: Final = timedelta(microseconds=1)

#: What a page is sorted by: plain values that compare alike on every adapter (text by code point).
SortKey = tuple[str | int, ...]


class WebhookState(enum.StrEnum):
    """What became of an order's webhook messages, told in one word."""

    NONE = "none"
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@attrs.frozen(kw_only=True)
class OrderSummary:
    """A row of the order page.

    Attributes:
        id: The order's id.
        placed_at: The date of the request, UTC.
        item_name: The first item's name, with `"+ 2 more"` behind it if there are more.
        total: The price.
        status: Where it stands.
        transaction_id: See `Order.transaction_id`.
        webhook: `failed` if any of its webhook messages failed, else `pending` if any waits, else `delivered`, and
            `none` if none was owed.
        customer_name: Who ordered.
        needs_review: Whether a person must look at a payment.
        payment_due_at: When the time to pay is over, UTC.
    """

    id: str = attrs.field(validator=ident())
    placed_at: datetime = attrs.field(converter=as_utc, validator=moment)
    item_name: str = attrs.field(validator=line(320), repr=False)
    total: Money = attrs.field(validator=instance(Money))
    status: OrderStatus = attrs.field(validator=member(OrderStatus))
    transaction_id: str | None = attrs.field(default=None, validator=optional(ident()))
    webhook: WebhookState = attrs.field(default=WebhookState.NONE, validator=member(WebhookState))
    customer_name: str = attrs.field(validator=line(), repr=False)
    needs_review: bool = attrs.field(default=False, validator=boolean)
    payment_due_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))


def _as_statuses(value: Iterable[OrderStatus]) -> tuple[OrderStatus, ...]:
    if not isinstance(value, (list, tuple, set, frozenset)):
        return cast("tuple[OrderStatus, ...]", value)
    members = [as_member(OrderStatus, one) for one in value]
    return tuple(sorted(set(members)) if all(isinstance(one, OrderStatus) for one in members) else members)


def _as_webhook(value: WebhookState | str | None) -> WebhookState | None:
    return None if value is None else as_member(WebhookState, value)


def _check_sort(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or value.removeprefix("-") not in SORT_KEYS:
        raise ValidationError(
            f"OrderQuery.sort must be one of {', '.join(SORT_KEYS)}, with '-' before it for descending"
        )


@attrs.frozen(kw_only=True)
class OrderQuery:
    """Which orders to find, and how to list them.

    Attributes:
        store_id: Of this store.
        statuses: In one of these statuses; empty for all.
        placed_from: Placed at this moment or later.
        placed_until: Placed before this moment.
        total_min: Of this price or more, and in its currency.
        total_max: Of this price or less, and in its currency.
        text: Each word of it begins a word of an item's or the customer's name, in whatever case.
        transaction_id: Whose transaction id begins so.
        webhook: Whose webhook state is this.
        customer_id: Of this customer.
        needs_review: Which need a review, or which do not.
        include_unverified: With those that were never announced: the card not verified yet, or refused.
        sort: `placed_at`, `total`, `item_name`, `status`, `transaction_id` or `webhook`; a `-` before it for
            descending. Ties are broken by id. `total` sorts by currency, then amount.
        limit: Rows a page, 1 to 200.
        after: A cursor: `OrderPage.next` or `OrderPage.previous` of a page with the same filters and sort.
    """

    store_id: str | None = attrs.field(default=None, validator=optional(ident()))
    statuses: tuple[OrderStatus, ...] = attrs.field(
        default=(), converter=_as_statuses, validator=each(member(OrderStatus))
    )
    placed_from: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    placed_until: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    total_min: Money | None = attrs.field(default=None, validator=optional(instance(Money)))
    total_max: Money | None = attrs.field(default=None, validator=optional(instance(Money)))
    text: str | None = attrs.field(default=None, validator=optional(line(empty=True, cards=False)), repr=False)
    transaction_id: str | None = attrs.field(default=None, validator=optional(ident(empty=True)))
    webhook: WebhookState | None = attrs.field(
        default=None, converter=_as_webhook, validator=optional(member(WebhookState))
    )
    customer_id: str | None = attrs.field(default=None, validator=optional(ident()))
    needs_review: bool | None = attrs.field(default=None, validator=optional(boolean))
    include_unverified: bool = attrs.field(default=False, validator=boolean)
    sort: str = attrs.field(default="-placed_at", validator=_check_sort)
    limit: int = attrs.field(default=50, validator=whole(1, MOST_ROWS))
    after: str | None = attrs.field(default=None, validator=optional(ident(10_000)), repr=False)

    def __attrs_post_init__(self) -> None:
        low, high = self.total_min, self.total_max
        if low is not None and high is not None and low.currency != high.currency:
            raise ValidationError("OrderQuery.total_min and total_max must be of one currency")

    @property
    def descending(self) -> bool:
        """Whether the greatest comes first."""
        return self.sort.startswith("-")

    @property
    def fingerprint(self) -> str:
        """What a cursor belongs to: the filters and the sort, not the page."""
        asked = attrs.asdict(self, recurse=False, filter=lambda field, _: field.name not in ("limit", "after"))
        told = json.dumps(asked, sort_keys=True, default=str)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@attrs.frozen
class OrderPage:
    """One page of orders.

    Attributes:
        rows: The orders, sorted as asked.
        next: The cursor of the page after this one; None on the last.
        previous: The cursor of the page before this one; None on the first.
    """

    rows: tuple[OrderSummary, ...] = attrs.field(converter=as_tuple, validator=each(instance(OrderSummary)))
    next: str | None = attrs.field(default=None, validator=optional(ident(10_000)))
    previous: str | None = attrs.field(default=None, validator=optional(ident(10_000)))


def summary_of(order: Order, webhook: WebhookState = WebhookState.NONE) -> OrderSummary:
    """The row of the order page for an order. The webhook state is the storage's to know."""
    more = len(order.items) - 1
    return OrderSummary(
        id=order.id,
        placed_at=order.placed_at,
        item_name=order.items[0].name + (f" + {more} more" if more else ""),
        total=order.total,
        status=order.status,
        transaction_id=order.transaction_id,
        webhook=webhook,
        customer_name=order.customer.name,
        needs_review=order.needs_review,
        payment_due_at=order.payment_due_at,
    )


def sort_key(row: OrderSummary, sort: str) -> SortKey:
    """What a row is sorted by under a sort, ascending; the id comes last and breaks ties."""
    match sort.removeprefix("-"):
        case "placed_at":
            return (microseconds(row.placed_at), row.id)
        case "total":
            return (row.total.currency, row.total.minor_units, row.id)
        case "item_name":
            return (row.item_name, row.id)
        case "status":
            return (row.status.value, row.id)
        case "transaction_id":
            return (row.transaction_id or "", row.id)
        case _:
            return (row.webhook.value, row.id)


def microseconds(at: datetime) -> int:
    """A moment as whole microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def words(text: str) -> tuple[str, ...]:
    """The words of a text as searches compare them: letters and digits, composed (NFC) and case folded."""
    return tuple(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))


def search_words(order: Order) -> tuple[str, ...]:
    """The words under which an order is found: those of its items' names and of the customer's name."""
    names = [order.customer.name, *(item.name for item in order.items)]
    return tuple(sorted({word for name in names for word in words(name)}))


Direction = Literal["next", "previous"]


@attrs.frozen
class Position:
    """Where a page begins.

    Attributes:
        direction: Whether it goes on from the row with this key, or back.
        key: The row's sort key.
        inclusive: Whether the row itself is on the page: so where a page has emptied meanwhile.
    """

    direction: Direction
    key: SortKey
    inclusive: bool = False

    def admits(self, key: SortKey, *, downwards: bool) -> bool:
        """Whether a row is on this side of the position, in a walk that goes down or up through the keys."""
        return (self.inclusive and key == self.key) or (key < self.key if downwards else key > self.key)


def position_of(query: OrderQuery) -> Position | None:
    """What the query's cursor says; None for the first page.

    Raises:
        ValidationError: If the cursor is broken, or belongs to another sort or filter.
    """
    if query.after is None:
        return None
    direction, inclusive, fingerprint, told = parts_of(query.after, [str, int, str, str], "OrderQuery.after")
    if fingerprint != query.fingerprint:
        raise ValidationError(
            "OrderQuery.after belongs to a page with another sort or filter: begin with the first page"
        )
    key = parts_of(str(told), _key_types(query.sort), "OrderQuery.after")
    if direction not in ("next", "previous") or inclusive not in (0, 1):
        raise ValidationError("OrderQuery.after must be a cursor as a page gave it: it is broken")
    return Position("previous" if direction == "previous" else "next", key, bool(inclusive))


def matches(query: OrderQuery, order: Order, row: OrderSummary, found_by: Sequence[str]) -> bool:
    """Whether an order is among those that a query asks for: what every adapter's own search must agree with.

    Args:
        query: What was asked.
        order: The order.
        row: Its row, with the webhook state.
        found_by: Its search words.
    """
    asked = words(query.text) if query.text is not None else ()
    return (
        (query.include_unverified or order.verified)
        and query.store_id in (None, order.store_id)
        and query.customer_id in (None, order.customer.id)
        and (not query.statuses or order.status in query.statuses)
        and (query.placed_from is None or order.placed_at >= query.placed_from)
        and (query.placed_until is None or order.placed_at < query.placed_until)
        and (query.total_min is None or _at_least(row.total, query.total_min))
        and (query.total_max is None or _at_least(query.total_max, row.total))
        and (query.transaction_id is None or (row.transaction_id or "").startswith(query.transaction_id))
        and query.webhook in (None, row.webhook)
        and query.needs_review in (None, row.needs_review)
        and all(any(word.startswith(start) for word in found_by) for start in asked)
    )


def _at_least(one: Money, other: Money) -> bool:
    return one.currency == other.currency and one >= other


def page_of(query: OrderQuery, found: Iterable[OrderSummary]) -> OrderPage:
    """The page that the rows make.

    Args:
        query: What was asked.
        found: Up to `limit + 1` rows from the query's position on, nearest first: backwards if the cursor says so.
    """
    position = position_of(query)
    rows = list(found)
    more = len(rows) > query.limit
    del rows[query.limit :]
    if position is not None and position.direction == "previous":
        rows.reverse()
        return OrderPage(
            rows, _cursor(query, "next", rows, position), _cursor(query, "previous", rows, position) if more else None
        )
    return OrderPage(
        rows,
        _cursor(query, "next", rows, position) if more else None,
        None if position is None else _cursor(query, "previous", rows, position),
    )


def _cursor(query: OrderQuery, direction: Direction, rows: Sequence[OrderSummary], position: Position | None) -> str:
    if rows:
        key = sort_key(rows[-1] if direction == "next" else rows[0], query.sort)
    else:
        assert position is not None  # without one, no rows make a first page that leads nowhere
        key = position.key
    return cursor_of(direction, int(not rows), query.fingerprint, cursor_of(*key))


def _key_types(sort: str) -> list[type]:
    return {"placed_at": [int, str], "total": [str, int, str]}.get(sort.removeprefix("-"), [str, str])
