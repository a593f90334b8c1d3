"""What all tests share."""

from __future__ import annotations

import pytest

from shops import MODES, Shop


@pytest.fixture(params=MODES)
def shop(request: pytest.FixtureRequest) -> Shop:
    """A shop over the in-memory parts, once for each kind of service."""
    return Shop(request.param)


@pytest.fixture
def sync_shop() -> Shop:
    """A shop over the in-memory parts and the sync service, where the kind of service makes no difference."""
    return Shop()
