"""What fields share: moments are told in UTC exactly, and a mapping is whatever reads as one."""

from __future__ import annotations

from collections import ChainMap, UserDict
from datetime import datetime, timedelta, timezone, tzinfo
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Item, Note, SweepReport, ValidationError
from values.made import NOW, PRICE, make

offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=offsets))
@settings(max_examples=100)
def test_any_aware_moment_is_told_in_utc_to_the_microsecond(at: datetime) -> None:
    told = make(Note, written_at=at).written_at

    assert told == at
    assert told.tzinfo is timezone.utc


def test_the_hour_that_comes_twice_is_two_moments() -> None:
    twice = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Lisbon")).replace(hour=1)

    first, second = (make(Note, written_at=twice.replace(fold=fold)).written_at for fold in (0, 1))

    assert second - first == timedelta(hours=1)


class TooFar(tzinfo):
    """A zone that Python itself refuses."""

    def utcoffset(self, at: datetime | None) -> timedelta:
        return timedelta(days=2)


class Unknown(tzinfo):
    """A zone that does not know."""

    def utcoffset(self, at: datetime | None) -> None:
        return None


@pytest.mark.parametrize("zone", [None, Unknown(), TooFar(), tzinfo()])
def test_a_moment_that_no_zone_tells_is_refused(zone: tzinfo | None) -> None:
    with pytest.raises(ValidationError, match=r"Note\.written_at must be an aware datetime"):
        make(Note, written_at=NOW.replace(tzinfo=zone))


@pytest.mark.parametrize(
    "at",
    [
        datetime.min.replace(tzinfo=timezone(timedelta(hours=1))),
        datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_a_moment_beyond_the_calendar_in_utc_is_refused(at: datetime) -> None:
    with pytest.raises(ValidationError, match="can be told in UTC"):
        make(Note, written_at=at)
    with pytest.raises(ValidationError, match="can be told in UTC"):
        make(SweepReport, next_due_at=at)


@pytest.mark.parametrize("kind", [dict, MappingProxyType, UserDict, ChainMap])
def test_any_mapping_may_be_passed_in(kind: Any) -> None:
    assert Item("a", PRICE, details=kind({"For": "Sam"})).details == {"For": "Sam"}
