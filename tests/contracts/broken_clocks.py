"""Clocks that break one promise each."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from orderflow import ManualClock


class Naive(ManualClock):
    def now(self) -> datetime:
        return super().now().replace(tzinfo=None)


class Local(ManualClock):
    """Tells the right moment, in another zone."""

    def now(self) -> datetime:
        return super().now().astimezone(timezone(timedelta(hours=1)))


class Text(ManualClock):
    def now(self) -> Any:
        return super().now().isoformat()


class Calendar(ManualClock):
    def now(self) -> Any:
        return date(2026, 1, 5)


class Awaited(ManualClock):
    async def now(self) -> Any:
        return super().now()


class Backwards(ManualClock):
    def now(self) -> datetime:
        return self.advance(microseconds=-1)


class BackwardsInThreads(ManualClock):
    """Goes back once it was asked more often than one thread does."""

    asked = 0

    def now(self) -> datetime:
        self.asked += 1
        return super().now() - timedelta(microseconds=max(0, self.asked - 2_500))


class Seconds(ManualClock):
    def now(self) -> datetime:
        return super().now().replace(microsecond=0)


class LateForServices(ManualClock):
    """Far ahead of the calendar that an order may have."""

    def __init__(self) -> None:
        super().__init__(datetime(9500, 1, 1, tzinfo=timezone.utc))
