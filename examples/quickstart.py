"""Takes the order requests of `orders.json` through their whole lives, with nothing but the package.

Run it with `uv run examples/quickstart.py`. It prints each order's timeline, what each side was told, and the order
table. Seven days pass in no time: the clock is turned by hand.

Orders are kept in a SQLite file, which is there only as long as the example runs. `uv run examples/quickstart.py
shop.db` keeps them in `shop.db`: run it twice, and the second run finds the orders of the first.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from orderflow import (
    Actor,
    Card,
    CardDeclined,
    Customer,
    Fulfillment,
    Item,
    ManualClock,
    Money,
    Order,
    OrderQuery,
    OrderService,
    OrderStatus,
    ShippingAddress,
)
from orderflow.adapters.memory import FakeGateway, RecordingNotifier
from orderflow.adapters.sqlite import SQLiteStorage

STORE = "studio-7"
MERCHANT = Actor.merchant(STORE, name="Studio Seven")
SHOWN = ("amount", "code", "reason", "carrier", "tracking_number", "url")
REQUESTS = Path(__file__).with_name("orders.json")


def main() -> None:
    if len(sys.argv) > 1:
        run(Path(sys.argv[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder) / "shop.db")


def run(file: Path) -> None:
    """Take every request through its life, over the orders that a file keeps."""
    storage = SQLiteStorage(file)
    clock = ManualClock()
    orders = OrderService(
        storage=storage,
        payments=FakeGateway(clock),
        notifier=RecordingNotifier(),
        clock=clock,
        order_url=lambda order, audience: f"https://shop.example/{audience}/orders/{order.id}",
    )
    for request in json.loads(REQUESTS.read_text(encoding="utf-8")):
        print(f"\n=== {request['request']['order_id']}: {request['about']}")
        live(orders, clock, request)
        show(orders, request["request"]["order_id"])
        clock.advance(hours=1)
    print("\n=== One message in full: the customer's e-mail about a declined payment\n")
    sent = [state.message for state in orders.messages("pair-1003", by=MERCHANT) if state.message is not None]
    print(next(message.body for message in sent if message.kind == "payment_declined" and message.address))
    show_table(orders)
    storage.close()


def live(orders: OrderService, clock: ManualClock, request: dict[str, Any]) -> None:
    """Submit one order and lead it where the example says."""
    try:
        order = submit(orders, request["request"])
    except CardDeclined as refused:
        print(f"  ! refused at submit: {refused}")
        return
    if order.status is not OrderStatus.RECEIVED:
        print("  (the file holds it from an earlier run: the same request under the same id is the same order)")
        return
    customer = Actor.customer(order.customer.id, order.customer.name)
    clock.advance(minutes=20)
    if request["life"] == "decline":
        orders.decline(order.id, by=MERCHANT, reason=request["reason"])
        return
    if request["life"] == "cancel":
        orders.cancel(order.id, by=customer, reason=request["reason"])
        return
    orders.add_note(order.id, by=MERCHANT, text="Start on this one on Tuesday")
    order = orders.accept(order.id, by=MERCHANT, idempotency_key="accept")
    if request["life"] == "lapse":
        clock.advance(days=6)
        orders.run_due()  # reminds the customer
        clock.advance(days=1)
        orders.run_due()  # the time to pay is over
        return
    if request["life"] == "retry":
        assert order.status is OrderStatus.PENDING_PAYMENT
        clock.advance(days=2)
        orders.retry_payment(order.id, by=customer, card=Card(**request["new_card"]))
    clock.advance(days=3)
    [(how, particulars)] = request["fulfillment"].items()
    orders.complete(order.id, by=MERCHANT, fulfillment=getattr(Fulfillment, how)(**particulars))


def submit(orders: OrderService, request: dict[str, Any]) -> Order:
    """Make the values of a request, which check themselves, and submit it."""
    address = request.get("shipping_address")
    return orders.submit(
        store_id=STORE,
        order_id=request["order_id"],
        customer=Customer(**request["customer"]),
        items=[Item(**{**item, "unit_price": Money(*item["unit_price"])}) for item in request["items"]],
        card=Card(**request["card"]),
        shipping_address=ShippingAddress(**address) if address else None,
    )


def show(orders: OrderService, order_id: str) -> None:
    """Print an order's timeline, and what each side was told."""
    order = orders.get(order_id, by=MERCHANT)
    for event in order.timeline:
        status = f"-> {event.to_status}" if event.to_status else ""
        who = event.actor.name or event.actor.role
        data = ", ".join(f"{key} {text}" for key, text in event.data.items() if key in SHOWN)
        print(f"  {event.at:%d %b %H:%M}  {event.kind:<21} {status:<19} by {who:<12} {data}".rstrip())
    for state in orders.messages(order_id, by=MERCHANT):
        if state.message is not None and state.message.channel == "email":
            print(f"    told the {state.message.audience:<8}  {state.message.subject}")


def show_table(orders: OrderService) -> None:
    """Print the order page, the dearest first, and how many orders are in each status."""
    page = orders.find(OrderQuery(store_id=STORE, sort="-total"), by=MERCHANT)
    print(f"=== The order table\n\n{'date':<13} {'item':<38} {'price':>10}  {'status':<16} {'transaction':<12} webhook")
    for row in page.rows:
        print(
            f"{row.placed_at:%d %b %H:%M} {row.item_name:<39} {row.total!s:>10}  {row.status:<16} "
            f"{row.transaction_id or '-':<12} {row.webhook}"
        )
    counts = orders.counts(store_id=STORE, by=MERCHANT)
    print("\n" + ", ".join(f"{status} {count}" for status, count in counts.items()))


if __name__ == "__main__":
    main()
