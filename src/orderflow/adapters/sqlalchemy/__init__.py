"""A storage in a database that SQLAlchemy speaks to: PostgreSQL, for many machines, or SQLite. Sync, and awaited.

It needs `pip install orderflow[postgres]`, or `orderflow[sqlalchemy]` and a driver of the host's own.
"""

from __future__ import annotations

from .storage import AsyncSQLAlchemyStorage, SQLAlchemyStorage

__all__ = ["AsyncSQLAlchemyStorage", "SQLAlchemyStorage"]
