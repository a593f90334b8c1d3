"""Where a test keeps its orders, in a form that other processes can be told."""

from __future__ import annotations

from typing import Any

import attrs
import sqlalchemy
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from orderflow.adapters.sqlalchemy import AsyncSQLAlchemyStorage, SQLAlchemyStorage

__all__ = ["Place", "engine_async", "opened", "opened_async", "patient"]


@attrs.frozen
class Place:
    """A database, and the schema in it."""

    url: str
    schema: str | None


def opened(place: Place, **options: Any) -> SQLAlchemyStorage:
    """A storage there, with a pool of its own."""
    storage = SQLAlchemyStorage(sqlalchemy.create_engine(place.url, **patient(place), **options), schema=place.schema)
    storage.create_all()
    return storage


def patient(place: Place) -> dict[str, Any]:
    """Options of an engine whose writers wait long for each other on SQLite, as the machine may be busy."""
    return {"connect_args": {"timeout": 60}} if place.url.startswith("sqlite:") else {}


def engine_async(place: Place, **options: Any) -> AsyncEngine:
    """An awaited engine for it."""
    return create_async_engine(place.url.replace("sqlite:", "sqlite+aiosqlite:"), **patient(place), **options)


async def opened_async(place: Place, engine: AsyncEngine | None = None) -> AsyncSQLAlchemyStorage:
    """A storage there, awaited; without an engine each call has a connection of its own, since loops come and go."""
    made = engine or engine_async(place, poolclass=sqlalchemy.NullPool)
    storage = AsyncSQLAlchemyStorage(made, schema=place.schema)
    await storage.create_all()
    return storage
