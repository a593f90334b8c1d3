"""The storage contract over SQLAlchemy, on SQLite and on PostgreSQL, in one process and in many."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from databases import Place, opened, patient
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from orderflow.testing import StorageContract


class TestSync(StorageContract):
    @pytest.fixture
    def storage(self, place: Place, engines: Callable[..., Engine]) -> SQLAlchemyStorage:
        storage = SQLAlchemyStorage(engines(place.url, **patient(place)), schema=place.schema)
        storage.create_all()
        return storage

    @pytest.fixture
    def open_elsewhere(self, place: Place) -> Callable[[], SQLAlchemyStorage]:
        return functools.partial(opened, place)
