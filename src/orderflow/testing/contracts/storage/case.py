"""What the parts of the storage contract share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from ....ports import AsyncStorage, Storage
from ...awaiting import RunAsync, called_alike
from ..contract import Contract

__all__ = ["OpenElsewhere", "StorageCase"]

OpenElsewhere = Callable[[], Storage | AsyncStorage]


class StorageCase(Contract):
    """A part of the contract. Each check gets a storage that holds nothing yet, as a sync one."""

    @pytest.fixture
    def storage(self) -> Storage | AsyncStorage:
        """The storage to hold to the contract: a new one, which holds nothing yet. Override it."""
        raise NotImplementedError("override the fixture `storage`: it must give a new storage that holds nothing yet")

    @pytest.fixture
    def open_elsewhere(self) -> OpenElsewhere | None:
        """How another process opens the same storage: a function that can be pickled, or None if no other can."""
        return None

    @pytest.fixture
    def store(self, storage: Storage | AsyncStorage, run_async: RunAsync) -> Storage:
        """The storage, called in the same way whether it is sync or async."""
        told: Storage = called_alike(storage, run_async)
        return told

    @pytest.fixture
    def threads_that_take_turns_often(self) -> Iterator[None]:
        """Threads are made to give way at almost every step."""
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        yield
        sys.setswitchinterval(before)
