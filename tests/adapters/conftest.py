"""What the tests of the in-memory parts run against."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from orderflow.adapters.memory import FakeGateway


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def threads_that_take_turns_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)
