"""Where the tables are, and who makes them, is the host's choice."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Column, Engine, Integer, MetaData, Table, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from databases import Place
from orderflow import StorageError, ValidationError
from orderflow.adapters.sqlalchemy import AsyncSQLAlchemyStorage, SQLAlchemyStorage
from orderflow.testing.contracts.storage.built import keep, order

NAMES = {"attempts", "commands", "events", "messages", "notes", "orders", "words"}
#: By the name of a case: how a host would hold it wrong, and what it is told.
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a prefix with a quote": ({"prefix": 'x"'}, "prefix must be up to 30 letters"),
    "a prefix that is too long": ({"prefix": "x" * 31}, "prefix must be up to 30 letters"),
    "no prefix at all": ({"prefix": None}, "prefix must be up to 30 letters"),
    "metadata of another kind": ({"metadata": {}}, "metadata must be a sqlalchemy.MetaData"),
}


def test_create_all_makes_the_tables_and_may_be_called_again(place: Place, engines: Callable[[str], Engine]) -> None:
    engine = engines(place.url)
    storage = SQLAlchemyStorage(engine, schema=place.schema)
    storage.create_all()
    storage.create_all()
    assert set(inspect(engine).get_table_names(place.schema)) == {f"orderflow_{name}" for name in NAMES}


@pytest.mark.parametrize("prefix", ["", "Shop_", "a2"])
def test_the_prefix_is_the_hosts(place: Place, engines: Callable[[str], Engine], prefix: str) -> None:
    engine = engines(place.url)
    storage = SQLAlchemyStorage(engine, prefix=prefix, schema=place.schema)
    storage.create_all()
    keep(storage, order())
    assert storage.load("ord-1") == order()
    assert set(inspect(engine).get_table_names(place.schema)) == {f"{prefix}{name}" for name in NAMES}


def test_two_storages_in_one_database_know_nothing_of_each_other(
    place: Place, engines: Callable[[str], Engine]
) -> None:
    metadata, engine = MetaData(), engines(place.url)
    one, other = (
        SQLAlchemyStorage(engine, metadata=metadata, prefix=prefix, schema=place.schema) for prefix in ("a_", "b_")
    )
    one.create_all()
    other.create_all()
    keep(one, order())
    assert other.load("ord-1") is None


def test_the_hosts_metadata_lists_the_tables_for_its_migrations(place: Place, engines: Callable[[str], Engine]) -> None:
    metadata, engine = MetaData(), engines(place.url)
    storage = SQLAlchemyStorage(engine, metadata=metadata, schema=place.schema)
    assert storage.metadata is metadata
    metadata.create_all(engine)  # as a migration would
    keep(storage, order())
    assert storage.load("ord-1") == order()


def test_a_second_storage_over_the_same_metadata_uses_the_same_tables(
    place: Place, engines: Callable[[str], Engine]
) -> None:
    metadata, engine = MetaData(), engines(place.url)
    first, second = (SQLAlchemyStorage(engine, metadata=metadata, schema=place.schema) for _ in range(2))
    first.create_all()
    keep(first, order())
    assert second.load("ord-1") == order()
    assert len(metadata.tables) == len(NAMES)


def test_another_table_of_the_host_is_not_taken_for_one_of_ours() -> None:
    metadata = MetaData()
    Table("orderflow_orders", metadata, Column("id", Integer, primary_key=True))
    with pytest.raises(ValidationError, match="choose another prefix"):
        SQLAlchemyStorage(sqlalchemy.create_engine("sqlite://"), metadata=metadata)


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_refused(case: str) -> None:
    given, told = WRONG[case]
    with pytest.raises(ValidationError, match=told):
        SQLAlchemyStorage(sqlalchemy.create_engine("sqlite://"), **given)


def test_an_async_engine_is_for_the_async_storage_and_a_sync_one_for_the_other() -> None:
    awaited: Any = create_async_engine("sqlite+aiosqlite://")
    plain: Any = sqlalchemy.create_engine("sqlite://")
    with pytest.raises(ValidationError, match="AsyncSQLAlchemyStorage takes an AsyncEngine"):
        SQLAlchemyStorage(awaited)
    with pytest.raises(ValidationError, match="SQLAlchemyStorage takes an Engine"):
        AsyncSQLAlchemyStorage(plain)


def test_a_database_of_another_kind_is_refused() -> None:
    driver = SimpleNamespace(paramstyle="qmark", version="5.0", Cursor=object)
    engine = sqlalchemy.create_engine("mssql+pyodbc://", module=driver)
    with pytest.raises(ValidationError, match="engine must be one of PostgreSQL or SQLite, not of mssql"):
        SQLAlchemyStorage(engine)


def test_tables_that_are_not_there_are_a_storage_error(place: Place, engines: Callable[[str], Engine]) -> None:
    storage = SQLAlchemyStorage(engines(place.url), schema=place.schema)
    with pytest.raises(StorageError, match="the database failed") as caught:
        storage.load("ord-1")
    assert caught.value.__cause__ is None
