"""The storages: each method of the port is a plan, carried out in one short transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine

from ...command import CommandRecord
from ...errors import ValidationError
from ...message import Delivery, InboxPage, MessageState, Owed
from ...order import Order
from ...ports import Claimed
from ...query import OrderPage, OrderQuery
from ...status import OrderStatus
from .claims import Claiming
from .commits import Committing
from .delivering import Delivering
from .plans import arun, failures_told, run
from .reading import Reading
from .searching import Searching
from .tables import Tables

__all__ = ["AsyncSQLAlchemyStorage", "SQLAlchemyStorage"]

_KNOWN: Final = ("postgresql", "sqlite")


class _Plans:
    """The plans of one storage, made for its tables and its database."""

    def __init__(self, dialect: Dialect, metadata: MetaData | None, prefix: str, schema: str | None) -> None:
        if dialect.name not in _KNOWN:
            raise ValidationError(f"engine must be one of PostgreSQL or SQLite, not of {dialect.name}")
        if metadata is not None and not isinstance(metadata, MetaData):
            raise ValidationError("metadata must be a sqlalchemy.MetaData or None")
        is_postgres = dialect.name == "postgresql"
        self.metadata: MetaData = MetaData() if metadata is None else metadata
        self.tables = Tables(self.metadata, prefix, schema)
        self.reading = Reading(self.tables)
        self.committing = Committing(self.tables, is_postgres=is_postgres)
        self.searching = Searching(self.tables, dialect)
        self.claiming = Claiming(self.tables)
        self.delivering = Delivering(self.tables, is_postgres=is_postgres)


class SQLAlchemyStorage:
    """Keeps orders in a database that the host's engine speaks to: PostgreSQL, for many machines, or SQLite.

    Threads, processes and machines may share the database. It takes a connection from the engine's pool for the length
    of a call, and keeps nothing on it between calls, so that it works behind a pooler of transactions. See
    `orderflow.ports.Storage` for what it promises.

    Args:
        engine: The host's engine; it stays the host's to dispose of. Of PostgreSQL at any isolation level, of SQLite
            with foreign writers or none.
        metadata: Where the tables are listed, so that the host's migrations see them; None for one of its own.
        prefix: What the tables' names begin with.
        schema: Where the tables are; None for the connection's own.

    Attributes:
        metadata: It lists the tables.

    Raises:
        ValidationError: If an argument is not what it must be.
    """

    def __init__(
        self, engine: Engine, *, metadata: MetaData | None = None, prefix: str = "orderflow_", schema: str | None = None
    ) -> None:
        if not isinstance(engine, Engine):
            raise ValidationError("engine must be a sqlalchemy.Engine; AsyncSQLAlchemyStorage takes an AsyncEngine")
        self._engine = engine
        self._plans = _Plans(engine.dialect, metadata, prefix, schema)
        self.metadata: MetaData = self._plans.metadata

    def create_all(self) -> None:
        """Make the tables and indexes that are not there; for hosts without migrations of their own.

        Raises:
            StorageError: If the database fails.
        """
        with failures_told():
            self.metadata.create_all(self._engine, tables=list(self._plans.tables))

    def load(self, order_id: str) -> Order | None:
        """See `orderflow.ports.Storage.load`."""
        return run(self._engine, self._plans.reading.load, order_id)

    def commit(
        self,
        order: Order,
        *,
        expected_version: int,
        commit_id: str,
        messages: Sequence[Owed] = (),
        command: CommandRecord | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """See `orderflow.ports.Storage.commit`."""
        run(
            self._engine,
            self._plans.committing.commit,
            order,
            expected_version=expected_version,
            commit_id=commit_id,
            messages=messages,
            command=command,
            due_at=due_at,
        )

    def find_command(self, order_id: str, key: str) -> CommandRecord | None:
        """See `orderflow.ports.Storage.find_command`."""
        return run(self._engine, self._plans.reading.find_command, order_id, key)

    def find(self, query: OrderQuery) -> OrderPage:
        """See `orderflow.ports.Storage.find`. It walks an index; no page costs more for being far from the first."""
        return run(self._engine, self._plans.searching.find, query)

    def counts(self, store_id: str) -> Mapping[OrderStatus, int]:
        """See `orderflow.ports.Storage.counts`."""
        return run(self._engine, self._plans.reading.counts, store_id)

    def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        """See `orderflow.ports.Storage.claim_due`."""
        return run(self._engine, self._plans.claiming.claim_due, now=now, lease=lease, limit=limit)

    def claim_messages(
        self, *, now: datetime, lease: timedelta, limit: int, routes: frozenset[str], order_id: str | None = None
    ) -> Sequence[Owed]:
        """See `orderflow.ports.Storage.claim_messages`."""
        claim = self._plans.claiming.claim_messages
        return run(self._engine, claim, now=now, lease=lease, limit=limit, routes=routes, order_id=order_id)

    def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """See `orderflow.ports.Storage.record_deliveries`."""
        run(self._engine, self._plans.delivering.record_deliveries, deliveries)

    def messages(self, order_id: str) -> Sequence[MessageState]:
        """See `orderflow.ports.Storage.messages`."""
        return run(self._engine, self._plans.reading.messages, order_id)

    def inbox(self, recipient: str, *, unread_only: bool, limit: int, after: str | None) -> InboxPage:
        """See `orderflow.ports.Storage.inbox`."""
        return run(
            self._engine, self._plans.reading.inbox, recipient, unread_only=unread_only, limit=limit, after=after
        )

    def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        """See `orderflow.ports.Storage.mark_read`."""
        run(self._engine, self._plans.delivering.mark_read, recipient, message_ids, at)


class AsyncSQLAlchemyStorage:
    """`SQLAlchemyStorage`, awaited, over an async engine."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        metadata: MetaData | None = None,
        prefix: str = "orderflow_",
        schema: str | None = None,
    ) -> None:
        if not isinstance(engine, AsyncEngine):
            raise ValidationError(
                "engine must be a sqlalchemy.ext.asyncio.AsyncEngine; SQLAlchemyStorage takes an Engine"
            )
        self._engine = engine
        self._plans = _Plans(engine.dialect, metadata, prefix, schema)
        self.metadata: MetaData = self._plans.metadata

    async def create_all(self) -> None:
        """See `SQLAlchemyStorage.create_all`."""
        with failures_told():
            async with self._engine.begin() as connection:
                await connection.run_sync(self.metadata.create_all, tables=list(self._plans.tables))

    async def load(self, order_id: str) -> Order | None:
        """See `orderflow.ports.Storage.load`."""
        return await arun(self._engine, self._plans.reading.load, order_id)

    async def commit(
        self,
        order: Order,
        *,
        expected_version: int,
        commit_id: str,
        messages: Sequence[Owed] = (),
        command: CommandRecord | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """See `orderflow.ports.Storage.commit`."""
        await arun(
            self._engine,
            self._plans.committing.commit,
            order,
            expected_version=expected_version,
            commit_id=commit_id,
            messages=messages,
            command=command,
            due_at=due_at,
        )

    async def find_command(self, order_id: str, key: str) -> CommandRecord | None:
        """See `orderflow.ports.Storage.find_command`."""
        return await arun(self._engine, self._plans.reading.find_command, order_id, key)

    async def find(self, query: OrderQuery) -> OrderPage:
        """See `orderflow.ports.Storage.find`."""
        return await arun(self._engine, self._plans.searching.find, query)

    async def counts(self, store_id: str) -> Mapping[OrderStatus, int]:
        """See `orderflow.ports.Storage.counts`."""
        return await arun(self._engine, self._plans.reading.counts, store_id)

    async def claim_due(self, *, now: datetime, lease: timedelta, limit: int) -> Claimed:
        """See `orderflow.ports.Storage.claim_due`."""
        return await arun(self._engine, self._plans.claiming.claim_due, now=now, lease=lease, limit=limit)

    async def claim_messages(
        self, *, now: datetime, lease: timedelta, limit: int, routes: frozenset[str], order_id: str | None = None
    ) -> Sequence[Owed]:
        """See `orderflow.ports.Storage.claim_messages`."""
        claim = self._plans.claiming.claim_messages
        return await arun(self._engine, claim, now=now, lease=lease, limit=limit, routes=routes, order_id=order_id)

    async def record_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        """See `orderflow.ports.Storage.record_deliveries`."""
        await arun(self._engine, self._plans.delivering.record_deliveries, deliveries)

    async def messages(self, order_id: str) -> Sequence[MessageState]:
        """See `orderflow.ports.Storage.messages`."""
        return await arun(self._engine, self._plans.reading.messages, order_id)

    async def inbox(self, recipient: str, *, unread_only: bool, limit: int, after: str | None) -> InboxPage:
        """See `orderflow.ports.Storage.inbox`."""
        read = self._plans.reading.inbox
        return await arun(self._engine, read, recipient, unread_only=unread_only, limit=limit, after=after)

    async def mark_read(self, recipient: str, message_ids: Sequence[str], at: datetime) -> None:
        """See `orderflow.ports.Storage.mark_read`."""
        await arun(self._engine, self._plans.delivering.mark_read, recipient, message_ids, at)
