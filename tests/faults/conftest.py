"""Shops for faults: their gateway forgets keys after its window, as real ones do."""

from __future__ import annotations

import pytest

from orderflow.adapters.memory import FakeGateway
from shops import Shop


def _forgetful(shop: Shop) -> Shop:
    shop.gateway = FakeGateway(shop.clock)
    shop.orders = shop.service()
    return shop


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """The shop, once for each kind of service."""
    return _forgetful(shop)


@pytest.fixture
def sync_shop(sync_shop: Shop) -> Shop:
    """The shop over the sync service."""
    return _forgetful(sync_shop)
