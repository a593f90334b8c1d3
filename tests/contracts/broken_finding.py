"""Storages that find, sort or count wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from orderflow import Order, OrderPage, OrderQuery, OrderStatus, ValidationError
from orderflow.adapters.memory import MemoryStorage
from orderflow.query import words


class UnorderedPages(MemoryStorage):
    """Lists orders as they were created."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        return OrderPage(sorted(page.rows, key=lambda row: row.id), page.next, page.previous)


class TiesLost(MemoryStorage):
    """Goes on after the last row's price, and leaves out those of the same price."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        if query.after is None or not page.rows:
            return page
        return OrderPage(page.rows[1:], page.next, page.previous)


class OldPlaces(MemoryStorage):
    """Finds orders by the status that they were created in."""

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[str, OrderStatus] = {}

    def commit(self, order: Order, **rest: Any) -> None:
        super().commit(order, **rest)
        self._first.setdefault(order.id, order.status)

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(attrs.evolve(query, statuses=()))
        rows = [row for row in page.rows if not query.statuses or self._first[row.id] in query.statuses]
        return OrderPage(rows, page.next, page.previous)


class CountsTheUnannounced(MemoryStorage):
    """Counts orders whose card was never verified."""

    def counts(self, store_id: str) -> Mapping[OrderStatus, int]:
        stored = [kept.order for kept in self._orders.values() if kept.order.store_id == store_id]
        return {status: sum(order.status is status for order in stored) for status in OrderStatus}


class Wildcards(MemoryStorage):
    """Takes the prefix of a transaction id for a pattern."""

    def find(self, query: OrderQuery) -> OrderPage:
        if query.transaction_id and set(query.transaction_id) & set("%_"):
            query = attrs.evolve(query, transaction_id=None)
        return super().find(query)


class CaseSensitive(MemoryStorage):
    """Finds a text only as it was written."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        asked = (query.text or "").split()
        named = {row.id: _names(self._orders[row.id].order) for row in page.rows}
        return OrderPage([row for row in page.rows if all(word in named[row.id] for word in asked)], page.next)


class FindsInsideWords(MemoryStorage):
    """Finds a text anywhere in a word."""

    def find(self, query: OrderQuery) -> OrderPage:
        asked = words(query.text or "")
        page = super().find(attrs.evolve(query, text=None))
        named = {row.id: " ".join(self._orders[row.id].found_by) for row in page.rows}
        return OrderPage([row for row in page.rows if all(word in named[row.id] for word in asked)], page.next)


class CursorsOfAnyQuery(MemoryStorage):
    """Begins anew if a cursor is not of the query."""

    def find(self, query: OrderQuery) -> OrderPage:
        try:
            return super().find(query)
        except ValidationError:
            return super().find(attrs.evolve(query, after=None))


class AlphabeticalOrder(MemoryStorage):
    """Sorts names as people do, without regard to case."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        if query.sort != "item_name":
            return page
        return OrderPage(sorted(page.rows, key=lambda row: row.item_name.casefold()), page.next, page.previous)


class SixteenBitOrder(MemoryStorage):
    """Sorts names by UTF-16, as some databases and languages do."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        if query.sort != "item_name":
            return page
        rows = sorted(page.rows, key=lambda row: (row.item_name.encode("utf-16-be"), row.id))
        return OrderPage(rows, page.next, page.previous)


class NoWayBack(MemoryStorage):
    """Forgets the way back from a page whose rows are gone."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        return page if page.rows else OrderPage(())


class OneMorePage(MemoryStorage):
    """Leads on from a page that is just full."""

    def find(self, query: OrderQuery) -> OrderPage:
        page = super().find(query)
        if page.next is not None or len(page.rows) < query.limit or query.limit == 1:
            return page
        return OrderPage(page.rows, super().find(attrs.evolve(query, limit=1)).next, page.previous)


def _names(order: Order) -> str:
    return " ".join([order.customer.name, *(item.name for item in order.items)])
