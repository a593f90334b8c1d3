"""Whatever happens to the file or the disk, a call raises StorageError, and what is stored is whole."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite.filled import opened_with
from adapters.sqlite.processes import begun, outcome_of
from orderflow import Order, OrderQuery, StorageError
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.ports import CommandRecord
from orderflow.testing.contracts.storage.built import attempt, claim, everything, keep, note, onwards, order, owed

WORDS = ("Ana", "ana@", "Birthday", "tok_")


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


def refused(path: Path, call: Callable[[], object], reason: str) -> None:
    """The call raises a StorageError that names the file, and nothing that is in it."""
    with pytest.raises(StorageError, match=reason) as raised:
        call()
    told = f"{raised.value!r} {raised.value.__cause__!r} {raised.value.__suppress_context__}"
    assert str(path) in told
    assert not [word for word in WORDS if word in told]


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


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


RIGHTS = {"a file": (0o444, 0o777), "both": (0o444, 0o555), "a folder": (0o666, 0o555), "a secret": (0o000, 0o777)}


@pytest.mark.skipif(os.name == "nt", reason="rights are told in another way there")
def test_what_may_not_be_written_is_not_written(open_folder: Path) -> None:
    paths = [open_folder / name / "shop.db" for name in (*RIGHTS, "nothing yet")]
    for path in paths:
        path.parent.mkdir()
        if path.parent.name in RIGHTS:
            storage = SQLiteStorage(path)
            keep(storage, order())
            storage.close()
            path.chmod(RIGHTS[path.parent.name][0])
        path.parent.chmod(RIGHTS.get(path.parent.name, (0, 0o555))[1])
    told = outcome_of("without_rights", *paths)
    assert len(told) == 7
    assert told[:3] == ["None", "True", f"StorageError('{paths[0]}: it may only be read (SQLITE_READONLY)')"]
    assert all(line.startswith(f"StorageError('{path}: it ") for path, line in zip(paths[1:], told[3:], strict=True))
    for path in paths[:-1]:
        path.parent.chmod(0o777)
        assert [row.id for row in SQLiteStorage(path).find(OrderQuery()).rows] == ["ord-1"]
    assert list(paths[-1].parent.iterdir()) == []


def delete(path: Path) -> None:
    path.unlink()


def replace(path: Path) -> None:
    other = SQLiteStorage(path.with_name("other.db"))
    keep(other, order("other"))
    other.close()
    path.with_name("other.db").replace(path)


@pytest.mark.parametrize("act", [delete, replace])
def test_a_file_that_was_deleted_or_replaced_is_used_no_more(path: Path, act: Callable[[Path], None]) -> None:
    """What would be committed to it would be lost without a word."""
    storage = SQLiteStorage(path)
    keep(storage, order())
    act(path)
    for call in (lambda: storage.load("ord-1"), lambda: add(storage), lambda: claim(storage)):
        refused(path, call, "was deleted or replaced")
    assert path.exists() == (act is replace)  # nor is another made in its place


def read_all(storage: SQLiteStorage, ids: list[str]) -> list[object]:
    pages = [storage.find(OrderQuery(sort=sort, limit=200)).rows for sort in ("placed_at", "total")]
    return [*[everything(storage, one) for one in ids], *pages]


@pytest.fixture
def damaged(path: Path) -> tuple[bytes, list[str], list[object]]:
    """A file, the ids of its orders, and all that it tells."""
    storage = SQLiteStorage(path, synchronous="NORMAL")
    ids = [f"ord-{number}" for number in range(12)]
    for one in ids:
        keep(storage, order(one, reason="long " * 900), owed(1, "in_app", order_id=one), owed(1, order_id=one))
    told = read_all(storage, ids)
    storage.close()
    return path.read_bytes(), ids, told


def tells_the_truth_or_nothing(path: Path, ids: list[str], told: list[object]) -> bool:
    with suppress(StorageError):
        storage = SQLiteStorage(path)
        assert read_all(storage, ids) == told
        storage.close()
        return True
    return False


def test_a_file_that_was_cut_off_tells_the_truth_or_nothing(
    path: Path, damaged: tuple[bytes, list[str], list[object]]
) -> None:
    whole, ids, told = damaged
    truths = 0
    for size in range(512, len(whole), 8 * 4096):
        path.write_bytes(whole[:size])
        truths += tells_the_truth_or_nothing(path, ids, told)
    assert truths == 0
    path.write_bytes(whole)
    assert tells_the_truth_or_nothing(path, ids, told)


def test_a_file_with_garbage_in_a_page_tells_the_truth_or_nothing(
    path: Path, damaged: tuple[bytes, list[str], list[object]]
) -> None:
    whole, ids, told = damaged
    lies = [page for page in range(0, len(whole), 4096) if whole[page : page + 4096].strip(b"\0")]
    refusals = 0
    for page in lies:
        path.write_bytes(whole[:page] + b"\xa5" * 4096 + whole[page + 4096 :])
        refusals += not tells_the_truth_or_nothing(path, ids, told)
    assert refusals > len(lies) / 2


def test_what_sqlite_cannot_hold_is_an_error_and_leaves_no_lock(path: Path) -> None:
    storage = SQLiteStorage(path)
    keep(storage, order())
    refused(path, lambda: storage.load("\ud800"), "SQLite cannot hold a value")
    refused(path, lambda: storage.mark_read("a", ["\ud800"], order().placed_at), "SQLite cannot hold a value")
    refused(path, lambda: claim(storage, limit=2**63), "SQLite cannot hold a value")
    keep(SQLiteStorage(path, timeout=0), order("ord-2"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE orders SET status = 'unheard of'",
        "UPDATE orders SET customer_name = ''",
        "UPDATE orders SET currency = 'XXY'",
        "UPDATE orders SET webhook = 'lost'",
        "UPDATE orders SET placed_at = 1 << 62",
    ],
)
def test_a_row_that_somebody_has_spoiled_is_an_error_of_the_storage(path: Path, change: str) -> None:
    """And not of the caller's: a ValidationError would blame what was asked."""
    with opened_with(sqlite3.Connection, path) as (storage, connection):
        keep(storage, order())
        connection.execute(change)
        with pytest.raises(StorageError):
            storage.find(OrderQuery())
