"""The order page's queries: a walk along the index that sorts as asked, or, if a filter leaves few, a sort of those."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any, Final

import attrs

from ...query import OrderPage, OrderQuery, Position, page_of, position_of, words
from ..rows import SUMMARY_COLUMNS, micros, prefix_end, summary
from .schema import SORT_COLUMNS

__all__ = ["find"]

#: Up to so many orders are sorted rather than looked for along an index.
_FEW: Final = 1_000
_COLUMNS: Final = ", ".join(f"o.{column}" for column in SUMMARY_COLUMNS)


@attrs.frozen
class _Ids:
    """A query for the ids that a condition leaves, along an index that knows them."""

    sql: str
    values: tuple[Any, ...]


@attrs.frozen
class _Condition:
    """A part of a WHERE clause.

    Attributes:
        sql: The condition. A `+` before a column keeps SQLite from leaving the index that sorts for one that does not.
        values: Its parameters.
        ids: What it leaves; None if no index knows that.
    """

    sql: str
    values: tuple[Any, ...] = ()
    ids: _Ids | None = None


def find(connection: sqlite3.Connection, query: OrderQuery) -> OrderPage:
    """A page of orders."""
    position = position_of(query)
    conditions = _conditions(query)
    few = _narrowest(connection, conditions)
    sql, values = _page(query, position, conditions, few)
    return page_of(query, [summary(row) for row in connection.execute(sql, values)])


def _narrowest(connection: sqlite3.Connection, conditions: Sequence[_Condition]) -> _Condition | None:
    """The first condition that leaves few orders, if there is one."""
    for condition in conditions:
        if condition.ids is not None:
            counted = f"SELECT count(*) FROM ({condition.ids.sql} LIMIT {_FEW + 1})"
            (count,) = connection.execute(counted, condition.ids.values).fetchone()
            if count <= _FEW:
                return condition
    return None


def _page(
    query: OrderQuery, position: Position | None, conditions: Sequence[_Condition], few: _Condition | None
) -> tuple[str, list[Any]]:
    backwards = position is not None and position.direction == "previous"
    downwards = query.descending != backwards
    columns = [f"o.{column}" for column in (*SORT_COLUMNS[query.sort.removeprefix("-")], "id")]
    where = [condition for condition in conditions if condition is not few]
    if position is not None:
        compared = ("<" if downwards else ">") + ("=" if position.inclusive else "")
        where.append(_Condition(f"({', '.join(columns)}) {compared} ({_marks(position.key)})", position.key))
    ids = few.ids if few is not None else None
    table = f"({ids.sql}) AS few CROSS JOIN orders AS o ON o.id = few.id" if ids else "orders AS o"
    direction = "DESC" if downwards else "ASC"
    order = f"ORDER BY {', '.join(f'{column} {direction}' for column in columns)} LIMIT {query.limit + 1}"
    walks = []
    values: list[Any] = []
    for status in _statuses(query, is_walk=ids is None):
        both = [*where, *status]
        clause = " AND ".join(condition.sql for condition in both) or "1"
        walks.append(f"SELECT {_COLUMNS} FROM {table} WHERE {clause} {order}")
        values += [*(ids.values if ids else ()), *(value for condition in both for value in condition.values)]
    if len(walks) == 1:
        return walks[0], values
    together = " UNION ALL ".join(f"SELECT * FROM ({walk})" for walk in walks)
    return f"SELECT {_COLUMNS} FROM ({together}) AS o {order}", values


def _statuses(query: OrderQuery, *, is_walk: bool) -> list[list[_Condition]]:
    """One walk for each status: each along an index of its own."""
    told = [status.value for status in query.statuses]
    if not is_walk and told:
        return [[_Condition(f"o.status IN ({_marks(told)})", tuple(told))]]
    return [[_Condition("o.status = ?", (status,))] for status in told] or [[]]


def _conditions(query: OrderQuery) -> list[_Condition]:
    """What the query asks for, its statuses left out; what is likely to leave few comes first."""
    found: list[_Condition] = []
    if query.customer_id is not None:
        found.append(_known("customer_id = ?", query.customer_id))
    if query.needs_review:
        found.append(_known("needs_review = 1"))
    if query.transaction_id:
        sql, values = _range("transaction_id", query.transaction_id, prefix_end(query.transaction_id))
        ids = _Ids(f"SELECT id FROM orders WHERE transaction_id <> '' AND {sql}", values)
        found.append(_Condition(_unindexed(sql), values, ids))
    found.extend(_word(word) for word in dict.fromkeys(words(query.text or "")))
    if query.webhook is not None:
        found.append(_in_store(query, "webhook = ?", (query.webhook.value,)))
    found.extend(_placed(query))
    found.extend(_priced(query))
    if query.store_id is not None:
        found.append(_Condition("o.store_id = ?", (query.store_id,)))
    if query.needs_review is False:
        found.append(_Condition("o.needs_review = 0"))
    if not query.include_unverified:
        found.append(_Condition("o.verified = 1"))
    return found


def _known(sql: str, *values: Any) -> _Condition:
    return _Condition(_unindexed(sql), values, _Ids(f"SELECT id FROM orders WHERE {sql}", values))


def _in_store(query: OrderQuery, sql: str, values: tuple[Any, ...]) -> _Condition:
    """A condition that an index knows within a store."""
    if query.store_id is None:
        return _Condition(_unindexed(sql), values)
    ids = _Ids(f"SELECT id FROM orders WHERE store_id = ? AND {sql}", (query.store_id, *values))
    return _Condition(_unindexed(sql), values, ids)


def _word(word: str) -> _Condition:
    sql, values = _range("word", word, prefix_end(word))
    return _Condition(
        "instr(o.words, ?) > 0", (f" {word}",), _Ids(f"SELECT DISTINCT order_id AS id FROM words WHERE {sql}", values)
    )


def _placed(query: OrderQuery) -> Iterator[_Condition]:
    sql, values = _range("placed_at", micros(query.placed_from), micros(query.placed_until))
    if not sql:
        return
    if query.sort.endswith("placed_at"):
        yield _Condition(" AND ".join(f"o.{part}" for part in sql.split(" AND ")), values)
    else:
        yield _in_store(query, sql, values)


def _priced(query: OrderQuery) -> Iterator[_Condition]:
    low, high = query.total_min, query.total_max
    known = low if low is not None else high
    if known is None:
        return
    sql, values = "currency = ?", tuple[str | int, ...]((known.currency,))
    for compared, limit in ((">=", low), ("<=", high)):
        if limit is not None:
            sql, values = f"{sql} AND minor_units {compared} ?", (*values, limit.minor_units)
    yield _in_store(query, sql, values)


def _range(column: str, low: str | int | None, high: str | int | None) -> tuple[str, tuple[Any, ...]]:
    """From `low` to just before `high`."""
    parts = [(f"{column} >= ?", low), (f"{column} < ?", high)]
    told = [(sql, value) for sql, value in parts if value is not None]
    return " AND ".join(sql for sql, _ in told), tuple(value for _, value in told)


def _unindexed(sql: str) -> str:
    return " AND ".join(f"+o.{part}" for part in sql.split(" AND "))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
