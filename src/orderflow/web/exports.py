"""The filtered view as a file, row by row, however long it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import attrs
from starlette.responses import Response, StreamingResponse

from ..query import OrderPage, OrderSummary
from .filters import filters_of
from .refusal import Refusal
from .visit import Visit

__all__ = ["as_cell", "export_csv", "export_jsonl"]

_A_PAGE: Final = 200
# What makes a spreadsheet take a cell for a formula, full-width forms included (OWASP: CSV injection).
_TRIGGERS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_COLUMNS: Final = (
    "id",
    "placed_at",
    "status",
    "item_name",
    "customer_name",
    "price",
    "currency",
    "transaction_id",
    "webhook",
    "needs_review",
    "payment_due_at",
)


async def export_csv(visit: Visit) -> Response:
    """Comma-separated values as RFC 4180 has them, in UTF-8; no cell is a formula."""
    return await _streamed(visit, "text/csv; charset=utf-8", "orders.csv", _csv_head(), _as_csv)


async def export_jsonl(visit: Visit) -> Response:
    """A JSON object a line, exact."""
    return await _streamed(visit, "application/jsonl; charset=utf-8", "orders.jsonl", "", _as_json)


def as_cell(value: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_TRIGGERS) else value


async def _streamed(
    visit: Visit, kind: str, name: str, head: str, told: Callable[[Sequence[OrderSummary]], str]
) -> Response:
    """The first page is found before anything is sent, so that what is wrong is still a page that says so."""
    filters = filters_of(visit.request.query_params)
    if filters.query is None:
        raise Refusal(400, "error_input", filters.problem)
    query = attrs.evolve(filters.query, limit=_A_PAGE)
    first: OrderPage = await visit.ask("find", query)

    async def pieces() -> AsyncIterator[str]:
        yield head + told(first.rows)
        page = first
        while page.next is not None:
            page = await visit.ask("find", attrs.evolve(query, after=page.next))
            yield told(page.rows)

    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces(), media_type=kind, headers=disposition)


def _values(row: OrderSummary) -> dict[str, str | bool | None]:
    due = row.payment_due_at
    return {
        "id": row.id,
        "placed_at": row.placed_at.isoformat(),
        "status": row.status.value,
        "item_name": row.item_name,
        "customer_name": row.customer_name,
        "price": str(row.total.amount),
        "currency": row.total.currency,
        "transaction_id": row.transaction_id,
        "webhook": row.webhook.value,
        "needs_review": row.needs_review,
        "payment_due_at": due.isoformat() if due is not None else None,
    }


def _csv_head() -> str:
    return _lines([list(_COLUMNS)])


def _as_csv(rows: Sequence[OrderSummary]) -> str:
    return _lines([[_cell(_values(row)[name]) for name in _COLUMNS] for row in rows])


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return as_cell(str(value or ""))


def _lines(rows: list[list[str]]) -> str:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def _as_json(rows: Sequence[OrderSummary]) -> str:
    return "".join(json.dumps(_values(row), ensure_ascii=False) + "\n" for row in rows)
