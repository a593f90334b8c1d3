"""The order page: the table, its filters and its pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
from starlette.responses import Response

from ..errors import ValidationError
from ..people import Role
from ..query import OrderPage, WebhookState
from ..status import OrderStatus
from .filters import FIELDS, SIZES, Filters, filters_of
from .visit import Visit

__all__ = ["show_orders"]

#: The columns of the table, and whether one can sort by them.
_COLUMNS: Final = (
    ("placed_at", True),
    ("item_name", True),
    ("customer", False),
    ("total", True),
    ("status", True),
    ("transaction_id", True),
    ("webhook", True),
)
_FOR_STAFF: Final = ("customer", "webhook")


async def show_orders(visit: Visit) -> Response:
    """The table; a filter that is not as it must be is said above the form, which stays as it is."""
    filters = filters_of(visit.request.query_params)
    problem, page = filters.problem, None
    if filters.query is not None:
        after = visit.request.query_params.get("after") or None
        try:
            page = await visit.ask("find", attrs.evolve(filters.query, after=after))
        except ValidationError as error:  # a cursor of another view, or none
            problem = str(error)
    return await visit.html(
        "orders.html",
        200 if page is not None else 400,
        filters=filters,
        problem=problem,
        page=page,
        columns=_columns(visit, filters),
        tabs=_tabs(visit, filters, await _counts(visit, filters)),
        fields=_fields(visit),
        sizes=SIZES,
        webhook_states=list(WebhookState),
        paging=_paging(visit, filters, page),
    )


async def _counts(visit: Visit, filters: Filters) -> Mapping[OrderStatus, int]:
    """How many are in each status, of the store whose orders are shown; none for a customer."""
    store_id = visit.actor.store_id or filters.given.get("store")
    if not visit.is_staff or store_id is None or filters.query is None:
        return {}
    found: Mapping[OrderStatus, int] = await visit.ask("counts", store_id=store_id)
    return found


def _columns(visit: Visit, filters: Filters) -> list[dict[str, Any]]:
    columns = []
    for name, sortable in _COLUMNS:
        if name in _FOR_STAFF and not visit.is_staff:
            continue
        sorted_by = filters.sort.removeprefix("-") == name
        descending = sorted_by and filters.sort.startswith("-")
        columns.append(
            {
                "name": name,
                "aria": ("descending" if descending else "ascending") if sorted_by else "none",
                "url": visit.url("/", filters.with_changes(sort=name if descending or not sorted_by else f"-{name}"))
                if sortable
                else None,
            }
        )
    return columns


def _tabs(visit: Visit, filters: Filters, counts: Mapping[OrderStatus, int]) -> list[dict[str, Any]]:
    chosen = filters.given.get("status", "")
    tabs: list[dict[str, Any]] = [{"text": "all", "status": "", "count": sum(counts.values()) if counts else None}]
    tabs += [{"text": f"status_{one}", "status": one.value, "count": counts.get(one)} for one in OrderStatus]
    for tab in tabs:
        tab["url"] = visit.url("/", filters.with_changes(status=tab["status"]))
        tab["is_chosen"] = tab["status"] == chosen
    return tabs


def _fields(visit: Visit) -> tuple[str, ...]:
    """Which filters this actor has."""
    left_out = {
        Role.CUSTOMER: ("webhook", "customer", "store", "review"),
        Role.MERCHANT: ("store",),
    }.get(visit.actor.role, ())
    return tuple(field for field in FIELDS if field not in left_out)


def _paging(visit: Visit, filters: Filters, page: OrderPage | None) -> dict[str, str]:
    if page is None:
        return {}
    found = {"previous": page.previous, "next": page.next}
    urls = {name: visit.url("/", filters.with_changes(after=after)) for name, after in found.items() if after}
    if page.previous:
        urls["first"] = visit.url("/", filters.with_changes())
    return urls
