"""The manual clock stands still until it is moved; the system's tells UTC."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest

from orderflow import ManualClock, SystemClock, ValidationError
from values.made import NOW

THERE = timezone(timedelta(hours=-5))


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().tzinfo is timezone.utc


def test_a_manual_clock_begins_on_a_monday_morning_and_stands_still() -> None:
    clock = ManualClock()

    assert clock.now() == clock.now() == datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)


def test_a_start_is_told_in_utc() -> None:
    assert ManualClock(datetime(2026, 1, 5, 4, 0, tzinfo=THERE)).now().isoformat() == "2026-01-05T09:00:00+00:00"


def test_it_moves_by_what_it_is_told() -> None:
    clock = ManualClock(NOW)

    told = clock.advance(days=7, hours=1, minutes=2, seconds=3.5, microseconds=4)

    assert told == clock.now() == NOW + timedelta(days=7, hours=1, minutes=2, seconds=3.5, microseconds=4)
    assert clock.advance(days=-7, hours=-1, minutes=-2, seconds=-3.5, microseconds=-4) == NOW


def test_it_can_be_set() -> None:
    clock = ManualClock(NOW)

    clock.set(datetime(2025, 1, 1, tzinfo=THERE))

    assert clock.now().isoformat() == "2025-01-01T05:00:00+00:00"


@pytest.mark.parametrize(
    "moment",
    [
        NOW.replace(tzinfo=None),
        date(2026, 1, 5),
        "2026-01-05T09:00:00Z",
        1767603600,
        True,
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=THERE),
    ],
)
def test_a_clock_takes_an_aware_datetime(moment: Any) -> None:
    clock = ManualClock(NOW)

    with pytest.raises(ValidationError, match="a clock takes an aware datetime"):
        ManualClock(moment)
    with pytest.raises(ValidationError, match="a clock takes an aware datetime"):
        clock.set(moment)
    assert clock.now() == NOW


def test_a_clock_cannot_be_set_to_nothing() -> None:
    with pytest.raises(ValidationError, match="aware datetime"):
        ManualClock(NOW).set(None)  # type: ignore[arg-type]


class TooFar(tzinfo):
    """A zone that Python itself refuses."""

    def utcoffset(self, at: datetime | None) -> timedelta:
        return timedelta(days=2)


@pytest.mark.parametrize("zone", [tzinfo(), TooFar()])
def test_a_zone_that_fails_is_no_zone(zone: tzinfo) -> None:
    with pytest.raises(ValidationError, match="aware datetime"):
        ManualClock(datetime(2026, 1, 5, tzinfo=zone))


@pytest.mark.parametrize("amount", ["7", None, float("nan"), float("inf"), 1j, 10**30, 10**400, [1], NOW, 3e6, -1e6])
def test_it_stays_within_the_calendar(amount: Any) -> None:
    clock = ManualClock(NOW)

    with pytest.raises(ValidationError, match="stay within the calendar"):
        clock.advance(days=amount)
    assert clock.now() == NOW
