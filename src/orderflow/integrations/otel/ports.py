"""A port with a span around each of its methods."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar, cast

from opentelemetry import metrics, trace
from opentelemetry.metrics import Counter, MeterProvider
from opentelemetry.trace import SpanKind, TracerProvider

from ...attempt import PaymentAttempt
from ...errors import ValidationError
from ...message import Message
from ...order import Order
from ...ports import Approved, Declined, Notifier, NotSent, PaymentGateway, Pending, Storage
from .spans import SCOPE, Attributes, Call, spanned

__all__ = ["traced_port"]

P = TypeVar("P")

_PORTS: Final = {"storage": Storage, "payments": PaymentGateway, "notifier": Notifier}
_OUTCOMES: Final = {Approved: "approved", Declined: "declined", Pending: "pending", NotSent: "not_sent"}


def traced_port(
    port: P, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
) -> P:
    """A storage, gateway or notifier, sync or async, with a span around each call. It is plugged in in its place.

    Args:
        port: The port; it stays as it is.
        tracer_provider: Where spans go; None for the global one.
        meter_provider: Where counters go; None for the global one.

    Returns:
        A port of the same kind, which has all that the other has.

    Raises:
        ValidationError: If it is none of the three.
    """
    tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
    meter = metrics.get_meter(SCOPE, meter_provider=meter_provider)
    room = next((room for room, kind in _PORTS.items() if all(hasattr(port, name) for name in _methods(kind))), None)
    if room is None:
        raise ValidationError(f"{type(port).__name__} is no storage, gateway or notifier")
    counter = meter.create_counter(f"orderflow.{room}.calls", unit="{call}", description="Calls, by what came of them.")
    watched: dict[str, Callable[..., Any]] = {}
    for name in _methods(_PORTS[room]):
        call = Call(asked=_asking(f"{room}.{name}"), answered=_of_answer, count=_counting(counter))
        watched[name] = spanned(getattr(port, name), tracer, f"orderflow.{room}.{name}", SpanKind.CLIENT, call)
    return cast("P", _Watched(port, watched))


class _Watched:
    def __init__(self, port: object, methods: Mapping[str, Callable[..., Any]]) -> None:
        self._port = port
        vars(self).update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


def _methods(kind: type) -> tuple[str, ...]:
    return tuple(n for n, member in vars(kind).items() if inspect.isfunction(member) and not n.startswith("_"))


def _counting(counter: Counter) -> Callable[[Any, Attributes, str | None], None]:
    def count(answer: Any, told: Attributes, problem: str | None) -> None:
        kept = ("orderflow.call", "orderflow.payment.purpose", "orderflow.payment.outcome", "orderflow.message.channel")
        attributes = {name: told[name] for name in kept if name in told}
        counter.add(1, {**attributes, **({"error.type": problem} if problem is not None else {})})

    return count


def _asking(name: str) -> Callable[[tuple[Any, ...], Mapping[str, Any]], Attributes]:
    def asked(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Attributes:
        return {"orderflow.call": name, **_of_argument(args[0] if args else None)}

    return asked


def _of_argument(given: object) -> Attributes:
    if isinstance(given, PaymentAttempt):
        return {
            "orderflow.order.id": given.order_id,
            "orderflow.store.id": given.store_id,
            "orderflow.payment.purpose": given.purpose.value,
            "orderflow.payment.number": given.number,
        }
    if isinstance(given, Message):
        return {
            "orderflow.order.id": given.order_id,
            "orderflow.message.id": given.id,
            "orderflow.message.kind": given.kind.value,
            "orderflow.message.channel": given.channel.value,
        }
    if isinstance(given, Order):
        return {"orderflow.order.id": given.id, "orderflow.order.version": given.version}
    return {}


def _of_answer(answer: object) -> Attributes:
    outcome = _OUTCOMES.get(type(answer))
    return {"orderflow.payment.outcome": outcome} if outcome is not None else {}
