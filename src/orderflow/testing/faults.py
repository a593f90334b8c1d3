"""Ports that fail where a test says so, and otherwise do what the port behind them does."""

from __future__ import annotations

import enum
import inspect
import threading
import types
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import attrs

__all__ = ["Crash", "Fault", "FaultKind", "Faulty", "Interruption"]


class Crash(BaseException):
    """The process ends here. Nothing but the test catches it."""


class FaultKind(enum.StrEnum):
    """What can go wrong at a call: does it take effect, and what does its caller see?"""

    ERROR = "error"
    """No effect, and an error."""
    TIMEOUT = "timeout"
    """No effect, and no answer in time."""
    TIMEOUT_WITH_EFFECT = "timeout_with_effect"
    """The effect, and no answer in time."""
    LATE_EFFECT = "late_effect"
    """No answer in time, and the effect afterwards: when the test calls `Faulty.land`."""
    LOST_ACKNOWLEDGEMENT = "lost_acknowledgement"
    """The effect, and an error instead of the answer."""
    CRASH_BEFORE = "crash_before"
    """No effect: the caller is gone."""
    CRASH_AFTER = "crash_after"
    """The effect, and then the caller is gone."""


_LANDS: Final = frozenset({FaultKind.TIMEOUT_WITH_EFFECT, FaultKind.LOST_ACKNOWLEDGEMENT, FaultKind.CRASH_AFTER})
_RAISES: Final[dict[FaultKind, type[BaseException]]] = {
    FaultKind.ERROR: ConnectionError,
    FaultKind.TIMEOUT: TimeoutError,
    FaultKind.TIMEOUT_WITH_EFFECT: TimeoutError,
    FaultKind.LATE_EFFECT: TimeoutError,
    FaultKind.LOST_ACKNOWLEDGEMENT: ConnectionError,
    FaultKind.CRASH_BEFORE: Crash,
    FaultKind.CRASH_AFTER: Crash,
}


@attrs.frozen(kw_only=True)
class _Place:
    """Which call of a port is meant.

    Attributes:
        method: The method's name; "" stands for any method.
        call: 1 for the first such call, then 2 ...
        ever: Whether every later such call is meant too.
    """

    method: str = ""
    call: int = 1
    ever: bool = False

    def hits(self, calls: Sequence[str]) -> bool:
        """Whether the last of these calls is meant."""
        if self.method not in ("", calls[-1]):
            return False
        count = sum(self.method in ("", name) for name in calls)
        return count >= self.call if self.ever else count == self.call


@attrs.frozen(kw_only=True)
class Fault(_Place):
    """Something that goes wrong at one call of a port, or from that call on.

    Attributes:
        kind: What goes wrong.
        method: The method's name; "" stands for any method.
        call: 1 for the first such call, then 2 ...
        ever: Whether every later such call goes wrong too.
        raises: What the caller sees, in place of what the kind would raise.
    """

    kind: FaultKind = attrs.field(converter=FaultKind)
    raises: type[BaseException] | None = None


@attrs.frozen(kw_only=True)
class Interruption(_Place):
    """Someone else acts in the middle of a call; then the call goes on.

    Attributes:
        act: What someone else does.
        after: Whether it happens after the call has taken effect, before its caller sees the answer; else before it.
        method: The method's name; "" stands for any method.
        call: 1 for the first such call, then 2 ...
        ever: Whether every later such call is interrupted too.
    """

    act: Callable[[], object]
    after: bool = False


_Plan: TypeAlias = Fault | Interruption


class Faulty:
    """A port, sync or async, with faults: `Faulty(storage, Fault(kind="lost_acknowledgement", method="commit"))`.

    It has the methods and attributes of the port behind it, and is plugged in in its place. Threads may share it.

    Args:
        port: The port behind it.
        *plans: What happens at which call; of several at one call, the first.

    Attributes:
        calls: The names of the methods called, in order.
    """

    def __init__(self, port: object, *plans: Fault | Interruption) -> None:
        self._port = port
        self._plans = plans
        self._lock = threading.Lock()
        self._late: list[Callable[[], Any]] = []
        self.calls: list[str] = []

    def land(self) -> list[Any]:
        """Let the late effects happen, in the order of their calls.

        Returns:
            What the calls answer, to whom nobody listens any more; of an async port, what is to be awaited.
        """
        landed = []
        while self._late:
            landed.append(self._late.pop(0)())  # one that raises leaves the later ones on their way
        return landed

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if not callable(method):
            return method
        if inspect.iscoroutinefunction(method):

            async def call_async(faulty: Faulty, *args: Any, **kwargs: Any) -> Any:
                plan = faulty._note(name)
                if plan is None:
                    return await method(*args, **kwargs)
                answer = await method(*args, **kwargs) if _happens_first(plan) else None
                faulty._go_wrong(plan, lambda: method(*args, **kwargs))
                return answer if _happens_first(plan) else await method(*args, **kwargs)

            return types.MethodType(call_async, self)

        def call(faulty: Faulty, *args: Any, **kwargs: Any) -> Any:
            plan = faulty._note(name)
            if plan is None:
                return method(*args, **kwargs)
            answer = method(*args, **kwargs) if _happens_first(plan) else None
            faulty._go_wrong(plan, lambda: method(*args, **kwargs))
            return answer if _happens_first(plan) else method(*args, **kwargs)

        return types.MethodType(call, self)

    def _note(self, name: str) -> _Plan | None:
        with self._lock:
            self.calls.append(name)
            return next((plan for plan in self._plans if plan.hits(self.calls)), None)

    def _go_wrong(self, plan: _Plan, late: Callable[[], Any]) -> None:
        if isinstance(plan, Interruption):
            plan.act()
            return
        if plan.kind is FaultKind.LATE_EFFECT:
            with self._lock:
                self._late.append(late)
        raise plan.raises or _RAISES[plan.kind]


def _happens_first(plan: _Plan) -> bool:
    """Whether the call takes effect before what the plan holds."""
    return plan.after if isinstance(plan, Interruption) else plan.kind in _LANDS
