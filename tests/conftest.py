"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Generator

import coverage
import pytest

from shops import MODES, Shop


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The long ones are not traced when coverage is measured: they would last twice as long, and cover nothing new.

    Nor are their processes, which are killed, and would leave broken files of figures.
    """
    measuring = coverage.Coverage.current()
    if measuring is None or not {"proof", "soak", "model"} & set(item.path.parts):
        return (yield)
    told = os.environ.pop("COVERAGE_PROCESS_START", None)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()
        if told is not None:
            os.environ["COVERAGE_PROCESS_START"] = told


@pytest.fixture(params=MODES)
def shop(request: pytest.FixtureRequest) -> Shop:
    """A shop over the in-memory parts, once for each kind of service."""
    return Shop(request.param)


@pytest.fixture
def sync_shop() -> Shop:
    """A shop over the in-memory parts and the sync service, where the kind of service makes no difference."""
    return Shop()
