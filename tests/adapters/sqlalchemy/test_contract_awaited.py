"""The storage contract over SQLAlchemy, awaited: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from databases import Place, engine_async, opened_async
from orderflow.adapters.sqlalchemy import AsyncSQLAlchemyStorage
from orderflow.testing import StorageContract
from orderflow.testing.awaiting import RunAsync

pytestmark = pytest.mark.proof  # once is enough: its sync twin runs with the oldest SQLAlchemy, too


class TestAwaited(StorageContract):
    @pytest.fixture
    def storage(self, place: Place, run_async: RunAsync) -> Iterator[AsyncSQLAlchemyStorage]:
        engine = engine_async(place)
        yield run_async(opened_async(place, engine))
        run_async(engine.dispose())
