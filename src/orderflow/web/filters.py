"""The order page's address: what it asks for, and back again, so that a view can be bookmarked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

import attrs
from starlette.datastructures import QueryParams

from ..errors import ValidationError
from ..query import OrderQuery
from ..status import OrderStatus
from .forms import money_of

__all__ = ["FIELDS", "SIZES", "Filters", "filters_of"]

SIZES: Final = (25, 50, 100, 200)
#: The fields of the filter form, and what the address may hold beside them.
FIELDS: Final = (
    "from",
    "until",
    "min",
    "max",
    "currency",
    "item",
    "transaction",
    "webhook",
    "customer",
    "store",
    "review",
)
_BESIDE: Final = ("status", "sort", "size")
_USUAL_CURRENCY: Final = "USD"
_USUAL_SORT: Final = "-placed_at"


@attrs.frozen
class Filters:
    """What an address asks for.

    Attributes:
        given: The fields that are not empty, as they came.
        query: What they mean, without a cursor; None if one is not as it must be.
        problem: Why not.
    """

    given: Mapping[str, str]
    query: OrderQuery | None
    problem: str = ""

    @property
    def sort(self) -> str:
        """The sort, or the usual one."""
        return self.query.sort if self.query is not None else _USUAL_SORT

    @property
    def are_set(self) -> bool:
        """Whether anything is left out of the list."""
        return any(self.given.get(name) for name in (*FIELDS, "status"))

    def with_changes(self, **changes: str) -> dict[str, str]:
        """The address of another view: these filters, with changes; empty ones are left out."""
        return {name: value for name, value in {**self.given, **changes}.items() if value}


def filters_of(params: QueryParams) -> Filters:
    """Read an address. What is not known is ignored."""
    given = {name: params[name].strip() for name in (*FIELDS, *_BESIDE) if params.get(name, "").strip()}
    try:
        return Filters(given, _query_of(given))
    except ValidationError as error:
        return Filters(given, None, str(error))


def _query_of(given: Mapping[str, str]) -> OrderQuery:
    currency = given.get("currency", _USUAL_CURRENCY).upper()
    until = _day(given.get("until"), "until")
    return OrderQuery(
        store_id=given.get("store"),
        statuses=[OrderStatus(one) for one in [_member(given.get("status"), OrderStatus, "status")] if one],
        placed_from=_day(given.get("from"), "from"),
        placed_until=until + timedelta(days=1) if until is not None else None,
        total_min=money_of(given.get("min", ""), currency, "min"),
        total_max=money_of(given.get("max", ""), currency, "max"),
        text=given.get("item"),
        transaction_id=given.get("transaction"),
        webhook=given.get("webhook"),
        customer_id=given.get("customer"),
        needs_review=_flag(given.get("review")),
        sort=given.get("sort", _USUAL_SORT),
        limit=_size(given.get("size", "50")),
    )


def _member(value: str | None, kind: type[OrderStatus], field: str) -> str | None:
    if value is not None and value not in list(kind):
        raise ValidationError(f"{field} must be one of {', '.join(kind)}")
    return value


def _day(value: str | None, field: str) -> datetime | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = date.min
    if not date.min < day < date.max:  # a day more must be a date, too
        raise ValidationError(f"{field} must be a day such as 2026-01-31")
    return datetime.combine(day, time(), timezone.utc)


def _flag(value: str | None) -> bool | None:
    if value not in (None, "yes", "no"):
        raise ValidationError("review must be yes or no")
    return None if value is None else value == "yes"


def _size(value: str) -> int:
    if value not in map(str, SIZES):
        raise ValidationError(f"size must be one of {', '.join(map(str, SIZES))}")
    return int(value)
