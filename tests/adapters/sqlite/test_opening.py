"""What is wrong with a file is said when it is opened, and the file stays as it was."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite.filled import begun, opened_with
from orderflow import OrderQuery, StorageError, ValidationError
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.adapters.sqlite.schema import MIGRATIONS
from orderflow.testing.contracts.storage.built import keep, order

Made = Callable[[Path], object]


def made_by_sql(*statements: str) -> Made:
    def make(path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    return make


def newer(path: Path) -> None:
    SQLiteStorage(path).close()
    made_by_sql(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")(path)


WRONG: dict[str, tuple[Made, str]] = {
    "a text": (lambda path: path.write_text("Dear diary,\n" * 99), "it is no SQLite database"),
    "noise": (lambda path: path.write_bytes(bytes(range(256)) * 40), "it is no SQLite database"),
    "another program's tables": (made_by_sql("CREATE TABLE orders (id)"), "another program's"),
    "another program's id": (made_by_sql("PRAGMA application_id = 7"), "another program's"),
    "another program's version": (made_by_sql("PRAGMA user_version = 1"), "another program's"),
    "a newer version": (newer, f"its version is {len(MIGRATIONS) + 1}"),
    "a folder": (Path.mkdir, "it cannot be opened"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_file_of_ours_is_refused_and_left_as_it_was(tmp_path: Path, name: str) -> None:
    make, reason = WRONG[name]
    path = tmp_path / "shop.db"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StorageError, match=reason) as raised:
        SQLiteStorage(path)
    assert str(path) in str(raised.value)
    assert raised.value.__cause__ is None
    assert [one.name for one in tmp_path.iterdir()] == ["shop.db"]
    assert before is None or path.read_bytes() == before


def test_a_file_in_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="in a folder that is there"):
        SQLiteStorage(tmp_path / "missing" / "shop.db")
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file_becomes_ours(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    path.touch()
    storage = SQLiteStorage(path)
    kept = keep(storage, order())
    storage.close()
    assert SQLiteStorage(path).load("ord-1") == kept


@pytest.mark.parametrize("name", ["a b.db", "what?mode=ro", "50%25.db", "#1", "\u00f6.db", ":memory", "';--"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    storage = SQLiteStorage(tmp_path / name)
    keep(storage, order())
    assert (tmp_path / name).is_file()
    storage.close()
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_a_relative_path_stays_the_same_file_wherever_the_process_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    storage = SQLiteStorage("shop.db")
    monkeypatch.chdir("elsewhere")
    kept = keep(storage, order())
    assert SQLiteStorage(tmp_path / "shop.db").load("ord-1") == kept
    assert os.listdir() == []


@pytest.mark.parametrize("path", ["", ":memory:", "file:shop.db", "a\0b", b"shop.db", None, 3])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(ValidationError, match="path must be"):
        SQLiteStorage(path)


@pytest.mark.parametrize("options", [{"synchronous": "OFF"}, {"synchronous": None}, {"synchronous": "full"}])
def test_what_promises_too_little_is_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="synchronous"):
        SQLiteStorage(tmp_path / "shop.db", **options)


@pytest.mark.parametrize("timeout", [-1, 3601, True, "1", None, float("nan"), float("inf")])
def test_what_is_no_time_to_wait_is_refused(tmp_path: Path, timeout: Any) -> None:
    with pytest.raises(ValidationError, match="timeout"):
        SQLiteStorage(tmp_path / "shop.db", timeout=timeout)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
def test_every_connection_commits_as_it_was_told_to(tmp_path: Path, synchronous: Any, level: int) -> None:
    with opened_with(sqlite3.Connection, tmp_path / "shop.db", synchronous=synchronous) as (_, connection):
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_copy_made_while_in_use_is_a_file_like_any_other(tmp_path: Path) -> None:
    """A copy comes without a write-ahead log; readers would wait for writers then."""
    storage = SQLiteStorage(tmp_path / "shop.db")
    kept = keep(storage, order())
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "copy.db"),))
    with opened_with(sqlite3.Connection, tmp_path / "copy.db") as (copy, connection):
        assert copy.load("ord-1") == kept
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert [row.id for row in copy.find(OrderQuery()).rows] == ["ord-1"]


class Overtaken(sqlite3.Connection):
    """Another process makes the file between two looks at it."""

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        cursor = super().execute(sql, values)
        if sql == "PRAGMA application_id" and not OTHERS:
            (path,) = (row[2] for row in super().execute("PRAGMA database_list"))
            with closing(sqlite3.connect(path, factory=sqlite3.Connection, isolation_level=None)) as other:
                other.execute("PRAGMA journal_mode = WAL")
                begun(other)
            OTHERS.append(path)
        return cursor


OTHERS: list[str] = []


def test_a_file_that_another_process_makes_meanwhile_is_ours_all_the_same(tmp_path: Path) -> None:
    OTHERS.clear()
    SQLiteStorage(tmp_path / "shop.db").close()
    with closing(sqlite3.connect(tmp_path / "empty.db")) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    with opened_with(Overtaken, tmp_path / "empty.db") as (storage, _):
        assert len(OTHERS) == 1
        keep(storage, order())


class Locked(sqlite3.Connection):
    """Another process has the lock just when the log is to be turned on, and lets go of it afterwards."""

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        if sql == "PRAGMA journal_mode = WAL" and not HOLDERS:
            (path,) = (row[2] for row in super().execute("PRAGMA database_list"))
            HOLDERS.append(sqlite3.connect(path, factory=sqlite3.Connection, isolation_level=None))
            HOLDERS[0].execute("BEGIN IMMEDIATE")
        elif HOLDERS:
            HOLDERS[0].close()
        return super().execute(sql, values)


HOLDERS: list[sqlite3.Connection] = []


def test_a_lock_on_a_new_file_is_waited_for(tmp_path: Path) -> None:
    HOLDERS.clear()
    with opened_with(Locked, tmp_path / "shop.db", timeout=2) as (storage, connection):
        assert len(HOLDERS) == 1
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        keep(storage, order())


def test_a_lock_on_a_new_file_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="has held its lock for too long"):
            SQLiteStorage(tmp_path / "shop.db", timeout=0)
