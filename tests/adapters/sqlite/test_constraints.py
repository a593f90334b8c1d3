"""The promises of a commit are constraints of the file itself: not even hand-written SQL breaks them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.ports import CommandRecord
from orderflow.testing.contracts.storage.built import attempt, keep, note, order, owed


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file with an order that has one of everything."""
    storage = SQLiteStorage(tmp_path / "shop.db")
    kept = order(attempts=(attempt(),), notes=(note(1),))
    keep(storage, kept, owed(1, "email"), command=CommandRecord("ord-1", "click-1", "digest"))
    storage.close()
    with closing(sqlite3.connect(tmp_path / "shop.db", isolation_level=None)) as connection:
        yield connection


def again(connection: sqlite3.Connection, table: str, **changes: str) -> None:
    """Insert each row of a table once more, with changes."""
    names = [row[1] for row in connection.execute(f"PRAGMA table_info ({table})")]
    values = ", ".join(changes.get(name, name) for name in names)
    connection.execute(f"INSERT INTO {table} SELECT {values} FROM {table}")


REFUSED: dict[str, tuple[str, dict[str, str], str]] = {
    "an order id twice": ("orders", {"version": "version + 1", "store_id": "'other'"}, "orders.id"),
    "an event twice": ("events", {"record": "'{}'"}, "events.order_id, events.seq"),
    "a note twice": ("notes", {"record": "'{}'"}, "notes.order_id, notes.number"),
    "an attempt twice": ("attempts", {"state": "'declined'"}, "attempts.order_id, attempts.key"),
    "a second open charge": ("attempts", {"key": "'key-2'"}, "attempts.order_id"),
    "a second charge, in review": ("attempts", {"key": "'key-2'", "state": "'review'"}, "attempts.order_id"),
    "a second charge, approved": ("attempts", {"key": "'key-2'", "state": "'approved'"}, "attempts.order_id"),
    "a message twice": ("messages", {"recipient": "'other'"}, "messages.id"),
    "a message under another id": ("messages", {"id": "'other'"}, "messages.order_id, messages.seq"),
    "a command twice": ("commands", {"record": "'{}'"}, "commands.order_id, commands.key"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_file_refuses(by_hand: sqlite3.Connection, name: str) -> None:
    table, changes, constraint = REFUSED[name]
    with pytest.raises(sqlite3.IntegrityError, match=f"UNIQUE constraint failed: {constraint}"):
        again(by_hand, table, **changes)


TAKEN: dict[str, tuple[str, dict[str, str]]] = {
    "another order": ("orders", {"id": "'ord-2'"}),
    "another event": ("events", {"seq": "2"}),
    "a charge that was declined": ("attempts", {"key": "'key-2'", "state": "'declined'"}),
    "a charge that is surplus": ("attempts", {"key": "'key-2'", "state": "'surplus'"}),
    "an open refund": ("attempts", {"key": "'key-2'", "purpose": "'refund'"}),
    "a charge of another order": ("attempts", {"order_id": "'ord-2'"}),
    "the message to somebody else": ("messages", {"id": "'other'", "recipient": "'other'"}),
    "the message on another route": ("messages", {"id": "'other'", "route": "'webhook'"}),
    "another command": ("commands", {"key": "'click-2'"}),
}


@pytest.mark.parametrize("name", TAKEN)
def test_the_file_takes(by_hand: sqlite3.Connection, name: str) -> None:
    table, changes = TAKEN[name]
    again(by_hand, table, **changes)
    assert by_hand.execute(f"SELECT count(*) FROM {table}").fetchone() == (2,)


@pytest.mark.parametrize("table", ["orders", "events", "attempts", "notes", "commands", "messages", "words"])
def test_the_file_refuses_rows_without_their_keys(by_hand: sqlite3.Connection, table: str) -> None:
    keys = [row[1] for row in by_hand.execute(f"PRAGMA table_info ({table})") if row[5]]
    assert keys
    for key in keys:
        with pytest.raises(sqlite3.IntegrityError, match="NOT NULL constraint failed"):
            again(by_hand, table, **{key: "NULL"})
