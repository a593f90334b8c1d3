"""A shop with a hundred orders in every status, and its order page in a browser.

Run it with `uv run examples/order_page.py`, open the address that it prints, and choose who you are: the merchant, a
customer, or the installation's operator. The orders lie in a SQLite file for as long as it runs; `--file shop.db` keeps
them. Needs the extra `web`, and uvicorn.

Signing in is this example's own, and lets everybody in: in your shop, `authenticate` reads your own session.
"""

from __future__ import annotations

import argparse
import logging
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route

from orderflow import (
    Actor,
    Card,
    CardDeclined,
    Customer,
    Fulfillment,
    Item,
    ManualClock,
    Money,
    OrderService,
    Policy,
    ShippingAddress,
)
from orderflow.adapters.memory import FakeGateway, RecordingNotifier
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.web import OrderPages

STORE = "studio-7"
MERCHANT = Actor.merchant(STORE, name="Studio Seven")
ACTORS = {
    "merchant": MERCHANT,
    "customer": Actor.customer("c-3", "Cleo Chan"),
    "operator": Actor.operator("o-1", "Ops"),
}
NAMES = (
    "Ana Alvarez",
    "Ben Brown",
    "Cleo Chan",
    "Dario D'Amico",
    "Elif Erdem",
    "Fatou Fall",
    "Georg Größer",
    "Hana Ito",
)
WARES = (
    Item("Birthday video", Money("120.00", "USD"), details={"For": "Grandma", "Says": "Happy ninetieth!"}),
    Item("Signed print", Money("45.00", "USD"), quantity=2, physical=True, details={"Size": "A3"}),
    Item(
        "Portrait in oil", Money("1450.00", "USD"), physical=True, details={"Pose": "As in the photo", "Frame": "Oak"}
    ),
    Item("Wedding song", Money("380.00", "USD"), details={"Style": "Slow waltz"}),
    Item("Pixel avatar", Money("15.50", "USD")),
)
HOME = ShippingAddress("Ana Alvarez", "Calle Mayor 1", "Madrid", "28013", "ES")
ENDS = (
    "received",
    "accepted",
    "declined",
    "canceled",
    "pending_payment",
    "expired",
    "completed",
    "refunded",
    "refused",
)


def fill(orders: OrderService, clock: ManualClock, notifier: RecordingNotifier, count: int = 100) -> None:
    """Lead so many orders to an end each, over eight weeks."""
    chosen = random.Random(7)  # noqa: S311
    for number in range(count):
        clock.advance(hours=chosen.randint(2, 12))
        notifier.down = chosen.random() < 0.1
        end = ENDS[number % len(ENDS)]
        customer = number % len(NAMES)
        token = {"pending_payment": "tok_charge_decline_insufficient_funds", "expired": "tok_charge_decline_lost_card"}
        wares = chosen.sample(WARES, chosen.choice((1, 1, 1, 2)))
        order_id = f"A-{1000 + number}"
        try:
            orders.submit(
                store_id=STORE,
                customer=Customer(f"c-{customer + 1}", NAMES[customer], f"customer{customer + 1}@home.example"),
                items=wares,
                card=Card(
                    "tok_decline_stolen_card" if end == "refused" else token.get(end, "tok_1"), "visa", "4242", 4, 2031
                ),
                shipping_address=HOME if any(item.physical for item in wares) else None,
                order_id=order_id,
            )
        except CardDeclined:
            continue
        clock.advance(minutes=chosen.randint(5, 600))
        orders.run_due()
        lead(orders, clock, order_id, end, Actor.customer(f"c-{customer + 1}", NAMES[customer]))


def lead(orders: OrderService, clock: ManualClock, order_id: str, end: str, customer: Actor) -> None:
    """Lead one order to its end."""
    if end in ("accepted", "pending_payment", "expired", "completed", "refunded"):
        orders.accept(order_id, by=MERCHANT)
    if end in ("completed", "refunded"):
        orders.add_note(order_id, by=MERCHANT, text="Asked for a blue background.")
        clock.advance(hours=20)
        orders.complete(order_id, by=MERCHANT, fulfillment=Fulfillment.shipped("DHL", "00340434161094042557"))
    if end == "refunded":
        orders.refund(order_id, by=MERCHANT, amount=Money("10.00", "USD"), reason="It came late.")
    if end == "declined":
        orders.decline(order_id, by=MERCHANT, reason="Booked out until March.")
    if end == "canceled":
        orders.cancel(order_id, by=customer, reason="Found another gift.")


@contextmanager
def shop(file: Path, today: datetime | None = None) -> Iterator[tuple[OrderService, ManualClock]]:
    """The service over a file, which is filled if it is new; `today` is in place of the machine's, for pictures."""
    is_new = not file.exists()
    storage, clock, notifier = SQLiteStorage(file, synchronous="NORMAL"), ManualClock(), RecordingNotifier()
    now = today or datetime.now(timezone.utc)
    clock.set(now - timedelta(days=66) if is_new else now)
    orders = OrderService(
        storage=storage,
        payments=FakeGateway(clock),
        notifier=notifier,
        clock=clock,
        policy=Policy(delivery_pauses=(timedelta(hours=1),)),
    )
    if is_new:
        fill(orders, clock, notifier)
        while orders.run_due().remaining:
            pass
        clock.set(max(now, clock.now()))
    yield orders, clock
    storage.close()


def authenticate(request: Request) -> Actor | None:
    """Who this example takes the visitor for."""
    return ACTORS.get(request.cookies.get("who", ""))


def app_of(orders: OrderService, clock: ManualClock) -> Starlette:
    """The pages under /orders, and a page to choose who you are."""

    async def choose(_: Request) -> Response:
        links = "".join(f'<li><a href="/as/{name}">{actor.name}, {name}</a></li>' for name, actor in ACTORS.items())
        return HTMLResponse(
            f"<!doctype html><html lang=en><title>Who are you?</title><h1>Who are you?</h1><ul>{links}</ul>"
        )

    async def become(request: Request) -> Response:
        response = RedirectResponse("/orders/", 303)
        response.set_cookie("who", request.path_params["name"], httponly=True, samesite="lax")
        return response

    pages = OrderPages(orders, authenticate=authenticate, login_url="/", clock=clock)
    return Starlette(routes=[Route("/", choose), Route("/as/{name}", become), Mount("/orders", app=pages)])


def main() -> None:
    parser = argparse.ArgumentParser(description="A shop's order page, with a hundred orders.")
    parser.add_argument("--port", type=int, default=0, help="the port; 0 chooses one")
    parser.add_argument(
        "--file", type=Path, help="where the orders are kept; a file that ends with the program if not given"
    )
    asked = parser.parse_args()
    logging.getLogger("orderflow").setLevel(logging.ERROR)  # the failures that the example makes up are no news
    with tempfile.TemporaryDirectory() as made, shop(asked.file or Path(made) / "shop.db") as (orders, clock):
        listener = socket.create_server(("127.0.0.1", asked.port))
        print(f"Open http://127.0.0.1:{listener.getsockname()[1]}/", flush=True)
        config = uvicorn.Config(app_of(orders, clock), log_level="warning")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
