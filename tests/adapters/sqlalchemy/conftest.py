"""Databases for the tests of this folder: SQLite files, and schemas of a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Engine

from databases import Place
from postgres import postgres_url, schema_of_its_own


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL database."""
    with postgres_url() as url:
        yield url


@pytest.fixture
def in_postgres(postgres: str) -> Iterator[Place]:
    """A schema of its own."""
    with schema_of_its_own(postgres) as schema:
        yield Place(postgres, schema)


@pytest.fixture
def in_sqlite(tmp_path: Path) -> Place:
    """A file of its own."""
    return Place(f"sqlite:///{tmp_path / 'shop.db'}", None)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Place:
    """A database of each kind."""
    found: Place = request.getfixturevalue(f"in_{request.param}")
    return found


@pytest.fixture
def engines() -> Iterator[Callable[[str], Engine]]:
    """Makes engines that are disposed of at the end."""
    made: list[Engine] = []

    def make(url: str, **options: object) -> Engine:
        made.append(sqlalchemy.create_engine(url, **options))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()
