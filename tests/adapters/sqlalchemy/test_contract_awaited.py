"""The storage contract over SQLAlchemy, awaited: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from databases import Place, opened_async
from orderflow.adapters.sqlalchemy import AsyncSQLAlchemyStorage
from orderflow.testing import StorageContract


class TestAwaited(StorageContract):
    @pytest.fixture
    def storage(self, place: Place, run_async: Callable[..., AsyncSQLAlchemyStorage]) -> AsyncSQLAlchemyStorage:
        return run_async(opened_async(place))
