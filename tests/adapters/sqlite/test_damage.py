"""A file that may not be used, is gone, or was spoiled: calls tell the truth or raise StorageError."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.sqlite.filled import opened_with
from adapters.sqlite.processes import outcome_of
from adapters.sqlite.refusals import refused
from orderflow import OrderQuery, StorageError
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.testing.contracts.storage.built import claim, everything, keep, onwards, order, owed


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


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
    for call in (lambda: storage.load("ord-1"), lambda: keep(storage, onwards(order())), lambda: claim(storage)):
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


@pytest.mark.parametrize("change", ["message = '{'", "message = '[]'", "state = 'lost'", "tries = -1", "seq = 0"])
def test_a_message_that_somebody_has_spoiled_is_an_error_of_the_storage(path: Path, change: str) -> None:
    with opened_with(sqlite3.Connection, path) as (storage, connection):
        keep(storage, order(), owed(1))
        connection.execute(f"UPDATE messages SET {change}")
        with pytest.raises(StorageError):
            storage.messages("ord-1")
