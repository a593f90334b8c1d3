"""How the flows meet their ports: one flow serves sync and async services alike.

Every flow is an `async def` that asks a port with `await ask(port.method(...))`. A sync port has answered by then, and
`ask` passes the answer through without suspending; so the sync service needs no event loop: `step` sends a flow to its
end in one go. The async service awaits the flow, and `lift`s its sync ports into worker threads.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, TypeVar, cast

from .errors import OrderflowError, ValidationError

__all__ = ["ask", "functions", "is_async", "is_coroutine", "lift", "lifted", "step"]

T = TypeVar("T")


async def ask(answer: Awaitable[T] | T) -> T:
    """The answer of a port, sync or async."""
    if isinstance(answer, Awaitable):
        return await answer
    return answer


def step(flow: Coroutine[Any, Any, T]) -> T:
    """Run a flow over sync ports to its end.

    Raises:
        OrderflowError: If a port made the flow wait: it is async, and needs `AsyncOrderService`.
    """
    try:
        flow.send(None)
    except StopIteration as end:
        return cast("T", end.value)
    flow.close()
    raise OrderflowError("a port made the sync service wait: async ports need AsyncOrderService")


def is_async(port: object, methods: Iterable[str]) -> bool:
    """Whether a port's methods are coroutine functions.

    Raises:
        ValidationError: If one is missing, or some are and some are not.
    """
    kinds = set()
    for method in methods:
        function = getattr(port, method, None)
        if not callable(function):
            raise ValidationError(f"{type(port).__name__} has no method {method}, which its port must have")
        kinds.add(inspect.iscoroutinefunction(function))
    if len(kinds) > 1:
        raise ValidationError(f"{type(port).__name__} must be sync or async, and not some of both")
    return kinds == {True}


class _Lifted:
    """A sync port whose methods run in worker threads, for the async service."""

    def __init__(self, port: object, methods: Iterable[str]) -> None:
        self._port = port
        for method in methods:
            setattr(self, method, in_thread(getattr(port, method)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


def lift(port: object, methods: Iterable[str]) -> Any:
    """The port as an async one."""
    names = tuple(methods)
    return port if is_async(port, names) else _Lifted(port, names)


def functions(handlers: object) -> tuple[object, ...]:
    """The functions among handlers; what is no mapping is refused where handlers are checked."""
    return tuple(handlers.values()) if isinstance(handlers, Mapping) else ()


def is_coroutine(function: object) -> bool:
    """Whether a function, or an object that is called like one, is async."""
    return callable(function) and (
        inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
    )


def lifted(handlers: Any) -> Any:
    """The handlers as async ones; what is no mapping of functions is refused where handlers are checked."""
    if not isinstance(handlers, Mapping):
        return handlers
    return {
        name: in_thread(handler) if callable(handler) and not is_coroutine(handler) else handler
        for name, handler in handlers.items()
    }


def in_thread(function: Callable[..., T]) -> Callable[..., Coroutine[Any, Any, T]]:
    """A function as a coroutine function that runs it in a worker thread."""
    from asyncio import to_thread  # noqa: PLC0415  # only the async service needs it, and it is slow to import

    async def call(*args: Any, **kwargs: Any) -> T:
        return await to_thread(function, *args, **kwargs)

    return call
