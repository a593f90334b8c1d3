"""The plan of the order page: the search that every adapter with rows shares, asked by this database's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, text
from sqlalchemy.engine import Dialect as Database

from ...query import OrderPage, OrderQuery
from .. import finding
from .plans import Plan, ask
from .tables import Tables

__all__ = ["Searching"]


class Searching:
    """The plan, over the tables of one storage."""

    def __init__(self, tables: Tables, database: Database) -> None:
        name = database.identifier_preparer.format_table
        is_postgres = database.name == "postgresql"
        self._dialect = finding.Dialect(
            orders=name(tables.orders),
            words=name(tables.words),
            position="strpos" if is_postgres else "instr",
            unindexed="" if is_postgres else "+",  # PostgreSQL's planner has figures of its own
            few_first="JOIN" if is_postgres else "CROSS JOIN",
        )

    def find(self, query: OrderQuery) -> Plan[OrderPage]:
        """A statement for each filter that may leave few, and one for the page."""
        search = finding.find(query, self._dialect)
        try:
            sql, values = next(search)
            while True:
                statement, named = _named(sql, values)
                sql, values = search.send((yield from ask(statement, named)))
        except StopIteration as end:
            page: OrderPage = end.value
            return page


def _named(sql: str, values: Sequence[Any]) -> tuple[Executable, dict[str, Any]]:
    """SQL with names in the place of question marks."""
    first, *others = sql.split("?")
    told = first + "".join(f":p{number}{part}" for number, part in enumerate(others))
    return text(told), {f"p{number}": value for number, value in enumerate(values)}
