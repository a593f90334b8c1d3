"""A file of an older version becomes one of this version when it is opened, and loses nothing."""

from __future__ import annotations

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from adapters.sqlite.filled import begun as made_first
from adapters.sqlite.processes import begun
from orderflow import OrderQuery, StorageError
from orderflow.adapters.sqlite import SQLiteStorage, opening
from orderflow.adapters.sqlite.schema import APPLICATION, MIGRATIONS
from orderflow.ports import CommandRecord
from orderflow.testing.contracts.storage.built import attempt, everything, keep, note, onwards, order, owed

ROUNDS = 20
TABLES = ("orders", "events", "attempts", "notes", "commands", "messages", "words")


def first_version(path: Path) -> tuple[object, ...]:
    """Make a file of the first version with an order in it; what this version tells of the same."""
    now = path.with_suffix(".now")
    storage = SQLiteStorage(now)
    kept = keep(storage, order(), owed(1, "in_app"), owed(1, "webhook"))
    command = CommandRecord("ord-1", "click-1", "digest")
    keep(storage, onwards(kept, attempts=(attempt(),), notes=(note(1),)), owed(2, "email"), command=command)
    told = everything(storage)
    storage.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        made_first(connection)
        connection.execute("ATTACH ? AS now", (str(now),))
        for table in TABLES:
            connection.execute(f"INSERT INTO main.{table} SELECT * FROM now.{table}")
            assert connection.execute(f"SELECT count(*) FROM main.{table}").fetchone()[0] > 0
    return told


def schema_of(path: Path) -> tuple[object, ...]:
    with closing(sqlite3.connect(path)) as connection:
        made = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
        marks = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return made, marks


def test_a_file_of_the_first_version_becomes_one_of_this_version(tmp_path: Path) -> None:
    told = first_version(tmp_path / "shop.db")
    storage = SQLiteStorage(tmp_path / "shop.db")
    assert everything(storage) == told
    assert [row.id for row in storage.find(OrderQuery(text="ana")).rows] == ["ord-1"]
    storage.close()
    SQLiteStorage(tmp_path / "new.db").close()
    assert schema_of(tmp_path / "shop.db") == schema_of(tmp_path / "new.db")
    assert schema_of(tmp_path / "shop.db")[1] == [APPLICATION, len(MIGRATIONS)]


@pytest.mark.parametrize("is_new", [True, False], ids=["a new file", "an older file"])
def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_new: bool
) -> None:
    path = tmp_path / "shop.db"
    told = None if is_new else first_version(path)
    before = schema_of(path)
    with monkeypatch.context() as patched:
        broken = "CREATE TABLE later (id);\nDELETE FROM orders;\nCREATE TABLE later (id);\n"
        patched.setattr(opening, "MIGRATIONS", (*MIGRATIONS, broken))
        with pytest.raises(StorageError, match="SQLITE_ERROR") as raised:
            SQLiteStorage(path)
    assert str(path) in str(raised.value)
    assert schema_of(path) == before
    storage = SQLiteStorage(path)
    assert told is None or everything(storage) == told
    keep(storage, order("ord-2"))


def test_processes_may_open_a_new_or_an_older_file_at_the_same_moment(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.db" for number in range(2 * ROUNDS)]
    told = first_version(tmp_path / "first.db")
    for path in paths[::2]:
        path.write_bytes((tmp_path / "first.db").read_bytes())
    with ExitStack() as stack:
        processes = [stack.enter_context(begun("open_each")) for _ in range(2)]
        for path in paths:
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(f"{path}\n")
                process.stdin.flush()
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == "done\n"
        for process in processes:
            process.communicate()
    for number, path in enumerate(paths):
        storage = SQLiteStorage(path)
        assert len(storage.find(OrderQuery()).rows) == (2 if number % 2 else 3)
        assert number % 2 or everything(storage)[0] == told[0]
        storage.close()
