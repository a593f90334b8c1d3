"""Where a test keeps its orders, in a form that other processes can be told."""

from __future__ import annotations

from typing import Any

import attrs
import sqlalchemy
from sqlalchemy.ext.asyncio import create_async_engine

from orderflow.adapters.sqlalchemy import AsyncSQLAlchemyStorage, SQLAlchemyStorage

__all__ = ["Place", "opened", "opened_async"]


@attrs.frozen
class Place:
    """A database, and the schema in it."""

    url: str
    schema: str | None


def opened(place: Place, **options: Any) -> SQLAlchemyStorage:
    """A storage there, with a pool of its own."""
    storage = SQLAlchemyStorage(sqlalchemy.create_engine(place.url, **options), schema=place.schema)
    storage.create_all()
    return storage


async def opened_async(place: Place) -> AsyncSQLAlchemyStorage:
    """A storage there, awaited; each call has a connection of its own, since loops come and go."""
    url = place.url.replace("sqlite:", "sqlite+aiosqlite:")
    storage = AsyncSQLAlchemyStorage(create_async_engine(url, poolclass=sqlalchemy.NullPool), schema=place.schema)
    await storage.create_all()
    return storage
