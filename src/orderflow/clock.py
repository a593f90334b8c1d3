"""The clocks: the system's, and one that tests turn by hand."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone
from typing import Final

from .errors import ValidationError
from .fields import as_utc

__all__ = ["ManualClock", "SystemClock"]

_SOME_MOMENT: Final = datetime(2026, 1, 5, 9, 0, tzinfo=timezone.utc)


class SystemClock:
    """The time of this machine, in UTC."""

    def now(self) -> datetime:
        """Now, aware, in UTC."""
        return datetime.now(timezone.utc)  # the one place that asks the machine


class ManualClock:
    """A clock that stands still until it is moved: a test drives seven days in no time.

    Args:
        start: An aware datetime to begin at; a Monday morning in 2026 if none is given.

    Raises:
        ValidationError: If `start` is not an aware datetime.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._now = _aware(_SOME_MOMENT if start is None else start)
        self._lock = threading.Lock()

    def now(self) -> datetime:
        """The moment that the clock was moved to, aware, in UTC."""
        return self._now

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0, microseconds: float = 0
    ) -> datetime:
        """Move the clock on, or back if the sum is below zero.

        Returns:
            The new now.

        Raises:
            ValidationError: If an amount is no number, or leads out of the calendar.
        """
        try:
            step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds, microseconds=microseconds)
            with self._lock:
                self._now += step
                return self._now
        except (TypeError, ValueError, OverflowError):
            raise ValidationError("a clock advances by finite numbers that stay within the calendar") from None

    def set(self, moment: datetime) -> None:
        """Move the clock to an aware datetime, forwards or back.

        Raises:
            ValidationError: If it is not one.
        """
        with self._lock:
            self._now = _aware(moment)


def _aware(moment: datetime) -> datetime:
    told = as_utc(moment)
    if not isinstance(told, datetime) or told.tzinfo is not timezone.utc:
        raise ValidationError("a clock takes an aware datetime")
    return told
