"""The worker's loop, sync and async, called alike."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from orderflow.worker import run, run_async
from worker.turns import Answer, AsyncScripted, Scripted, Stops

Work = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def work(request: pytest.FixtureRequest) -> Work:
    """Runs a worker over a service that answers so, until the stop is set; gives the service."""

    def work_sync(*answers: Answer, stop: Stops, **options: Any) -> Scripted:
        orders = Scripted(*answers)
        run(orders, stop=stop, **options)
        return orders

    def work_async(*answers: Answer, stop: Stops, **options: Any) -> AsyncScripted:
        orders = AsyncScripted(*answers)

        async def main() -> None:
            ended = asyncio.Event()

            async def wait(seconds: float) -> None:
                if seconds:
                    stop.wait(seconds)
                if stop.is_set():
                    ended.set()

            await run_async(orders, stop=ended, wait=wait, **options)

        asyncio.run(main())
        return orders

    return work_sync if request.param == "sync" else work_async
