"""The pytest plugin: a shop over the in-memory parts, for a host's tests.

pytest finds it wherever orderflow is installed. Each fixture can be overridden on its own, in a host's conftest or in a
test module: those that build on it take what it gives. The in-memory parts are imported when they are used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .. import AsyncOrderService, ManualClock, OrderService

if TYPE_CHECKING:
    from ..adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier

__all__ = [
    "orderflow_async_service",
    "orderflow_clock",
    "orderflow_gateway",
    "orderflow_outbox",
    "orderflow_service",
    "orderflow_storage",
]


@pytest.fixture
def orderflow_clock() -> ManualClock:
    """A clock that stands still until the test moves it: an `orderflow.ManualClock`."""
    return ManualClock()


@pytest.fixture
def orderflow_gateway(orderflow_clock: ManualClock) -> FakeGateway:
    """A gateway that moves no money, and forgets keys after a day by `orderflow_clock`."""
    from ..adapters.memory import FakeGateway  # noqa: PLC0415

    return FakeGateway(orderflow_clock)


@pytest.fixture
def orderflow_outbox() -> RecordingNotifier:
    """A notifier that keeps every e-mail and webhook in `sent`, and sends nothing."""
    from ..adapters.memory import RecordingNotifier  # noqa: PLC0415

    return RecordingNotifier()


@pytest.fixture
def orderflow_storage() -> MemoryStorage:
    """A storage that keeps orders in memory."""
    from ..adapters.memory import MemoryStorage  # noqa: PLC0415

    return MemoryStorage()


@pytest.fixture
def orderflow_service(
    orderflow_storage: MemoryStorage,
    orderflow_gateway: FakeGateway,
    orderflow_outbox: RecordingNotifier,
    orderflow_clock: ManualClock,
) -> OrderService:
    """An `orderflow.OrderService` over `orderflow_storage`, `_gateway`, `_outbox` and `_clock`."""
    return OrderService(
        storage=orderflow_storage, payments=orderflow_gateway, notifier=orderflow_outbox, clock=orderflow_clock
    )


@pytest.fixture
def orderflow_async_service(
    orderflow_storage: MemoryStorage,
    orderflow_gateway: FakeGateway,
    orderflow_outbox: RecordingNotifier,
    orderflow_clock: ManualClock,
) -> AsyncOrderService:
    """An `orderflow.AsyncOrderService` over the same parts, which may be async."""
    return AsyncOrderService(
        storage=orderflow_storage, payments=orderflow_gateway, notifier=orderflow_outbox, clock=orderflow_clock
    )
