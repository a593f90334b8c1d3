"""The storage in a SQLite file keeps what the port promises, for many threads and many processes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.testing import StorageContract


class TestSQLiteStorage(StorageContract):
    @pytest.fixture
    def storage(self, tmp_path: Path) -> Iterator[SQLiteStorage]:
        storage = SQLiteStorage(tmp_path / "shop.db", synchronous="NORMAL")
        yield storage
        storage.close()

    @pytest.fixture
    def open_elsewhere(self, tmp_path: Path) -> Callable[[], SQLiteStorage]:
        return functools.partial(SQLiteStorage, tmp_path / "shop.db", synchronous="NORMAL")
