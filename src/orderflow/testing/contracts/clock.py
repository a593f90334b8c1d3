"""The contract of clocks."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, TypeAlias

import pytest

from ... import Actor, Order, verify_history
from ...ports import Clock
from .contract import Contract
from .needs import needed
from .sales import requested, service_over

__all__ = ["Advance", "ClockContract"]

#: What a host gives: it moves the clock on.
Advance: TypeAlias = Callable[[timedelta], object]

_MANY: Final = 16
_NONE: Final = timedelta(0)


class ClockContract(Contract):
    """What `orderflow.ports.Clock` promises, as tests. Subclass it, and override the fixture `clock`.

    What needs `advance` is skipped on a clock that can't be moved.
    """

    @pytest.fixture
    def clock(self) -> Clock:
        """Override it: the clock to check."""
        raise NotImplementedError("override the fixture `clock` with the clock to check")

    @pytest.fixture
    def advance(self, clock: Any) -> Advance | None:
        """Moves the clock on; None if nobody can. By default the clock's own `advance`, as `ManualClock` has it."""
        if not hasattr(clock, "advance"):
            return None
        return lambda step: clock.advance(days=step.days, seconds=step.seconds, microseconds=step.microseconds)

    def test_it_is_asked_and_not_awaited(self, clock: Clock) -> None:
        assert not inspect.iscoroutinefunction(clock.now), "a clock is sync"

    def test_it_tells_a_datetime(self, clock: Clock) -> None:
        assert isinstance(clock.now(), datetime), "now() gives no datetime"

    def test_it_tells_the_zone(self, clock: Clock) -> None:
        assert clock.now().utcoffset() is not None, "now() gives a naive datetime, which could be any moment"

    def test_it_tells_utc(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == _NONE, "now() gives another zone than UTC"

    def test_it_never_goes_back_by_itself(self, clock: Clock) -> None:
        assert _goes_on(_readings(clock)), "a later reading is earlier"

    def test_every_thread_may_ask_it(self, clock: Clock) -> None:
        with ThreadPoolExecutor(_MANY) as pool:
            told = list(pool.map(_readings, [clock] * _MANY))
        assert all(_goes_on(readings) for readings in told), "a later reading in one thread is earlier"

    @pytest.mark.parametrize("step", [timedelta(microseconds=1), timedelta(hours=1), timedelta(days=7, microseconds=3)])
    def test_it_moves_by_as_much_as_it_is_moved(self, clock: Clock, advance: Advance | None, step: timedelta) -> None:
        move = needed(advance, "needs a clock that can be moved")
        before = clock.now()
        move(step)
        assert clock.now() - before == step, "it does not keep microseconds, or goes by itself"

    def test_a_service_goes_by_it(self, clock: Clock) -> None:
        before = clock.now()
        order = _sold(clock)
        told = [before, order.placed_at, *(event.at for event in order.timeline), order.updated_at, clock.now()]
        assert _goes_on(told), "the order has other times than the clock"
        verify_history(order)


def _readings(clock: Clock) -> list[datetime]:
    return [clock.now() for _ in range(1_000)]


def _goes_on(readings: list[datetime]) -> bool:
    return all(earlier <= later for earlier, later in pairwise(readings))


def _sold(clock: Clock) -> Order:
    orders = service_over(clock=clock)
    order = requested(orders)
    orders.accept(order.id, by=Actor.merchant(order.store_id))
    orders.run_due()
    return orders.get(order.id, by=Actor.merchant(order.store_id))
