"""The order page's queries, for adapters that keep rows.

A page is a walk along the index that sorts as asked or, if a filter leaves few orders, a sort of those. The search
yields statements and is sent the rows that they come to, so that each adapter asks its database in its own way.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

import attrs

from ..query import OrderPage, OrderQuery, Position, page_of, position_of, words
from .rows import SUMMARY_COLUMNS, micros, prefix_end, summary

__all__ = ["SORT_COLUMNS", "Dialect", "Search", "find"]

#: The columns behind each sort key of `orderflow.OrderQuery`; the id comes after them.
SORT_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "placed_at": ("placed_at",),
    "total": ("currency", "minor_units"),
    "item_name": ("item_name",),
    "status": ("status",),
    "transaction_id": ("transaction_id",),
    "webhook": ("webhook",),
}

#: It yields SQL with the values of its question marks, is sent rows, and comes to a page.
Search = Generator[tuple[str, Sequence[Any]], Sequence[Sequence[Any]], OrderPage]

#: Up to so many orders are sorted rather than looked for along an index.
_FEW: Final = 1_000
_COLUMNS: Final = ", ".join(f"o.{column}" for column in SUMMARY_COLUMNS)


@attrs.frozen(kw_only=True)
class Dialect:
    """What is said otherwise from one database to another.

    Attributes:
        orders: The name of the table, quoted as need be.
        words: The name of the table, quoted as need be.
        position: The function that finds a text in a text; 0 if it is not there.
        unindexed: Said before a column, it keeps a planner without figures from leaving the index that sorts.
        few_first: The join that begins on its left side.
    """

    orders: str
    words: str
    position: str
    unindexed: str
    few_first: str


@attrs.frozen
class _Ids:
    """A query for the ids that a condition leaves, along an index that knows them."""

    sql: str
    values: tuple[Any, ...]


@attrs.frozen
class _Condition:
    """A part of a WHERE clause.

    Attributes:
        sql: The condition.
        values: Its parameters.
        ids: What it leaves; None if no index knows that.
    """

    sql: str
    values: tuple[Any, ...] = ()
    ids: _Ids | None = None


def find(query: OrderQuery, dialect: Dialect) -> Search:
    """A page of orders."""
    position = position_of(query)
    backwards = position is not None and position.direction == "previous"
    direction = "DESC" if query.descending != backwards else "ASC"
    columns = [f"o.{column}" for column in (*SORT_COLUMNS[query.sort.removeprefix("-")], "id")]
    order = f"ORDER BY {', '.join(f'{column} {direction}' for column in columns)} LIMIT {query.limit + 1}"
    walks: list[tuple[str, list[Any]]] = []
    for is_announced in (True, False) if query.include_unverified else (True,):
        conditions = list(_conditions(query, dialect, is_announced=is_announced))
        few = yield from _narrowest(conditions)
        left = [condition for condition in conditions if condition is not few]
        ids = few.ids if few is not None else None
        is_walk = is_announced and ids is None and not _is_of_customer(query)
        for status in _statuses(query, dialect, is_walk=is_walk):
            both = [*left, *status]
            if position is not None:
                both.append(_onwards(query, position, columns, status[0].values if is_walk and status else ()))
            walks.append(_walk(dialect, ids, both, order))
    sql, values = walks[0] if len(walks) == 1 else _together(walks, order)
    found = yield sql, values
    return page_of(query, [summary(row) for row in found])


def _walk(dialect: Dialect, ids: _Ids | None, conditions: Sequence[_Condition], order: str) -> tuple[str, list[Any]]:
    """A query that gives a page, or a part of it: along an index of its own, or over few."""
    orders = f"{dialect.orders} AS o"
    table = f"({ids.sql}) AS few {dialect.few_first} {orders} ON o.id = few.id" if ids else orders
    clause = " AND ".join(condition.sql for condition in conditions)
    values = [*(ids.values if ids else ()), *(value for condition in conditions for value in condition.values)]
    return f"SELECT {_COLUMNS} FROM {table} WHERE {clause} {order}", values


def _together(walks: Sequence[tuple[str, list[Any]]], order: str) -> tuple[str, list[Any]]:
    parts = " UNION ALL ".join(f"SELECT * FROM ({walk}) AS w{number}" for number, (walk, _) in enumerate(walks))
    return f"SELECT {_COLUMNS} FROM ({parts}) AS o {order}", [value for _, values in walks for value in values]


def _onwards(query: OrderQuery, position: Position, columns: Sequence[str], status: tuple[Any, ...]) -> _Condition:
    """A comparison of rows: the database begins its walk there, and reads nothing before it."""
    is_downwards = query.descending != (position.direction == "previous")
    key: tuple[Any, ...] = position.key
    if status and query.sort.endswith("status"):  # all of the walk has one status: the id alone tells where it begins
        if status != key[:1]:
            return _Condition("1 = 1" if (status < key[:1]) == is_downwards else "1 = 0")
        columns, key = columns[1:], key[1:]
    compared = ("<" if is_downwards else ">") + ("=" if position.inclusive else "")
    return _Condition(f"({', '.join(columns)}) {compared} ({_marks(key)})", key)


def _narrowest(
    conditions: Sequence[_Condition],
) -> Generator[tuple[str, Sequence[Any]], Sequence[Sequence[Any]], _Condition | None]:
    """The first condition that leaves few orders, if there is one."""
    for condition in conditions:
        if condition.ids is not None:
            ((count,),) = yield (
                f"SELECT count(*) FROM ({condition.ids.sql} LIMIT {_FEW + 1}) AS few",
                condition.ids.values,
            )
            if count <= _FEW:
                return condition
    return None


def _statuses(query: OrderQuery, dialect: Dialect, *, is_walk: bool) -> list[list[_Condition]]:
    """One walk for each status: each along an index of its own."""
    told = [status.value for status in query.statuses]
    if not is_walk and told:
        return [[_Condition(f"{dialect.unindexed}o.status IN ({_marks(told)})", tuple(told))]]
    return [[_Condition("o.status = ?", (status,))] for status in told] or [[]]


def _conditions(query: OrderQuery, dialect: Dialect, *, is_announced: bool) -> Iterator[_Condition]:
    """What the query asks for, its statuses left out; what is likely to leave few comes first."""
    loose = f"{dialect.unindexed}o."
    of_customer = _is_of_customer(query)
    if query.customer_id is not None:
        ids = _Ids(f"SELECT id FROM {dialect.orders} WHERE customer_id = ?", (query.customer_id,))
        yield _Condition(f"{'o.' if of_customer else loose}customer_id = ?", (query.customer_id,), ids)
    if query.needs_review:
        yield _Condition(
            f"{loose}needs_review = 1", (), _Ids(f"SELECT id FROM {dialect.orders} WHERE needs_review = 1", ())
        )
    if query.transaction_id:
        parts = _range("transaction_id", query.transaction_id)
        told, values = _and(parts)
        ids = _Ids(f"SELECT id FROM {dialect.orders} WHERE transaction_id <> '' AND {told}", values)
        yield _Condition(_and(parts, loose)[0], values, ids)
    yield from (_word(word, dialect) for word in dict.fromkeys(words(query.text or "")))
    for parts in _known_in_a_store(query):
        told, values = _and(parts)
        among = f"SELECT id FROM {dialect.orders} WHERE verified = 1 AND store_id = ? AND {told}"
        is_known = is_announced and query.store_id is not None
        yield _Condition(_and(parts, loose)[0], values, _Ids(among, (query.store_id, *values)) if is_known else None)
    if query.sort.endswith("placed_at"):
        yield from (_Condition(f"o.{sql}", (value,)) for sql, value in _placed(query))
    if query.store_id is not None:
        yield _Condition(f"{loose if of_customer else 'o.'}store_id = ?", (query.store_id,))
    if query.needs_review is False:
        yield _Condition("o.needs_review = 0")
    yield _Condition(f"o.verified = {int(is_announced)}")


def _is_of_customer(query: OrderQuery) -> bool:
    """Whether the walk is along a customer's own orders."""
    return query.customer_id is not None and query.sort.endswith("placed_at")


