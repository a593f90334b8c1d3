"""One way to call sync and async ports alike: what is awaited runs on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar

__all__ = ["Loop", "RunAsync", "called_alike"]

T = TypeVar("T")
_LONGEST_WAIT = 120.0  # seconds: a port that hangs fails its test


class RunAsync(Protocol):
    """Runs what is to be awaited to its end, on the test's event loop, from any thread."""

    def __call__(self, awaitable: Awaitable[T], /) -> T: ...


class Loop:
    """An event loop in a thread of its own, begun when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def __call__(self, awaitable: Awaitable[T], /) -> T:
        """What the awaitable comes to."""

        async def awaited() -> T:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(awaited(), self._begun()).result(_LONGEST_WAIT)

    def close(self) -> None:
        """End the loop and its thread."""
        if self._loop is None or self._thread is None:
            return
        self(self._loop.shutdown_asyncgens())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _begun(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
                self._thread.start()
            return self._loop


class _CalledAlike:
    def __init__(self, port: object, run: RunAsync) -> None:
        self._port = port
        self._run = run

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not inspect.iscoroutinefunction(method):
            return method

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._run(method(*args, **kwargs))

        return call


def called_alike(port: object, run: RunAsync) -> Any:
    """The port as a sync one, whichever it is."""
    return _CalledAlike(port, run)
