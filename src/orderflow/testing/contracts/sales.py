"""A sale over the in-memory parts, for suites whose port is another."""

from __future__ import annotations

from typing import Any

from ... import Card, Customer, Item, Money, Order, OrderService

__all__ = ["fakes_card", "requested", "service_over"]


def fakes_card(token: str) -> Card:
    """A card as the fake gateway knows it."""
    return Card(token, "visa", "4242", exp_month=12, exp_year=2099)


def service_over(**ports: Any) -> OrderService:
    """A service over the ports that are named, and over the in-memory ones for all else."""
    from ...adapters.memory import FakeGateway, MemoryStorage  # noqa: PLC0415  # what a suite needs is loaded late

    plugged: dict[str, Any] = {"storage": MemoryStorage(), "payments": FakeGateway(), **ports}
    return OrderService(**plugged)


def requested(orders: OrderService, **changes: Any) -> Order:
    """A new order of a birthday video; what is named differs."""
    request: dict[str, Any] = {
        "store_id": "studio-7",
        "customer": Customer(id="m-42", name="Zoë 🎂", email="ana@example.com"),
        "items": [Item(name="Birthday video", unit_price=Money("120.00", "USD"))],
        "card": fakes_card("tok_good"),
        **changes,
    }
    return orders.submit(**request)
