"""Ports that fail where a test tells them to, and otherwise do what the port behind them does."""

from __future__ import annotations

import inspect
import threading
import types
from collections.abc import Callable, Sequence
from typing import Any

import attrs

from orderflow import ConcurrentUpdate, OrderService
from shops import Shop


class Crash(BaseException):
    """The process ends here: nothing catches it."""


class Conflict(ConcurrentUpdate):
    """Somebody was first, as a port raises it."""

    def __init__(self) -> None:
        super().__init__("an order")


@attrs.frozen(kw_only=True)
class Fault:
    """What goes wrong at one call of a port.

    Attributes:
        method: The method; "" stands for any.
        call: 1 for the first such call, then 2 ...
        landed: Whether the call has its effect before it goes wrong.
        raises: What the caller sees instead of an answer.
        meanwhile: What someone else does before the call; then nothing is raised, and the call goes on.
        ever: Whether every later call goes wrong too.
    """

    method: str = ""
    call: int = 1
    landed: bool = False
    raises: type[BaseException] = ConnectionError
    meanwhile: Callable[[], object] | None = None
    ever: bool = False

    def hits(self, calls: Sequence[str]) -> bool:
        """Whether it is the last of these calls that goes wrong."""
        if self.method not in ("", calls[-1]):
            return False
        count = sum(self.method in ("", name) for name in calls)
        return count >= self.call if self.ever else count == self.call


def before(method: str, call: int = 1, *, raises: type[BaseException] = ConnectionError, ever: bool = False) -> Fault:
    """The call goes wrong without an effect."""
    return Fault(method=method, call=call, raises=raises, ever=ever)


def after(method: str, call: int = 1, *, raises: type[BaseException] = ConnectionError, ever: bool = False) -> Fault:
    """The call has its effect, and its acknowledgement is lost."""
    return Fault(method=method, call=call, landed=True, raises=raises, ever=ever)


def meanwhile(method: str, act: Callable[[], object], call: int = 1, *, ever: bool = False) -> Fault:
    """Someone else acts just before the call."""
    return Fault(method=method, call=call, meanwhile=act, ever=ever)


def once_done(method: str, act: Callable[[], object], call: int = 1) -> Fault:
    """Someone else acts just after the call, before its caller sees the answer."""
    return Fault(method=method, call=call, landed=True, meanwhile=act)


class Faulty:
    """A port with faults; `calls` are the names of the methods called, in order."""

    def __init__(self, port: object, *faults: Fault) -> None:
        self._port = port
        self._faults = faults
        self._lock = threading.Lock()
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.ismethod(method):
            return method

        def call(faulty: Faulty, *args: Any, **kwargs: Any) -> Any:
            return faulty._call(name, method, args, kwargs)

        return types.MethodType(call, self)

    def _call(self, name: str, method: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        with self._lock:
            self.calls.append(name)
            hit = next((fault for fault in self._faults if fault.hits(self.calls)), None)
        if hit is None:
            return method(*args, **kwargs)
        answer = method(*args, **kwargs) if hit.landed else None
        if hit.meanwhile is None:
            raise hit.raises
        hit.meanwhile()
        return answer if hit.landed else method(*args, **kwargs)


class Answering:
    """A gateway that answers calls of some methods with what it is given, and hands all others on."""

    def __init__(self, gateway: object, **answers: object) -> None:
        self._gateway = gateway
        self._answers = answers
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name not in self._answers:
            return getattr(self._gateway, name)

        def answer(port: Answering, attempt: object) -> object:
            port.asked.append(name)
            return port._answers[name]

        return types.MethodType(answer, self)


def another(shop: Shop) -> OrderService:
    """Another process over the same parts: a sync service, which may act in the middle of any other's call."""
    return OrderService(storage=shop.storage, payments=shop.gateway, notifier=shop.notifier, clock=shop.clock)