def _word(word: str, dialect: Dialect) -> _Condition:
    told, values = _and(_range("word", word))
    ids = _Ids(f"SELECT DISTINCT order_id AS id FROM {dialect.words} WHERE {told}", values)
    return _Condition(f"{dialect.position}(o.words, ?) > 0", (f" {word}",), ids)


def _known_in_a_store(query: OrderQuery) -> Iterator[list[tuple[str, Any]]]:
    """Conditions that an index knows of a store's announced orders, unless the page is sorted along it anyway."""
    if query.webhook is not None:
        yield [("webhook = ?", query.webhook.value)]
    placed: list[tuple[str, Any]] = list(_placed(query))
    if placed and not query.sort.endswith("placed_at"):
        yield placed
    limits = [(">=", query.total_min), ("<=", query.total_max)]
    priced = [(compared, limit) for compared, limit in limits if limit is not None]
    if priced:
        amounts: list[tuple[str, Any]] = [(f"minor_units {sign} ?", limit.minor_units) for sign, limit in priced]
        yield [("currency = ?", priced[0][1].currency), *amounts]


def _placed(query: OrderQuery) -> Iterator[tuple[str, int | None]]:
    if query.placed_from is not None:
        yield "placed_at >= ?", micros(query.placed_from)
    if query.placed_until is not None:
        yield "placed_at < ?", micros(query.placed_until)


def _range(column: str, prefix: str) -> list[tuple[str, Any]]:
    """From a prefix to just before the first text after all that begin with it."""
    end = prefix_end(prefix)
    return [(f"{column} >= ?", prefix), *([] if end is None else [(f"{column} < ?", end)])]


def _and(parts: Sequence[tuple[str, Any]], before: str = "") -> tuple[str, tuple[Any, ...]]:
    return " AND ".join(before + sql for sql, _ in parts), tuple(value for _, value in parts)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
