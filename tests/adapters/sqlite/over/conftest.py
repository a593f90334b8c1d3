"""The shops of the tests in this folder keep their orders in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orderflow.adapters.memory import FakeGateway
from orderflow.adapters.sqlite import SQLiteStorage
from shops import MODES, Shop


def _over(path: Path, mode: str) -> Iterator[Shop]:
    shop = Shop(mode)
    storage = SQLiteStorage(path, synchronous="NORMAL")
    shop.__dict__.update(storage=storage, gateway=FakeGateway(shop.clock))
    shop.orders = shop.service()
    yield shop
    storage.close()


@pytest.fixture(params=MODES)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """The shop, once for each kind of service."""
    yield from _over(tmp_path / "shop.db", request.param)


@pytest.fixture
def sync_shop(tmp_path: Path) -> Iterator[Shop]:
    """The shop over the sync service."""
    yield from _over(tmp_path / "shop.db", MODES[0])
