"""Ports that fail where a test tells them to: short names for the plans of `orderflow.testing`."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from orderflow import ConcurrentUpdate, OrderService
from orderflow.testing import Crash, Fault, FaultKind, Faulty, Interruption
from shops import Shop

__all__ = ["Answering", "Conflict", "Crash", "Faulty", "after", "another", "before", "meanwhile", "once_done"]


class Conflict(ConcurrentUpdate):
    """Somebody was first, as a port raises it."""

    def __init__(self) -> None:
        super().__init__("an order")


def before(method: str, call: int = 1, *, raises: type[BaseException] = ConnectionError, ever: bool = False) -> Fault:
    """The call goes wrong without an effect."""
    return Fault(kind=FaultKind.ERROR, method=method, call=call, raises=raises, ever=ever)


def after(method: str, call: int = 1, *, raises: type[BaseException] = ConnectionError, ever: bool = False) -> Fault:
    """The call has its effect, and its acknowledgement is lost."""
    return Fault(kind=FaultKind.LOST_ACKNOWLEDGEMENT, method=method, call=call, raises=raises, ever=ever)


def meanwhile(method: str, act: Callable[[], object], call: int = 1, *, ever: bool = False) -> Interruption:
    """Someone else acts just before the call."""
    return Interruption(act=act, method=method, call=call, ever=ever)


def once_done(method: str, act: Callable[[], object], call: int = 1) -> Interruption:
    """Someone else acts just after the call, before its caller sees the answer."""
    return Interruption(act=act, after=True, method=method, call=call)


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
