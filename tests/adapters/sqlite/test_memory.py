"""Work on a file takes as much memory with many orders as with few."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.sqlite.filled import STORES, filled
from adapters.sqlite.processes import outcome_of

FEW = 1_000
#: The environment may ask for a million.
MANY = int(os.environ.get("ORDERFLOW_TEST_MANY", "20000"))
ROOM = 6 * 1024  # KiB; SQLite's own cache is 2 MiB of it


def growth(path: Path, count: int) -> int:
    (told,) = outcome_of("walk", filled(path, count))
    seen, grown = map(int, told.split())
    assert seen == count / STORES
    return grown


@pytest.mark.skipif(os.name == "nt", reason="memory is told in another way there")
def test_walking_and_sweeping_many_orders_takes_no_more_memory_than_few(tmp_path: Path) -> None:
    few = growth(tmp_path / "few.db", FEW)
    assert growth(tmp_path / "many.db", MANY) < few + ROOM
