"""The order page is the same as in memory, row for row, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import sqlalchemy

from adapters.sqlite.test_agreement import FILTERS, SORTS, fill, pages
from orderflow import OrderQuery
from orderflow.adapters import finding
from orderflow.adapters.memory import MemoryStorage
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from orderflow.cursor import cursor_of
from orderflow.ports import Storage
from orderflow.query import sort_key
from postgres import schema_of_its_own

Stores = tuple[MemoryStorage, dict[str, Storage]]


@pytest.fixture(scope="module")
def stores(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """The same orders in memory, in a file, and in PostgreSQL."""
    path: Path = tmp_path_factory.mktemp("agreement") / "shop.db"
    with schema_of_its_own(postgres) as schema:
        engines = {
            "sqlite": sqlalchemy.create_engine(f"sqlite:///{path}"),
            "postgres": sqlalchemy.create_engine(postgres),
        }
        kept = {
            "sqlite": SQLAlchemyStorage(engines["sqlite"]),
            "postgres": SQLAlchemyStorage(engines["postgres"], schema=schema),
        }
        memory = MemoryStorage()
        for storage in kept.values():
            storage.create_all()
        for one in (memory, *kept.values()):
            fill(one, random.Random("agreement"))
        yield memory, dict(kept)
        for engine in engines.values():
            engine.dispose()


@pytest.mark.parametrize("few", [-1, 1_000], ids=["walked", "sorted"])
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_every_filter_under_every_sort_gives_the_same_pages(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, kind: str, sort: str, few: int
) -> None:
    monkeypatch.setattr(finding, "_FEW", few)
    memory, kept = stores
    for name, values in FILTERS.items():
        for value in values:
            query = OrderQuery(sort=sort, limit=15, **{name: value})
            assert pages(kept[kind], query) == pages(memory, query), query


@pytest.mark.parametrize("few", [-1, 10, 1_000], ids=["walked", "either", "sorted"])
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_filters_that_come_together_give_the_same_pages(
    stores: Stores, monkeypatch: pytest.MonkeyPatch, kind: str, few: int
) -> None:
    monkeypatch.setattr(finding, "_FEW", few)
    chance = random.Random(f"{kind} {few}")
    memory, kept = stores
    found = 0
    for _ in range(40):
        asked = {name: chance.choice(FILTERS[name]) for name in chance.sample(list(FILTERS), chance.randrange(2, 5))}
        if "total_min" in asked and "total_max" in asked:
            del asked["total_min"]  # they may be of two currencies
        query = OrderQuery(sort=chance.choice(SORTS), limit=chance.choice((1, 7, 200)), **asked)
        told = pages(kept[kind], query)
        assert told == pages(memory, query), query
        found += bool(told[0][0])
    assert found > 10


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_cursor_at_any_row_gives_the_same_page(stores: Stores, kind: str, sort: str) -> None:
    memory, kept = stores
    query = OrderQuery(sort=sort, statuses=["received"], limit=3)
    for number, row in enumerate(memory.find(OrderQuery(limit=200)).rows):
        direction = ("next", "previous")[number % 2]
        cursor = cursor_of(direction, number // 2 % 2, query.fingerprint, cursor_of(*sort_key(row, sort)))
        asked = attrs.evolve(query, after=cursor)
        assert kept[kind].find(asked) == memory.find(asked), (row, direction)
