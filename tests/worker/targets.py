"""What the command's tests name as `module:attribute`."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from types import SimpleNamespace

from orderflow import OrderService, StorageError, SweepReport, ValidationError
from worker.turns import AsyncScripted, Scripted, plain_service

IDLE = SweepReport()

orders = Scripted(IDLE)
awaited = AsyncScripted(IDLE)
failing = Scripted(StorageError("canary-7f3a"))
awaited_failing = AsyncScripted(StorageError("canary-7f3a"))
nested = SimpleNamespace(orders=orders)
number = 7
service_class = OrderService


def make() -> OrderService:
    return plain_service()


def make_nothing() -> None:
    return None


def make_foreign_trouble() -> OrderService:
    raise RuntimeError("canary-7f3a")


def make_own_trouble() -> OrderService:
    raise ValidationError("limit must be\na number")


async def make_async() -> OrderService:
    return plain_service()


class _Signalled(Scripted):
    """It is told to end in the midst of its first sweep, which it finishes."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(SweepReport(delivered=1))
        self._number = number

    def run_due(self, limit: int = 100) -> SweepReport:
        os.kill(os.getpid(), self._number)
        return super().run_due(limit)


class _SignalledAsync(AsyncScripted):
    """It is told so in its second sweep."""

    def __init__(self) -> None:
        super().__init__(SweepReport(delivered=1, remaining=True))

    async def run_due(self, limit: int = 100) -> SweepReport:
        if self.limits:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0)
        return await super().run_due(limit)


terminated = _Signalled(signal.SIGTERM)
interrupted = _Signalled(signal.SIGINT)
awaited_terminated = _SignalledAsync()


class _Hanging(Scripted):
    """Its sweep never ends; it says when it has begun."""

    def run_due(self, limit: int = 100) -> SweepReport:
        os.write(1, b"hangs\n")
        threading.Event().wait()
        return super().run_due(limit)


hanging = _Hanging(IDLE)
