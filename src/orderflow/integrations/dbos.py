"""The sweep on DBOS: scheduled in its database, shared by any number of processes, taken up again after a crash.

It needs the extra `dbos`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from dbos import DBOS, ScheduleInput

from ..aservice import AsyncOrderService
from ..service import OrderService

__all__ = ["SweepFailed", "Sweeps"]

_TRIES: Final = 3


class SweepFailed(Exception):
    """A sweep raised; the text is the name of the exception's type, because DBOS keeps it. The next sweep goes on."""


class Sweeps:
    """Sweeps of one service as DBOS workflows. Make it before `DBOS.launch()`, and `start()` it after.

    Each process sweeps once at a time, and several may at the same time: a sweep of a process that was killed would
    hold back the others', if only one was let run, until that process is back.

    Args:
        orders: The service, sync or async.
        schedule: When, as cron, in UTC: five fields, or six of which the first is seconds.
        limit: The most orders, and the most messages, of one `run_due`.
        name: Of the workflow, its step, its queue and its schedule. It must stay, as what is stored refers to it.
        polling_seconds: How often each process looks for sweeps.
        retry_seconds: The pause before the second try of a sweep that failed, of three; then it doubles.
    """

    def __init__(
        self,
        orders: OrderService | AsyncOrderService,
        *,
        schedule: str = "* * * * *",
        limit: int = 100,
        name: str = "orderflow-sweep",
        polling_seconds: float = 1.0,
        retry_seconds: float = 1.0,
    ) -> None:
        self._schedule = schedule
        self._name = name
        self._polling_seconds = polling_seconds
        made: Callable[..., Any] = _awaited if inspect.iscoroutinefunction(orders.run_due) else _called
        self._workflow = made(orders, limit, name, retry_seconds)

    def start(self) -> None:
        """Write down the queue and the schedule; again changes nothing, or what is new."""
        DBOS.register_queue(self._name, worker_concurrency=1, polling_interval_sec=self._polling_seconds)
        entry: ScheduleInput = {
            "schedule_name": self._name,
            "workflow_fn": self._workflow,
            "schedule": self._schedule,
            "context": None,
            "queue_name": self._name,
        }
        DBOS.apply_schedules([entry])

    def sweep_now(self) -> str:
        """Ask for a sweep at once, by whichever process is free.

        Returns:
            The workflow's id.
        """
        return DBOS.trigger_schedule(self._name).get_workflow_id()


def _called(orders: OrderService, limit: int, name: str, pause: float) -> object:
    @DBOS.step(name=f"{name}-step", retries_allowed=True, max_attempts=_TRIES, interval_seconds=pause)
    def sweep() -> bool:
        try:
            return orders.run_due(limit).remaining
        except Exception as error:
            problem = type(error).__name__
        raise SweepFailed(problem)

    @DBOS.workflow(name=name)
    def sweep_all(at: datetime, context: object) -> None:
        while sweep():
            pass

    return sweep_all


def _awaited(orders: AsyncOrderService, limit: int, name: str, pause: float) -> object:
    @DBOS.step(name=f"{name}-step", retries_allowed=True, max_attempts=_TRIES, interval_seconds=pause)
    async def sweep() -> bool:
        try:
            return (await orders.run_due(limit)).remaining
        except Exception as error:
            problem = type(error).__name__
        raise SweepFailed(problem)

    @DBOS.workflow(name=name)
    async def sweep_all(at: datetime, context: object) -> None:
        while await sweep():
            pass

    return sweep_all
