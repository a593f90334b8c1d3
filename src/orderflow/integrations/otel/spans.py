"""A function, sync or async, with a span around each call of it."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, Tracer

__all__ = ["Attributes", "Call", "SCOPE", "spanned"]

Attributes = dict[str, str | int | bool]

SCOPE = "orderflow"


@attrs.frozen
class Call:
    """One call of a function, as a span tells of it.

    Attributes:
        asked: What is told of the arguments, before the call.
        answered: What is told of the answer.
        count: Counts the call by all that is told of it, and the name of the exception's type, or None.
    """

    asked: Callable[[tuple[Any, ...], Mapping[str, Any]], Attributes]
    answered: Callable[[Any], Attributes]
    count: Callable[[Any, Attributes, str | None], None]


def spanned(function: Callable[..., Any], tracer: Tracer, name: str, kind: SpanKind, call: Call) -> Callable[..., Any]:
    """The function with a span around each call; a coroutine function stays one."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def traced_async(*args: Any, **kwargs: Any) -> Any:
            with _span(tracer, name, kind, call, call.asked(args, kwargs)) as tell:
                return tell(await function(*args, **kwargs))

        return traced_async

    @functools.wraps(function)
    def traced(*args: Any, **kwargs: Any) -> Any:
        with _span(tracer, name, kind, call, call.asked(args, kwargs)) as tell:
            return tell(function(*args, **kwargs))

    return traced


@contextmanager
def _span(tracer: Tracer, name: str, kind: SpanKind, call: Call, asked: Attributes) -> Iterator[Callable[[Any], Any]]:
    with tracer.start_as_current_span(
        name, kind=kind, attributes=asked, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield lambda answer: _told(span, call, asked, answer)
        except BaseException as error:  # a cancelled call has ended, too
            problem = type(error).__name__
            span.set_attribute("error.type", problem)
            span.set_status(Status(StatusCode.ERROR))
            call.count(None, asked, problem)
            raise


def _told(span: Span, call: Call, asked: Attributes, answer: Any) -> Any:
    answered = call.answered(answer)
    span.set_attributes(answered)
    call.count(answer, {**asked, **answered}, None)
    return answer
