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
    backwards = position is not None and position.direction == "previous"
    direction = "DESC" if query.descending != backwards else "ASC"
    columns = [f"o.{column}" for column in _sorted_by(query)]
    order = f"ORDER BY {', '.join(f'{column} {direction}' for column in columns)} LIMIT {query.limit + 1}"
    walks = list(_walks(connection, query, position, columns, order))
    if len(walks) == 1:
        ((sql, values),) = walks
    else:
        together = " UNION ALL ".join(f"SELECT * FROM ({walk})" for walk, _ in walks)
        sql = f"SELECT {_COLUMNS} FROM ({together}) AS o {order}"
        values = [value for _, some in walks for value in some]
    return page_of(query, [summary(row) for row in connection.execute(sql, values).fetchall()])


def _sorted_by(query: OrderQuery) -> tuple[str, ...]:
    return (*SORT_COLUMNS[query.sort.removeprefix("-")], "id")


def _walks(
    connection: sqlite3.Connection, query: OrderQuery, position: Position | None, columns: Sequence[str], order: str
) -> Iterator[tuple[str, list[Any]]]:
    """Queries that give the page together: each walks an index of its own, or sorts few."""
    for is_announced in (True, False) if query.include_unverified else (True,):
        conditions = list(_conditions(query, is_announced=is_announced))
        few = _narrowest(connection, conditions)
        ids = few.ids if few is not None else None
        table = f"({ids.sql}) AS few CROSS JOIN orders AS o ON o.id = few.id" if ids else "orders AS o"
        left = [condition for condition in conditions if condition is not few]
        is_walk = is_announced and ids is None and not _is_of_customer(query)
        for status in _statuses(query, is_walk=is_walk):
            both = [*left, *status]
            if position is not None:
                both.append(_onwards(query, position, columns, status[0].values if is_walk and status else ()))
            clause = " AND ".join(condition.sql for condition in both)
            values = [*(ids.values if ids else ()), *(value for condition in both for value in condition.values)]
            yield f"SELECT {_COLUMNS} FROM {table} WHERE {clause} {order}", values


def _onwards(query: OrderQuery, position: Position, columns: Sequence[str], status: tuple[Any, ...]) -> _Condition:
    """A comparison of rows: SQLite begins its walk there, and reads nothing before it."""
    is_downwards = query.descending != (position.direction == "previous")
    key: tuple[Any, ...] = position.key
    if status and query.sort.endswith("status"):  # all of the walk has one status: the id alone tells where it begins
        if status != key[:1]:
            return _Condition("1" if (status < key[:1]) == is_downwards else "0")
        columns, key = columns[1:], key[1:]
    compared = ("<" if is_downwards else ">") + ("=" if position.inclusive else "")
    return _Condition(f"({', '.join(columns)}) {compared} ({_marks(key)})", key)


def _narrowest(connection: sqlite3.Connection, conditions: Sequence[_Condition]) -> _Condition | None:
    """The first condition that leaves few orders, if there is one."""
    for condition in conditions:
        if condition.ids is not None:
            counted = f"SELECT count(*) FROM ({condition.ids.sql} LIMIT {_FEW + 1})"
            (count,) = connection.execute(counted, condition.ids.values).fetchone()
            if count <= _FEW:
                return condition
    return None


def _statuses(query: OrderQuery, *, is_walk: bool) -> list[list[_Condition]]:
    """One walk for each status: each along an index of its own."""
    told = [status.value for status in query.statuses]
    if not is_walk and told:
        return [[_Condition(f"+o.status IN ({_marks(told)})", tuple(told))]]
    return [[_Condition("o.status = ?", (status,))] for status in told] or [[]]


def _conditions(query: OrderQuery, *, is_announced: bool) -> Iterator[_Condition]:
    """What the query asks for, its statuses left out; what is likely to leave few comes first."""
    if query.customer_id is not None:
        known = _known("customer_id = ?", query.customer_id)
        yield attrs.evolve(known, sql="o.customer_id = ?") if _is_of_customer(query) else known
    if query.needs_review:
        yield _known("needs_review = 1")
    if query.transaction_id:
        sql, values = _range("transaction_id", query.transaction_id, prefix_end(query.transaction_id))
        ids = _Ids(f"SELECT id FROM orders WHERE transaction_id <> '' AND {sql}", values)
        yield _Condition(_unindexed(sql), values, ids)
    yield from (_word(word) for word in dict.fromkeys(words(query.text or "")))
    for sql, values in _known_in_a_store(query):
        ids = _Ids(f"SELECT id FROM orders WHERE verified = 1 AND store_id = ? AND {sql}", (query.store_id, *values))
        yield _Condition(_unindexed(sql), values, ids if is_announced and query.store_id is not None else None)
    if query.sort.endswith("placed_at"):
        yield from (_Condition(f"o.{sql}", (value,)) for sql, value in _placed(query))
    if query.store_id is not None:
        yield _Condition("+o.store_id = ?" if _is_of_customer(query) else "o.store_id = ?", (query.store_id,))
    if query.needs_review is False:
        yield _Condition("o.needs_review = 0")
    yield _Condition(f"o.verified = {int(is_announced)}")


def _is_of_customer(query: OrderQuery) -> bool:
    """Whether the walk is along a customer's own orders."""
    return query.customer_id is not None and query.sort.endswith("placed_at")


def _known(sql: str, *values: Any) -> _Condition:
    return _Condition(_unindexed(sql), values, _Ids(f"SELECT id FROM orders WHERE {sql}", values))


def _word(word: str) -> _Condition:
    sql, values = _range("word", word, prefix_end(word))
    return _Condition(
        "instr(o.words, ?) > 0", (f" {word}",), _Ids(f"SELECT DISTINCT order_id AS id FROM words WHERE {sql}", values)
    )


def _known_in_a_store(query: OrderQuery) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Conditions that an index knows of a store's announced orders, unless the page is sorted along it anyway."""
    if query.webhook is not None:
        yield "webhook = ?", (query.webhook.value,)
    placed = list(_placed(query))
    if placed and not query.sort.endswith("placed_at"):
        yield " AND ".join(sql for sql, _ in placed), tuple(value for _, value in placed)
    limits = [(">=", query.total_min), ("<=", query.total_max)]
    priced = [(compared, limit) for compared, limit in limits if limit is not None]
    if priced:
        sql = " AND ".join(["currency = ?", *(f"minor_units {compared} ?" for compared, _ in priced)])
        yield sql, (priced[0][1].currency, *(limit.minor_units for _, limit in priced))


def _placed(query: OrderQuery) -> Iterator[tuple[str, int | None]]:
    if query.placed_from is not None:
        yield "placed_at >= ?", micros(query.placed_from)
    if query.placed_until is not None:
        yield "placed_at < ?", micros(query.placed_until)


def _range(column: str, low: str, end: str | None) -> tuple[str, tuple[str, ...]]:
    """From `low` to just before `end`."""
    return (f"{column} >= ?", (low,)) if end is None else (f"{column} >= ? AND {column} < ?", (low, end))


def _unindexed(sql: str) -> str:
    return " AND ".join(f"+o.{part}" for part in sql.split(" AND "))


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
