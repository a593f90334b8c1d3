"""Time and turns: coroutines that sleep in simulated time, woken in an order that the seed alone decides."""

from __future__ import annotations

import heapq
import random
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar

import attrs

T = TypeVar("T")


class Gone(Exception):
    """The process that was asked has ended: its caller sees a broken connection."""


@attrs.frozen
class Sleep(Awaitable[None]):
    """Wait for some simulated seconds."""

    seconds: float

    def __await__(self) -> Generator[Any, Any, None]:
        yield self


@attrs.frozen
class Ask(Awaitable[Any]):
    """Let a process run something, and wait for what it comes to."""

    process: str
    work: Callable[[], Coroutine[Any, Any, Any]]

    def __await__(self) -> Generator[Any, Any, Any]:
        return (yield self)


@attrs.define(eq=False)
class Task:
    """One coroutine on its way; `asker` waits for what it comes to."""

    work: Coroutine[Any, Any, Any]
    process: str = ""
    asker: Task | None = None
    is_over: bool = False


class Schedule:
    """Runs tasks and plain actions in the order of their moments; of one moment, in the order of their making.

    Args:
        random: Decides about stalls.
        problem: Is told of an exception that nobody expected.
    """

    def __init__(self, random: random.Random, problem: Callable[[str], None]) -> None:
        self.now = 0.0
        self.stall_rate = 0.0
        self.longest_stall = 0.0
        self.stalls = 0
        self._random = random
        self._problem = problem
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._made = 0
        self._running: dict[str, list[Task]] = {}  # by process; "" for people

    def at(self, moment: float, action: Callable[[], None]) -> None:
        """Do something at a moment."""
        self._made += 1
        heapq.heappush(self._heap, (max(moment, self.now), self._made, action))

    def start(
        self, work: Coroutine[Any, Any, Any], *, process: str = "", after: float = 0.0, asker: Task | None = None
    ) -> None:
        """Start a coroutine; one of a process ends with it."""
        task = Task(work, process, asker)
        self._running.setdefault(process, []).append(task)
        self.at(self.now + after, lambda: self._advance(task, None, None))

    def kill(self, process: str) -> None:
        """End whatever the process is at, wherever it stands."""
        for task in self._running.pop(process, []):
            task.work.close()
            self._end(task, None, Gone(process))

    def run(self, until: float) -> None:
        """Let time pass."""
        while self._heap and self._heap[0][0] <= until:
            moment, _, action = heapq.heappop(self._heap)
            self.now = moment
            action()
        self.now = until

    def drop(self) -> None:
        """End everything, and forget what was to come."""
        for process in list(self._running):
            self.kill(process)
        self._heap.clear()

    def _advance(self, task: Task, answer: Any, error: BaseException | None) -> None:
        if task.is_over:
            return
        try:
            request = task.work.send(answer) if error is None else task.work.throw(error)
        except StopIteration as end:
            self._end(task, end.value, None)
        except Exception as raised:
            self._end(task, None, raised)
        else:
            self._grant(task, request)

    def _grant(self, task: Task, request: Sleep | Ask) -> None:
        if isinstance(request, Ask):
            self.start(request.work(), process=request.process, asker=task)
            return
        pause = request.seconds
        if task.process and self.stall_rate and self._random.random() < self.stall_rate:
            self.stalls += 1
            pause += self._random.random() ** 3 * self.longest_stall
        self.at(self.now + pause, lambda: self._advance(task, None, None))

    def _end(self, task: Task, answer: Any, error: BaseException | None) -> None:
        if task.is_over:
            return
        task.is_over = True
        if task in self._running.get(task.process, ()):
            self._running[task.process].remove(task)
        asker = task.asker
        if asker is not None:
            self.at(self.now, lambda: self._advance(asker, answer, error))
        elif error is not None and not isinstance(error, Gone):
            self._problem(f"unexpected {type(error).__name__}: {error}")
