"""Processes that end in the midst, or fork: what was acknowledged is there, and nothing is there by halves."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.sqlite.processes import outcome_of
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.testing.contracts.storage.built import keep, order

KILLS = 30

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system knows no forks")


@pytest.mark.parametrize("synchronous", ["FULL", "NORMAL"])
def test_a_process_that_is_killed_loses_nothing_that_was_acknowledged(tmp_path: Path, synchronous: str) -> None:
    (told,) = outcome_of("die", tmp_path / "shop.db", synchronous, KILLS, synchronous)
    assert int(told) > KILLS  # there was something to lose


def test_a_storage_that_was_in_use_before_a_fork_loses_nothing_after_it(tmp_path: Path) -> None:
    """In neither process, whichever closes it first."""
    assert outcome_of("fork", tmp_path / "shop.db") == ["before child-1 child-2 parent"]


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of other tests' threads
def test_nothing_is_open_while_a_process_forks(tmp_path: Path) -> None:
    """SQLite would take the parent's locks for the child's own."""
    storage = SQLiteStorage(tmp_path / "shop.db", synchronous="NORMAL")
    keep(storage, order("before"))
    assert len(list(tmp_path.iterdir())) == 3
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, ",".join(sorted(one.name for one in tmp_path.iterdir())).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"shop.db"  # whoever closes last clears the log away
    os.close(reading)
    os.close(writing)
    keep(storage, order("after"))
    storage.close()
