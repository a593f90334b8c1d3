"""The in-memory storage keeps what the port promises, sync and awaited."""

from __future__ import annotations

import pytest

from orderflow.adapters.memory import MemoryStorage
from orderflow.testing import StorageContract
from shops import Suspending


class TestMemoryStorage(StorageContract):
    @pytest.fixture
    def storage(self) -> MemoryStorage:
        return MemoryStorage()


class TestSuspendingStorage(StorageContract):
    """The same storage behind methods that are awaited, and that give way to others before and after each call."""

    @pytest.fixture
    def storage(self) -> Suspending:
        return Suspending(MemoryStorage())
