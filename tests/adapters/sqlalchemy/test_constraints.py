"""The promises of a commit hold even for a caller that writes SQL by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError

from databases import Place
from orderflow import AttemptState
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from orderflow.ports import CommandRecord
from orderflow.testing.contracts.storage.built import attempt, keep, order, owed

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "two orders of one id": ("orders", {}),
    "two events of one number": ("events", {}),
    "two charges that may both move money": ("attempts", {"key": "another"}),
    "two attempts of one key": ("attempts", {"state": "declined"}),
    "two messages to one recipient": ("messages", {"id": "another"}),
    "two messages of one id": ("messages", {"seq": 99}),
    "two commands of one key": ("commands", {}),
}


@pytest.fixture
def engine(place: Place, engines: Callable[[str], Engine]) -> Engine:
    return engines(place.url)


@pytest.fixture
def storage(place: Place, engine: Engine) -> SQLAlchemyStorage:
    storage = SQLAlchemyStorage(engine, schema=place.schema)
    storage.create_all()
    command = CommandRecord(order_id="ord-1", key="once", digest="d")
    keep(storage, order(attempts=(attempt(state=AttemptState.OPEN),)), owed(1), command=command)
    return storage


@pytest.mark.parametrize("case", CASES)
def test_the_database_refuses(storage: SQLAlchemyStorage, engine: Engine, case: str) -> None:
    name, changes = CASES[case]
    table = next(table for table in storage.metadata.sorted_tables if table.name == f"orderflow_{name}")
    with engine.connect() as connection:
        row = connection.execute(select(table)).mappings().first()
    assert row is not None
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(insert(table).values({**row, **changes}))


def test_a_surplus_charge_is_no_bar_to_another(storage: SQLAlchemyStorage, engine: Engine) -> None:
    table = next(table for table in storage.metadata.sorted_tables if table.name == "orderflow_attempts")
    with engine.begin() as connection:
        row = connection.execute(select(table)).mappings().first()
        assert row is not None
        connection.execute(insert(table).values({**row, "key": "another", "state": "surplus"}))
        count = connection.scalar(select(sqlalchemy.func.count()).select_from(table))
    assert count == 2
