"""A service with a span around each of its methods."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from opentelemetry import metrics, trace
from opentelemetry.metrics import Meter, MeterProvider
from opentelemetry.trace import SpanKind, TracerProvider

from ...aservice import AsyncOrderService
from ...order import Order
from ...people import Actor
from ...report import SweepReport
from ...service import OrderService
from .spans import SCOPE, Attributes, Call, spanned

__all__ = ["traced"]

S = TypeVar("S", bound=OrderService | AsyncOrderService)

_METHODS: Final = tuple(
    name for name, method in vars(OrderService).items() if inspect.isfunction(method) and not name.startswith("_")
)
_FIGURES: Final = ("concluded", "expired", "voided", "refunded", "reminded", "delivered", "failed", "needs_review")
#: What is asked for may come from anywhere: only what looks like an id is told.
_AN_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,100}")


def traced(
    orders: S, *, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None
) -> S:
    """The service, with a span around each command and counters of what came of it. It is used in the other's place.

    Args:
        orders: The service; it stays as it is.
        tracer_provider: Where spans go; None for the global one.
        meter_provider: Where counters go; None for the global one.

    Returns:
        A service of the same type, over the same ports.
    """
    tracer = trace.get_tracer(SCOPE, tracer_provider=tracer_provider)
    count = _Counters(metrics.get_meter(SCOPE, meter_provider=meter_provider))
    watched = copy.copy(orders)
    for name in _METHODS:
        call = Call(asked=_asking(name), answered=_of_answer, count=count)
        method = spanned(getattr(orders, name), tracer, f"orderflow.{name}", SpanKind.INTERNAL, call)
        setattr(watched, name, method)
    return watched


class _Counters:
    def __init__(self, meter: Meter) -> None:
        self._calls = meter.create_counter(
            "orderflow.commands", unit="{call}", description="Calls of the service, by method, status and error."
        )
        self._figures = {
            name: meter.create_counter(f"orderflow.sweep.{name}", unit="1", description=f"SweepReport.{name}, summed.")
            for name in _FIGURES
        }

    def __call__(self, answer: Any, told: Attributes, problem: str | None) -> None:
        kept = ("orderflow.command", "orderflow.actor.role", "orderflow.order.status")
        attributes = {name: told[name] for name in kept if name in told}
        self._calls.add(1, {**attributes, **({"error.type": problem} if problem is not None else {})})
        if isinstance(answer, SweepReport):
            for name, counter in self._figures.items():
                counter.add(getattr(answer, name))


def _asking(name: str) -> Any:
    def asked(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Attributes:
        told: Attributes = {"orderflow.command": name}
        by = kwargs.get("by")
        if isinstance(by, Actor):
            told["orderflow.actor.role"] = by.role.value
        order_id = kwargs.get("order_id", args[0] if args else None)
        if isinstance(order_id, str) and _AN_ID.fullmatch(order_id):
            told["orderflow.order.id"] = order_id
        return told

    return asked


def _of_answer(answer: Any) -> Attributes:
    if isinstance(answer, Order):
        return {
            "orderflow.order.id": answer.id,
            "orderflow.store.id": answer.store_id,
            "orderflow.order.status": answer.status.value,
            "orderflow.order.version": answer.version,
            "orderflow.order.payment_in_progress": answer.payment_in_progress,
            "orderflow.order.needs_review": answer.needs_review,
        }
    if isinstance(answer, SweepReport):
        told: Attributes = {f"orderflow.sweep.{name}": getattr(answer, name) for name in _FIGURES}
        return {**told, "orderflow.sweep.remaining": answer.remaining}
    return {}
