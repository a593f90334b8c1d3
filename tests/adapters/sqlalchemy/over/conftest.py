"""The shops of the tests in this folder keep their orders in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from databases import Place
from orderflow.adapters.memory import FakeGateway
from orderflow.adapters.sqlalchemy import SQLAlchemyStorage
from shops import MODES, Shop


@pytest.fixture
def make_shop(in_postgres: Place, engines: Callable[[str], Engine]) -> Callable[[str], Shop]:
    """Opens the shop for a kind of service."""

    def make(mode: str) -> Shop:
        shop = Shop(mode)
        storage = SQLAlchemyStorage(engines(in_postgres.url), schema=in_postgres.schema)
        storage.create_all()
        shop.__dict__.update(storage=storage, gateway=FakeGateway(shop.clock))
        shop.orders = shop.service()
        return shop

    return make


@pytest.fixture(params=MODES)
def shop(request: pytest.FixtureRequest, make_shop: Callable[[str], Shop]) -> Shop:
    """The shop, once for each kind of service."""
    return make_shop(request.param)


@pytest.fixture
def sync_shop(make_shop: Callable[[str], Shop]) -> Shop:
    """The shop over the sync service."""
    return make_shop(MODES[0])
