"""SIGTERM and SIGINT: the first ends a worker after its sweep, the second at once."""

from __future__ import annotations

import os
import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Any, Final, Self

__all__ = ["Signals"]

_ENDS: Final = (signal.SIGTERM, signal.SIGINT)


class Signals:
    """Whether a signal asked for the end, in the form of an event.

    A signal's handler runs in the midst of anything, also of an event's own lock. So this one only sends a byte, which
    wakes whoever waits.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._here, self._there = socket.socketpair()
        self._there.settimeout(0)
        self._before = {number: signal.signal(number, self._handle) for number in _ENDS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)
        self._here.close()
        self._there.close()

    def is_set(self) -> bool:
        """Whether a signal came."""
        return self._is_set

    def wait(self, timeout: float, /) -> bool:
        """Wait for a signal, for that many seconds at most. The byte stays, so that no later wait waits either."""
        select.select([self._here], [], [], timeout)
        return self._is_set

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self._is_set:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        self._is_set = True
        self._there.send(b"!")
