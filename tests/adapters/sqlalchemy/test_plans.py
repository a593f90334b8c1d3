"""What PostgreSQL does for the order page, and for the sweep, at a hundred thousand orders: it walks an index."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine, event, text

from adapters.sqlite.test_plans import SORTS, cursor
from orderflow import OrderQuery
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from orderflow.testing.contracts.storage.built import NOW, claim, due, keep, onwards, order, owed
from postgres import schema_of_its_own

ORDERS = 100_000
STATUSES = ("received", "accepted", "declined", "canceled", "pending_payment", "expired", "completed")
#: What differs from order to order; the rest is as it is in the template.
_VALUES = {
    "id": "'ord-' || lpad(n::text, 8, '0')",
    "status": f"(ARRAY{list(STATUSES)})[n % {len(STATUSES)} + 1]",
    "placed_at": "placed_at + n * 1000000::bigint",
    "item_name": "'item ' || (n::bigint * 7919 % 1000)",
    "minor_units": "n * 31 % 5000",
    "transaction_id": "'tx-' || (n::bigint * 104729 % 100003)",
    "webhook": "(ARRAY['pending', 'delivered', 'none'])[n % 3 + 1]",
    "due_at": "CASE WHEN n % 100 = 0 THEN placed_at + n END",
}
Asked = list[tuple[str, Any]]


@pytest.fixture(scope="module")
def opened(postgres: str) -> Iterator[tuple[SQLAlchemyStorage, Engine]]:
    """A storage with many orders, and its engine."""
    with schema_of_its_own(postgres) as schema:
        engine = sqlalchemy.create_engine(postgres)
        storage = SQLAlchemyStorage(engine, schema=schema)
        storage.create_all()
        keep(storage, order("ord-template"), owed(1, "in_app", order_id="ord-template"))
        orders = next(table for table in storage.metadata.sorted_tables if table.name == "orderflow_orders")
        names = [column.name for column in orders.columns]
        values = ", ".join(_VALUES.get(name, name) for name in names)
        table = f'"{schema}".orderflow_orders'
        many = (
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table}, generate_series(0, {ORDERS - 1}) n"
        )
        with engine.begin() as connection:
            connection.execute(text(many))
            connection.execute(text(f"ANALYZE {table}"))
        yield storage, engine
        engine.dispose()


def plans(engine: Engine, call: Callable[[], object]) -> list[dict[str, Any]]:
    """How the database carries out each statement of a call."""
    asked: Asked = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, parameters: Any, *_: object) -> None:
        asked.append((statement, parameters))

    call()
    event.remove(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        told = []
        for statement, parameters in asked:
            found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar()
            told.append((json.loads(found) if isinstance(found, str) else found)[0]["Plan"])  # type: ignore[index]
        connection.rollback()
    return told


def steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from steps(one)


def scans_and_sorts(plan: dict[str, Any]) -> list[str]:
    of_orders = [step for step in steps(plan) if re.search("Seq Scan|Sort|Bitmap Heap", step["Node Type"])]
    return [f"{step['Node Type']} {step.get('Relation Name', '')}" for step in of_orders]


def rows_read(plan: dict[str, Any]) -> float:
    return sum(
        (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"]
        for step in steps(plan)
        if "Scan" in step["Node Type"]
    )


@pytest.mark.parametrize("place", ["first", "next", "previous"])
@pytest.mark.parametrize("statuses", [[], ["received"]], ids=["all", "one status"])
@pytest.mark.parametrize("sort", SORTS)
def test_a_page_of_a_store_walks_an_index_and_sorts_nothing(
    opened: tuple[SQLAlchemyStorage, Engine], sort: str, statuses: list[str], place: str
) -> None:
    storage, engine = opened
    query = OrderQuery(store_id="studio-1", sort=sort, statuses=statuses)
    after = None if place == "first" else cursor(query, place)
    asked = OrderQuery(store_id="studio-1", sort=sort, statuses=statuses, after=after)
    (plan,) = plans(engine, lambda: storage.find(asked))
    assert scans_and_sorts(plan) == []
    assert rows_read(plan) <= 51


def test_the_two_thousandth_page_reads_no_more_rows_than_the_first(opened: tuple[SQLAlchemyStorage, Engine]) -> None:
    storage, engine = opened
    query = OrderQuery(store_id="studio-1", sort="total", limit=10)
    page = storage.find(query)
    for _ in range(1_999):
        query = OrderQuery(store_id="studio-1", sort="total", limit=10, after=page.next)
        page = storage.find(query)
    (plan,) = plans(engine, lambda: storage.find(query))
    assert rows_read(plan) <= 11


def test_the_sweep_finds_its_work_along_an_index(opened: tuple[SQLAlchemyStorage, Engine]) -> None:
    storage, engine = opened
    held, then = plans(engine, lambda: due(storage, NOW, limit=10))
    assert not [step for step in scans_and_sorts(held) if "orderflow_orders" in step]
    assert scans_and_sorts(then) == []


def test_one_commit_asks_the_database_three_times_at_most(opened: tuple[SQLAlchemyStorage, Engine]) -> None:
    storage, engine = opened
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    keep(storage, order("ord-new"), owed(1, order_id="ord-new"))
    created = len(asked)
    keep(storage, onwards(order("ord-new")), owed(2, order_id="ord-new"))
    assert created == 2  # what is there, and all that is new
    assert len(asked) - created == 3
    claim(storage)
    assert len(asked) == 6
