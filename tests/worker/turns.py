"""What worker tests share: a stop that nobody has to wait for, and a service that answers as told."""

from __future__ import annotations

from collections.abc import Callable

from orderflow import AsyncOrderService, OrderService, SweepReport
from orderflow.adapters.memory import FakeGateway, MemoryStorage

__all__ = ["AsyncScripted", "Scripted", "Stops", "plain_service"]

Answer = SweepReport | Exception


def plain_service() -> OrderService:
    return OrderService(storage=MemoryStorage(), payments=FakeGateway())


class Stops:
    """A stop that is set at the given wait, and keeps how long each was to be."""

    def __init__(self, after: int = 1, then: Callable[[], object] = lambda: None) -> None:
        self.waits: list[float] = []
        self._after = after
        self._then = then

    def is_set(self) -> bool:
        return len(self.waits) >= self._after

    def wait(self, timeout: float, /) -> bool:
        self.waits.append(timeout)
        self._then()
        return self.is_set()

    async def wait_async(self, timeout: float) -> None:
        self.wait(timeout)


class Scripted(OrderService):
    """A service whose sweeps come to what the test says; the last answer is for ever."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(storage=MemoryStorage(), payments=FakeGateway())
        self._answers = list(answers)
        self.limits: list[int] = []

    def run_due(self, limit: int = 100) -> SweepReport:
        self.limits.append(limit)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class AsyncScripted(AsyncOrderService):
    """The same, awaited."""

    def __init__(self, *answers: Answer) -> None:
        super().__init__(storage=MemoryStorage(), payments=FakeGateway())
        self._scripted = Scripted(*answers)

    @property
    def limits(self) -> list[int]:
        return self._scripted.limits

    async def run_due(self, limit: int = 100) -> SweepReport:
        return self._scripted.run_due(limit)
