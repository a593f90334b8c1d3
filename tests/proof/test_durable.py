"""The same scenarios and worlds over storages on disk: a storage's promise that fails would break the books here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy
from sqlalchemy import delete

from databases import Place, engine_async, opened_async
from orderflow.adapters.sqlalchemy import AsyncSQLAlchemyStorage, SQLAlchemyStorage
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.ports import Storage
from orderflow.testing.awaiting import Loop, called_alike
from postgres import postgres_url, schema_of_its_own
from proof.exhaustive import single
from proof.simulation.judge import run
from proof.simulation.mix import KINDS

STORAGES: Final = ("sqlite", "sqlalchemy on sqlite", "sqlalchemy on postgres", "awaited on postgres")
SCENARIOS: Final = ("submit", "accept / sweep", "two sweepers over an order whose time is over")
SEEDS: Final = 4

pytestmark = pytest.mark.proof


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What thousands of faults write to the log is kept by nobody."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module", params=STORAGES)
def make_storage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Empties the storage and gives it: to make tables anew each time would take longer than all else."""
    folder: Path = tmp_path_factory.mktemp("durable")
    with ExitStack() as stack:
        if request.param == "sqlite":
            numbers = iter(range(1_000_000))
            yield lambda: SQLiteStorage(folder / f"{next(numbers)}.db", synchronous="NORMAL")
            return
        if request.param == "sqlalchemy on sqlite":
            place = Place(f"sqlite:///{folder / 'shop.db'}", None)
        else:
            url = stack.enter_context(postgres_url())
            place = Place(url, stack.enter_context(schema_of_its_own(url)))
        pool = sqlalchemy.create_engine(place.url)
        stack.callback(pool.dispose)
        storage: SQLAlchemyStorage | AsyncSQLAlchemyStorage = SQLAlchemyStorage(pool, schema=place.schema)
        storage.create_all()
        loop = Loop()
        stack.callback(loop.close)
        if request.param.startswith("awaited"):
            awaited = engine_async(place)
            stack.callback(lambda: loop(awaited.dispose()))
            storage = loop(opened_async(place, awaited))
        yield partial(_emptied, called_alike(storage, loop), pool, storage.metadata)


def _emptied(storage: Storage, engine: sqlalchemy.Engine, metadata: sqlalchemy.MetaData) -> Storage:
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            connection.execute(delete(table))
    return storage


@pytest.mark.parametrize("name", SCENARIOS)
def test_whatever_goes_wrong_at_whichever_call_the_books_come_out_right(
    make_storage: Callable[[], Storage], name: str
) -> None:
    tally = single(name, make_storage)
    assert tally.runs > 1
    assert not tally.violations, "\n\n".join(map(str, tally.violations[:3]))


@pytest.mark.parametrize("kind", KINDS)
def test_no_seed_breaks_a_promise(make_storage: Callable[[], Storage], kind: str) -> None:
    for seed in range(SEEDS):
        told = run(kind, seed, make_storage=make_storage)
        assert not told.problems, f"{kind} {seed}\n" + "\n".join(told.problems)
