"""What can go wrong with a database is a typed error, and the state is the one before or the one after."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Engine, event, text

from databases import Place, opened_async
from orderflow import ConcurrentUpdate, DuplicateOrder, OrderflowError, StorageError
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from orderflow.testing.contracts.storage.built import NOW, due, keep, onwards, order, owed


def asked_elsewhere(url: str, sql: str, **values: object) -> object:
    """What another session is told."""
    with sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool).connect() as other:
        return other.scalar(text(sql), values)


def cut_off(url: str, connection: sqlalchemy.Connection) -> None:
    """End a session from outside."""
    driver: Any = connection.connection.dbapi_connection
    assert asked_elsewhere(url, "SELECT pg_terminate_backend(:pid, 5000)", pid=driver.info.backend_pid)


@pytest.fixture
def engine(in_postgres: Place, engines: Callable[[str], Engine]) -> Engine:
    return engines(in_postgres.url)


@pytest.fixture
def storage(in_postgres: Place, engine: Engine) -> SQLAlchemyStorage:
    storage = SQLAlchemyStorage(engine, schema=in_postgres.schema)
    storage.create_all()
    keep(storage, order())
    return storage


@pytest.mark.parametrize("statement", range(1, 4))
def test_a_connection_that_is_lost_in_the_middle_of_a_commit_leaves_the_state_before(
    storage: SQLAlchemyStorage, engine: Engine, postgres: str, statement: int
) -> None:
    seen = 0

    @event.listens_for(engine, "before_cursor_execute")
    def cut(connection: sqlalchemy.Connection, cursor: object, *_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            cut_off(postgres, connection)

    with pytest.raises(StorageError) as caught:
        keep(storage, onwards(order()), owed(2))
    assert caught.value.__cause__ is None
    event.remove(engine, "before_cursor_execute", cut)
    keep(storage, onwards(order()), owed(2))  # the pool has got rid of what was lost
    assert len(storage.messages("ord-1")) == 1


def test_a_server_that_is_gone_while_it_commits_is_a_storage_error(
    storage: SQLAlchemyStorage, engine: Engine, postgres: str
) -> None:
    @event.listens_for(engine, "commit")
    def cut(connection: sqlalchemy.Connection) -> None:
        cut_off(postgres, connection)

    with pytest.raises(StorageError):
        keep(storage, onwards(order()), commit_id="c-2")
    event.remove(engine, "commit", cut)
    keep(storage, onwards(order()), commit_id="c-2")
    found = storage.load("ord-1")
    assert found is not None
    assert found.version == 2


def test_a_row_that_another_holds_past_the_time_out_is_a_storage_error(
    storage: SQLAlchemyStorage, in_postgres: Place, engine: Engine, engines: Callable[..., Engine]
) -> None:
    hasty = engines(in_postgres.url, connect_args={"options": "-c lock_timeout=50"})
    other = SQLAlchemyStorage(hasty, schema=in_postgres.schema)
    with engine.begin() as holding:
        holding.execute(text(f'SELECT * FROM "{in_postgres.schema}".orderflow_orders FOR UPDATE'))
        with pytest.raises(StorageError, match="55P03"):
            keep(other, onwards(order()))
    keep(other, onwards(order()))


def test_a_database_that_may_only_be_read_is_a_storage_error(
    storage: SQLAlchemyStorage, in_postgres: Place, engines: Callable[..., Engine]
) -> None:
    reader = engines(in_postgres.url, connect_args={"options": "-c default_transaction_read_only=on"})
    reading = SQLAlchemyStorage(reader, schema=in_postgres.schema)
    assert reading.load("ord-1") == order()
    with pytest.raises(StorageError, match="the database failed"):
        keep(reading, onwards(order()))
    assert storage.load("ord-1") == order()


def test_a_server_that_is_not_there_is_a_storage_error(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    storage = SQLAlchemyStorage(engines(f"postgresql+psycopg://nobody@/none?host={tmp_path}"))
    with pytest.raises(StorageError) as caught:
        storage.load("ord-1")
    assert str(tmp_path) not in str(caught.value)


def test_no_transaction_is_left_open_by_any_call(storage: SQLAlchemyStorage, engine: Engine, postgres: str) -> None:
    keep(storage, onwards(order()), owed(2), due_at=NOW)
    due(storage)
    with pytest.raises(ConcurrentUpdate):
        keep(storage, onwards(order()), commit_id="another")
    with pytest.raises(DuplicateOrder):
        keep(storage, order(), commit_id="another")
    open_ones = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    assert asked_elsewhere(postgres, open_ones) == 0


def test_it_works_without_prepared_statements_and_with_another_session_for_each_transaction(
    in_postgres: Place, engines: Callable[..., Engine]
) -> None:
    """As behind a pooler that hands out a server's sessions transaction by transaction."""
    engine = engines(in_postgres.url, poolclass=sqlalchemy.NullPool, connect_args={"prepare_threshold": None})
    storage = SQLAlchemyStorage(engine, schema=in_postgres.schema)
    storage.create_all()
    keep(storage, order(), owed(1), due_at=NOW)
    assert due(storage) == ("ord-1",)


@pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"])
def test_threads_lose_no_commit_at_any_isolation_level(
    in_postgres: Place, engines: Callable[..., Engine], level: str
) -> None:
    storage = SQLAlchemyStorage(engines(in_postgres.url, isolation_level=level), schema=in_postgres.schema)
    storage.create_all()
    keep(storage, order())
    done: list[int] = []

    def work(number: int) -> None:
        for turn in range(10):
            while True:
                before = storage.load("ord-1")
                assert before is not None
                try:
                    keep(storage, onwards(before), commit_id=f"{number}-{turn}")
                except OrderflowError:
                    continue
                done.append(number)
                break

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = storage.load("ord-1")
    assert after is not None
    assert after.version == 1 + len(done) == 31


def test_a_locked_file_past_its_time_out_is_a_storage_error(tmp_path: Path, engines: Callable[..., Engine]) -> None:
    path = tmp_path / "shop.db"
    storage = SQLAlchemyStorage(engines(f"sqlite:///{path}", connect_args={"timeout": 0.05}))
    storage.create_all()
    keep(storage, order())
    with closing(sqlite3.connect(path, isolation_level=None)) as holding:
        holding.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="SQLITE_BUSY"):
            keep(storage, onwards(order()))
    keep(storage, onwards(order()))


def test_a_text_that_the_database_cannot_hold_is_a_storage_error(storage: SQLAlchemyStorage) -> None:
    with pytest.raises(StorageError, match="cannot hold a value"):
        storage.find_command("ord-1", "a\0b")


def test_one_of_many_awaited_calls_creates_an_order(in_postgres: Place) -> None:
    async def create_at_once() -> list[bool]:
        storage = await opened_async(in_postgres)

        async def create(number: int, turn: int) -> bool:
            try:
                await storage.commit(order(f"ord-{turn}"), expected_version=0, commit_id=f"c-{turn}-{number}")
            except DuplicateOrder:
                return False
            return True

        return [one for turn in range(8) for one in await asyncio.gather(*(create(n, turn) for n in range(4)))]

    assert Counter(asyncio.run(create_at_once())) == {True: 8, False: 24}


def test_who_must_always_let_others_go_first_is_told_so_after_five_tries(
    storage: SQLAlchemyStorage, in_postgres: Place, engine: Engine
) -> None:
    table, never = f'"{in_postgres.schema}".orderflow_orders', f'"{in_postgres.schema}".never'
    with engine.begin() as connection:
        raising = "BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '40001'; END"
        connection.execute(text(f"CREATE FUNCTION {never}() RETURNS trigger LANGUAGE plpgsql AS $$ {raising} $$"))
        connection.execute(text(f"CREATE TRIGGER never BEFORE UPDATE ON {table} EXECUTE FUNCTION {never}()"))
    begun: list[object] = []
    event.listen(engine, "begin", begun.append)
    with pytest.raises(StorageError, match="let others go first, too often"):
        keep(storage, onwards(order()))
    assert len(begun) == 5

    async def commit() -> None:
        awaited = await opened_async(in_postgres)
        await awaited.commit(onwards(order()), expected_version=1, commit_id="c-2")

    with pytest.raises(StorageError, match="let others go first, too often"):
        asyncio.run(commit())
    assert storage.load("ord-1") == order()
