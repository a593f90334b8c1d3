"""Every kind of page, with what has to have happened before."""

from __future__ import annotations

from orderflow import CardDeclined, Policy
from shops import MERCHANT, PRINT, VIDEO, Shop

__all__ = ["VIEWS", "prepared"]

VIEWS = (
    "an empty list",
    "a list",
    "a list with a wrong filter",
    "a customer's list",
    "an operator's list",
    "received",
    "accepted",
    "completed",
    "a refused card",
    "to be paid",
    "in review",
    "an inbox",
    "an empty inbox",
    "not found",
    "nobody",
)


def prepared(shop: Shop, view: str) -> tuple[str, str]:
    """The page's address, and who looks at it."""
    plain = {
        "an empty list": ("/", "merchant"),
        "a list with a wrong filter": ("/?min=ten&item=x", "merchant"),
        "an empty inbox": ("/inbox", "merchant"),
        "not found": ("/order?id=nowhere", "merchant"),
        "nobody": ("/", "nobody"),
    }
    full = {
        "a list": ("/?from=2026-01-01", "merchant"),
        "a customer's list": ("/", "customer"),
        "an operator's list": ("/?store=studio-7", "operator"),
        "an inbox": ("/inbox", "customer"),
    }
    if view in plain:
        return plain[view]
    if view in full:
        for status in ("received", "accepted", "declined", "canceled", "pending_payment", "expired", "completed"):
            shop.order_in(status)
        return full[view]
    return f"/order?id={_order(shop, view)}", {"to be paid": "customer", "in review": "operator"}.get(view, "merchant")


def _order(shop: Shop, view: str) -> str:
    match view:
        case "a refused card":
            return _refused(shop)
        case "in review":
            return _in_review(shop)
        case "to be paid":
            return shop.order_in("pending_payment", VIDEO, PRINT).id
        case status:
            return _in(shop, status)


def _in(shop: Shop, status: str) -> str:
    shop.notifier.down = True
    shop.orders = shop.service(policy=Policy(delivery_pauses=()))
    order = shop.order_in(status, VIDEO, PRINT)
    shop.orders.add_note(order.id, by=MERCHANT, text="Blue.")
    return order.id


def _refused(shop: Shop) -> str:
    try:
        return shop.submit(token="tok_decline_stolen_card").id
    except CardDeclined as declined:
        return declined.order_id


def _in_review(shop: Shop) -> str:
    order = shop.order_in("received")
    shop.gateway.conclusive_lookup = False
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order.id, by=MERCHANT)
    for days in (30, 1):
        shop.clock.advance(days=days)
        shop.orders.run_due()
    return order.id
