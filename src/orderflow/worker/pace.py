"""How long a worker waits: until the next work falls due, and longer after each failure."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Final

from ..errors import ValidationError
from ..report import SweepReport

__all__ = ["MOST_AT_ONCE", "SHORTEST", "Pace"]

MOST_AT_ONCE: Final = 10_000
#: In seconds. A service whose clock is behind this machine's calls work due that it does not find yet.
SHORTEST: Final = 0.1
_FIRST_PAUSE: Final = 1.0


class Pace:
    """The waits of one worker, in seconds.

    Args:
        limit: What each sweep is asked to do at most.
        max_sleep: The longest wait: others commit work meanwhile, and nobody tells the worker.

    Raises:
        ValidationError: If a sweep would take neither, or a wait would have no end.
    """

    def __init__(self, limit: int, max_sleep: float) -> None:
        if type(limit) is not int or not 1 <= limit <= MOST_AT_ONCE:
            raise ValidationError(f"limit must be a whole number from 1 to {MOST_AT_ONCE}")
        if type(max_sleep) not in (int, float) or not SHORTEST <= max_sleep <= 24 * 3600:
            raise ValidationError(f"max_sleep must be a number of seconds from {SHORTEST} to a day")
        self._max_sleep = float(max_sleep)
        self._failures = 0

    def after(self, report: SweepReport, now: datetime) -> float:
        """The wait after a sweep; none if more is due at once."""
        self._failures = 0
        if report.remaining:
            return 0.0
        if report.next_due_at is None:
            return self._max_sleep
        return min(max((report.next_due_at - now).total_seconds(), SHORTEST), self._max_sleep)

    def after_failure(self) -> float:
        """The wait after a sweep that failed: twice as long each time, and by chance, so that workers spread."""
        longest = min(_FIRST_PAUSE * 2.0**self._failures, self._max_sleep)
        self._failures = min(self._failures + 1, 20)
        return max(longest * random.uniform(0.5, 1.0), SHORTEST)  # noqa: S311  # no secret
