"""The clocks in the box keep the contract."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from orderflow import ManualClock, SystemClock
from orderflow.ports import Clock
from orderflow.testing import ClockContract


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return SystemClock()


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return ManualClock()


class TestManualClockThatBeganInAnotherZone(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return ManualClock(datetime(2026, 3, 29, 0, 59, 59, 999_999, tzinfo=ZoneInfo("Europe/Lisbon")))


class TestAClockThatIsMovedInAnotherWay(ClockContract):
    @pytest.fixture
    def clock(self) -> Clock:
        return _Shifted()

    @pytest.fixture
    def advance(self, clock: _Shifted) -> object:
        return clock.shift


class _Shifted:
    """A clock whose UTC is not Python's own."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 5, tzinfo=timezone(timedelta(0), "Zulu"))

    def now(self) -> datetime:
        return self._now

    def shift(self, step: timedelta) -> None:
        self._now += step
