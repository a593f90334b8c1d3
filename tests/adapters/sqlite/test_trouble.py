"""Whatever happens to the file or the disk, a call raises StorageError, and what is stored is whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite.filled import opened_with
from adapters.sqlite.processes import begun, outcome_of
from adapters.sqlite.refusals import refused
from orderflow import Order, StorageError
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.ports import CommandRecord
from orderflow.testing.contracts.storage.built import attempt, claim, everything, keep, note, onwards, order, owed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


def rich() -> Order:
    notes = [note(number, "y" * 5_000) for number in range(1, 7)]
    return onwards(order(), attempts=(attempt(),), notes=notes, reason="x" * 10_000)


def add(storage: SQLiteStorage) -> None:
    """A commit that writes to every table."""
    command = CommandRecord("ord-1", "click-1", "digest")
    messages = [owed(2, route) for route in ("in_app", "webhook")]
    keep(storage, rich(), *messages, command=command, due_at=rich().placed_at, commit_id="c-2")


def test_a_lock_that_is_held_for_too_long_is_an_error_and_the_next_try_succeeds(path: Path) -> None:
    storage = SQLiteStorage(path, timeout=0.05)
    keep(storage, order())
    with begun("hold", path) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        refused(path, lambda: add(storage), "has held its lock for too long")
        refused(path, lambda: claim(storage), "has held its lock for too long")
        assert storage.load("ord-1") == order()  # readers wait for nobody
        process.communicate("\n")
    add(storage)
    assert storage.load("ord-1") == rich()


def test_a_storage_waits_for_a_lock_as_long_as_it_was_told_to(path: Path) -> None:
    storage = SQLiteStorage(path, timeout=60)
    keep(storage, order())
    with begun("hold", path) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        process.stdin.write("\n")
        process.stdin.flush()
        add(storage)
    assert storage.load("ord-1") == rich()


class Small(sqlite3.Connection):
    """A file that may have so many pages."""

    most = 0

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        if sql == "BEGIN IMMEDIATE" and self.most:
            super().execute(f"PRAGMA max_page_count = {self.most}")
        return super().execute(sql, values)


def test_a_full_disk_leaves_what_was_there_before(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every size that the file may stop at, on the way to that which the commit needs."""
    with opened_with(Small, path) as (storage, connection):
        keep(storage, order())
        before = everything(storage)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        told = []
        for more in range(40):
            monkeypatch.setattr(Small, "most", pages + more)
            try:
                add(storage)
            except StorageError as error:
                told.append(str(error))
                assert everything(storage) == before
            else:
                break
        assert len(told) >= 5
        assert {*told} == {f"{path}: the disk is full (SQLITE_FULL)"}
        assert storage.load("ord-1") == rich()


@pytest.mark.parametrize("room", [0, 100_000])
def test_a_disk_that_takes_no_more_loses_nothing_that_was_acknowledged(path: Path, room: int) -> None:
    (told,) = outcome_of("fill_up", path, room)
    version, error = told.split(maxsplit=1)
    assert error.startswith(f"StorageError('{path}: the disk ")
    kept = SQLiteStorage(path).load("ord-1")
    assert kept is not None
    assert kept.version == len(kept.timeline) == int(version)


class Failing(sqlite3.Connection):
    """Fails at one statement of all: before or after it was carried out, and once or from then on."""

    count, at, is_after, for_ever = 0, -1, False, False

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        return self._failing(lambda: sqlite3.Connection.execute(self, sql, values))

    def executemany(self, sql: str, several: Any, /) -> sqlite3.Cursor:
        return self._failing(lambda: sqlite3.Connection.executemany(self, sql, several))

    def _failing(self, act: Callable[[], sqlite3.Cursor]) -> sqlite3.Cursor:
        Failing.count += 1
        is_now = self.at >= 0 and (self.count == self.at + 1 or (self.for_ever and self.count > self.at))
        if is_now and not self.is_after:
            raise sqlite3.OperationalError("disk I/O error near Ana")
        cursor = act()
        if is_now:
            raise sqlite3.OperationalError("disk I/O error near Ana")
        return cursor


@pytest.mark.parametrize("for_ever", [False, True], ids=["once", "for ever"])
@pytest.mark.parametrize("is_after", [False, True], ids=["before", "after"])
def test_a_commit_that_fails_at_any_statement_is_there_whole_or_not_at_all(
    path: Path, is_after: bool, for_ever: bool
) -> None:
    said = set()
    for at in range(40):
        here = path.with_name(f"shop-{at}.db")
        with opened_with(Failing, here) as (storage, _):
            keep(storage, order())
            before = everything(storage)
            with pytest.MonkeyPatch.context() as patch:
                for name, value in (("count", 0), ("at", at), ("is_after", is_after), ("for_ever", for_ever)):
                    patch.setattr(Failing, name, value)
                try:
                    add(storage)
                except StorageError as error:
                    said.add(str(error).removeprefix(str(here)))
                is_past_the_end = Failing.count <= at
            is_there = everything(other := SQLiteStorage(here, timeout=0)) != before
            assert other.load("ord-1") == (rich() if is_there else order())
            keep(other, order("ord-2"))  # nobody is left with the lock
            other.close()
            add(storage)  # the same commit again
            assert storage.load("ord-1") == rich()
            assert len(storage.messages("ord-1")) == 2
            if is_past_the_end:
                break
    assert at > 8
    assert said == {": SQLite failed (OperationalError)"}


@pytest.mark.parametrize("call", [lambda storage: claim(storage), lambda storage: storage.load("ord-1")])
def test_what_is_kept_of_a_failure_holds_up_no_later_call(path: Path, call: Callable[[SQLiteStorage], object]) -> None:
    """Neither an error that is kept for a report, nor what hangs on it: a statement that was never finished."""
    kept: list[object] = []

    class Unfinished(sqlite3.Connection):
        def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
            cursor = super().execute(sql, values)
            if "SELECT" in sql and "FROM messages" in sql and not kept:
                kept.append(super().execute("SELECT * FROM orders"))
                raise sqlite3.OperationalError("disk I/O error")
            return cursor

    with opened_with(Unfinished, path) as (storage, _):
        for number in range(3):
            keep(storage, order(f"ord-{number}"))
        with pytest.raises(StorageError):
            claim(storage)
        assert kept
        other = SQLiteStorage(path, timeout=0)
        keep(other, order("other"))
        other.close()
        call(storage)
        keep(storage, order("another"))


def test_what_sqlite_cannot_hold_is_an_error_and_leaves_no_lock(path: Path) -> None:
    storage = SQLiteStorage(path)
    keep(storage, order())
    refused(path, lambda: storage.load("\ud800"), "SQLite cannot hold a value")
    refused(path, lambda: storage.mark_read("a", ["\ud800"], order().placed_at), "SQLite cannot hold a value")
    refused(path, lambda: claim(storage, limit=2**63), "SQLite cannot hold a value")
    keep(SQLiteStorage(path, timeout=0), order("ord-2"))
