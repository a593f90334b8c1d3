"""The loop, for hosts with and without an event loop: the same steps, taken and awaited."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from ..aservice import AsyncOrderService
from ..clock import SystemClock
from ..report import SweepReport
from ..service import OrderService
from .health import Health
from .logs import figures, say, tell_of
from .pace import Pace

__all__ = ["Stop", "run", "run_async"]


class Stop(Protocol):
    """What ends a worker: a `threading.Event`, or anything like it."""

    def is_set(self) -> bool:
        """Whether the worker should end."""
        ...

    def wait(self, timeout: float, /) -> object:
        """Wait until it should, for that many seconds at most."""
        ...


class _Turns:
    """What a worker does between two sweeps."""

    def __init__(self, limit: int, max_sleep: float, health_file: str | os.PathLike[str] | None) -> None:
        self._pace = Pace(limit, max_sleep)
        self._health = Health(health_file)
        self._clock = SystemClock()  # sleeping is this machine's time, whatever clock the service has

    def swept(self, report: SweepReport) -> float:
        """Tell of a sweep.

        Returns:
            How long to wait.
        """
        now = self._clock.now()
        tell_of(report)
        self._health.write(now, {"report": figures(report)}, ok=True)
        return self._pace.after(report, now)

    def failed(self, error: Exception) -> float:
        """Tell of a sweep that failed: by the name of the exception's type, since its words may be anybody's.

        Returns:
            How long to wait.
        """
        pause = self._pace.after_failure()
        name = type(error).__name__
        say(logging.ERROR, "sweep_failed", error=name, again_in=round(pause, 3))
        self._health.write(self._clock.now(), {"error": name}, ok=False)
        return pause


def run(
    orders: OrderService,
    *,
    stop: Stop | None = None,
    limit: int = 100,
    max_sleep: float = 30.0,
    once: bool = False,
    health_file: str | os.PathLike[str] | None = None,
    wait: Callable[[float], object] | None = None,
) -> None:
    """Sweep until told to stop: at once while more is due, else when the next work falls due.

    A sweep that is under way is finished. One that fails is tried again, after growing pauses.

    Args:
        orders: The service.
        stop: Ends the loop once it is set: a `threading.Event`. None runs for ever.
        limit: The most orders, and the most messages, of one sweep.
        max_sleep: The longest wait in seconds: others commit work meanwhile.
        once: Return as soon as nothing more is due now; a sweep that fails raises.
        health_file: A file to write after each sweep.
        wait: Waits that many seconds in place of `stop.wait`.

    Raises:
        ValidationError: If `limit` or `max_sleep` is not what it must be.
    """
    turns = _Turns(limit, max_sleep, health_file)
    stop = stop if stop is not None else threading.Event()
    wait = wait if wait is not None else stop.wait
    while not stop.is_set():
        try:
            report = orders.run_due(limit)
        except Exception as error:  # the store may be gone for a while: nothing is lost, all stays due
            pause = turns.failed(error)
            if once:
                raise
        else:
            pause = turns.swept(report)
            if once and not report.remaining:
                return
        if pause:
            wait(pause)


async def run_async(
    orders: AsyncOrderService,
    *,
    stop: asyncio.Event | None = None,
    limit: int = 100,
    max_sleep: float = 30.0,
    once: bool = False,
    health_file: str | os.PathLike[str] | None = None,
    wait: Callable[[float], Awaitable[object]] | None = None,
) -> None:
    """`run`, awaited, over an `AsyncOrderService`; `stop` is an `asyncio.Event`. Cancelling it ends it at once."""
    turns = _Turns(limit, max_sleep, health_file)
    stop = stop if stop is not None else asyncio.Event()
    wait = wait if wait is not None else _waiting(stop)
    while not stop.is_set():
        try:
            report = await orders.run_due(limit)
        except Exception as error:  # as above
            pause = turns.failed(error)
            if once:
                raise
        else:
            pause = turns.swept(report)
            if once and not report.remaining:
                return
        await wait(pause)  # also after none, so that others get their turn


def _waiting(stop: asyncio.Event) -> Callable[[float], Awaitable[None]]:
    async def wait(seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)

    return wait
