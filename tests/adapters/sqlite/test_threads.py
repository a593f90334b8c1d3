"""Threads share a storage: each has a connection of its own, and none is left open, or closed under its user."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from adapters.sqlite.filled import opened_with
from orderflow import AsyncOrderService, OrderQuery, StorageError
from orderflow.adapters.memory import FakeGateway
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.testing.contracts.storage.built import NOW, claim, due, keep, onwards, order, owed
from shops import ANA, CUSTOMER, MERCHANT, STORE, VIDEO, card

THREADS = 16
FILES = Path("/proc/self/fd")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture
def storage(path: Path) -> Iterator[SQLiteStorage]:
    storage = SQLiteStorage(path, synchronous="NORMAL")
    yield storage
    storage.close()


@pytest.fixture
def _threads_that_take_turns_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def opened(path: Path) -> int:
    """How many files of that name, or that begin so, this process has open.

    Each connection has the log open; the file itself SQLite keeps open for the next one, while another has locks on it.
    """
    told = 0
    for one in FILES.iterdir():
        with suppress(OSError):  # it was the look itself
            told += os.readlink(one).startswith(str(path))
    return told


def use(storage: SQLiteStorage, number: int) -> None:
    """A bit of everything."""
    kept = keep(storage, order(f"ord-{number}"), owed(1, order_id=f"ord-{number}"), due_at=NOW)
    keep(storage, onwards(kept))
    claim(storage, limit=1, order_id=kept.id)
    due(storage, limit=1)
    storage.counts(kept.store_id)
    assert storage.load(kept.id) == onwards(kept)
    assert storage.find(OrderQuery(store_id=kept.store_id, limit=5)).rows


def test_many_threads_use_one_storage(storage: SQLiteStorage) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda number: use(storage, number), range(160)))
    assert sum(storage.counts(STORE).values()) == 160


@pytest.mark.skipif(not FILES.is_dir(), reason="this system does not tell which files are open")
def test_what_a_thread_opened_is_closed_when_it_ends(storage: SQLiteStorage, path: Path) -> None:
    keep(storage, order())
    log = path.with_name("shop.db-wal")
    assert opened(log) == 1
    for _ in range(3):
        all_there = threading.Barrier(THREADS + 1)

        def work(barrier: threading.Barrier = all_there) -> None:
            storage.load("ord-1")
            barrier.wait()
            barrier.wait()

        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        all_there.wait()
        assert opened(log) == 1 + THREADS
        all_there.wait()
        for thread in threads:
            thread.join()
        assert opened(log) == 1
    assert opened(path) < 3 * THREADS


@pytest.mark.skipif(not FILES.is_dir(), reason="this system does not tell which files are open")
def test_closing_closes_the_connections_of_all_threads(storage: SQLiteStorage, path: Path) -> None:
    keep(storage, order())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(storage.load, ["ord-1"] * 50))
        assert opened(path) > 2
        storage.close()
        assert opened(path) == 0
        for call in (pool.submit(storage.load, "ord-1"), pool.submit(claim, storage)):
            with pytest.raises(StorageError, match="the storage is closed"):
                call.result()
    storage.close()  # again, to no effect
    assert opened(path) == 0


CALLS: dict[str, Callable[[SQLiteStorage], object]] = {
    "load": lambda storage: storage.load("ord-1"),
    "commit": lambda storage: keep(storage, order()),
    "find": lambda storage: storage.find(OrderQuery()),
    "claim_due": due,
    "mark_read": lambda storage: storage.mark_read("a", [], NOW),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_closed_storage_says_so(storage: SQLiteStorage, path: Path, name: str) -> None:
    storage.close()
    for _ in range(2):
        with pytest.raises(StorageError, match=f"{path}: the storage is closed"):
            CALLS[name](storage)
    assert [one.name for one in path.parent.iterdir()] == ["shop.db"]


def work_until_closed(storage: SQLiteStorage, begun: threading.Barrier, done: list[str], number: int) -> str:
    begun.wait()
    try:
        while True:
            order_id = f"ord-{number}-{len(done)}"
            keep(storage, order(order_id))
            done.append(order_id)
            storage.find(OrderQuery(store_id=STORE))
    except StorageError as error:
        return str(error)


@pytest.mark.usefixtures("_threads_that_take_turns_often")
def test_a_storage_may_be_closed_while_others_use_it(tmp_path: Path) -> None:
    """Each call of theirs is done, or says that the storage is closed; and what was done stays."""
    for turn in range(12):
        path = tmp_path / f"{turn}.db"
        storage = SQLiteStorage(path, synchronous="NORMAL")
        begun = threading.Barrier(5)
        done: list[str] = []

        with ThreadPoolExecutor(4) as pool:
            told = [pool.submit(work_until_closed, storage, begun, done, number) for number in range(4)]
            begun.wait()
            while len(done) < turn * 3:
                pass
            storage.close()
            assert {one.result() for one in told} == {f"{path}: the storage is closed"}
        other = SQLiteStorage(path)
        assert all(other.load(one) for one in done)
        other.close()


def test_a_call_within_a_call_spoils_neither(path: Path) -> None:
    """As when a signal's handler uses the storage that it has interrupted."""
    told: list[object] = []

    class Interrupted(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            cursor = super().execute(sql, *values)
            if "INSERT INTO orders" in sql and not told:
                told.append("interrupted")
                with pytest.raises(StorageError, match="in the midst of another call"):
                    keep(storage, order("inner"))
                told.append(storage.load("nothing"))
            return cursor

    with opened_with(Interrupted, path) as (storage, _):
        keep(storage, order("outer"), owed(order_id="outer"))
        assert told == ["interrupted", None]
        assert storage.load("inner") is None
        assert len(storage.messages("outer")) == 1
        with closing(SQLiteStorage(path)) as other:
            assert other.load("outer") == order("outer")


def test_what_interrupts_a_commit_rolls_it_back(path: Path) -> None:
    """Wherever it strikes: even between the beginning of the transaction and its first statement."""

    class Struck(sqlite3.Connection):
        at = ""

        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            cursor = super().execute(sql, *values)
            if self.at and self.at in sql:
                raise KeyboardInterrupt
            return cursor

    with opened_with(Struck, path) as (storage, connection):
        for at in ("BEGIN IMMEDIATE", "SELECT version", "INSERT INTO orders"):
            connection.at = at
            with pytest.raises(KeyboardInterrupt):
                keep(storage, order())
            connection.at = ""
            assert storage.load("ord-1") is None
            keep(storage, order(at))
    with closing(SQLiteStorage(path)) as other:
        assert len(other.find(OrderQuery()).rows) == 3


def test_a_thread_waits_for_others_only_as_long_as_it_was_told_to(path: Path) -> None:
    begun, may_go_on = threading.Event(), threading.Event()

    class Slow(sqlite3.Connection):
        def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
            cursor = super().execute(sql, *values)
            if "INSERT INTO orders" in sql and not begun.is_set():
                begun.set()
                may_go_on.wait()
            return cursor

    with opened_with(Slow, path, timeout=0.01) as (storage, _), ThreadPoolExecutor(1) as pool:
        slow = pool.submit(keep, storage, order("slow"))
        begun.wait()
        with pytest.raises(StorageError, match=f"{path}: other threads have been writing for too long"):
            keep(storage, order("late"))
        assert storage.load("slow") is None  # readers wait for nobody
        may_go_on.set()
        slow.result()
        keep(storage, order("late"))
        assert [storage.load(one) is not None for one in ("slow", "late")] == [True, True]


def test_an_async_service_uses_it_from_its_worker_threads(storage: SQLiteStorage) -> None:
    orders = AsyncOrderService(storage=storage, payments=FakeGateway())

    async def one(number: int) -> str:
        placed = await orders.submit(store_id=STORE, customer=ANA, items=[VIDEO], card=card(), order_id=f"ord-{number}")
        await orders.accept(placed.id, by=MERCHANT)
        return (await orders.get(placed.id, by=CUSTOMER)).status

    async def many() -> list[str]:
        return await asyncio.gather(*(one(number) for number in range(40)))

    assert asyncio.run(many()) == ["accepted"] * 40
