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

__all__ = ["ask", "is_async", "lift", "lifted", "step", "sync_handlers", "sync_only"]

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


class _Changed:
    """A port whose methods are called in another way."""

    def __init__(self, port: object, methods: Iterable[str], way: Callable[[Callable[..., Any]], object]) -> None:
        self._port = port
        for method in methods:
            setattr(self, method, way(getattr(port, method)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


def lift(port: object, methods: Iterable[str]) -> Any:
    """The port as an async one: a sync one's methods run in worker threads."""
    names = tuple(methods)
    return port if is_async(port, names) else _Changed(port, names, in_thread)


def sync_only(port: object, methods: Iterable[str]) -> Any:
    """The port, for the sync service.

    Raises:
        ValidationError: If it is async.
    """
    names = tuple(methods)
    if is_async(port, names):
        raise ValidationError(f"{type(port).__name__} is async: use AsyncOrderService")
    return _Changed(port, names, at_once)


def is_coroutine(function: object) -> bool:
    """Whether a function, or an object that is called like one, is async."""
    return callable(function) and (
        inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
    )


def sync_handlers(handlers: Any) -> Any:
    """The handlers for the sync service; what is no mapping of functions is refused where handlers are checked.

    Raises:
        ValidationError: If one is async.
    """
    if not isinstance(handlers, Mapping):
        return handlers
    if any(is_coroutine(handler) for handler in handlers.values()):
        raise ValidationError("a handler is async: use AsyncOrderService")
    return {name: at_once(handler) if callable(handler) else handler for name, handler in handlers.items()}


def lifted(handlers: Any) -> Any:
    """The handlers as async ones; what is no mapping of functions is refused where handlers are checked."""
    if not isinstance(handlers, Mapping):
        return handlers
    return {
        name: in_thread(handler) if callable(handler) and not is_coroutine(handler) else handler
        for name, handler in handlers.items()
    }


def in_thread(function: Callable[..., Awaitable[T] | T]) -> Callable[..., Coroutine[Any, Any, T]]:
    """A function as a coroutine function that runs it in a worker thread."""
    from asyncio import to_thread  # noqa: PLC0415  # only the async service needs it, and it is slow to import

    def run(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Awaitable[T] | T:
        try:
            return function(*args, **kwargs)
        except StopIteration:  # no future can carry it: whoever waits for one would wait for ever
            problem = "StopIteration"
        raise RuntimeError(f"a port raised {problem}")

    async def call(*args: Any, **kwargs: Any) -> T:
        return await ask(await to_thread(run, args, kwargs))

    return call


def at_once(function: Callable[..., object]) -> Callable[..., None]:
    """A host's function for the sync service: one that only begins its work, and wants to be awaited, has failed."""

    def call(*args: Any) -> None:
        answer = function(*args)
        if isinstance(answer, Awaitable):
            if isinstance(answer, Coroutine):
                answer.close()
            raise TypeError("it must be awaited: use AsyncOrderService")

    return call
