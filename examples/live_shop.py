"""A shop on real parts: Stripe's library over HTTP, e-mail over SMTP, signed webhooks, a worker in its own process.

Run it with `uv run examples/live_shop.py`: orders lie in a SQLite file for as long as it runs. Give it a URL, as in
`uv run examples/live_shop.py postgresql+psycopg://user:password@host/database`, and they lie in PostgreSQL.

What it talks to are stand-ins on this machine (see the folder `standins`): no card is charged, no e-mail leaves. One
order's card is declined and paid with another; a second order is never paid, and expires. The worker is killed in the
middle of its work, twice, and a new one goes on. At the end all books are laid side by side. Needs the extras `stripe`
and `postgres`, and aiosmtpd.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from live_parts import STORE, Settings, ShiftedClock, Worker
from orderflow import Actor, Card, Customer, Fulfillment, Item, Money, OrderService
from orderflow.testing import audit
from standins.mail_server import Mail, MailServer
from standins.stripe_server import StripeServer
from standins.webhook_receiver import Hook, WebhookReceiver

MERCHANT = Actor.merchant(STORE, name="Studio Seven")
ANA, BEN = Customer("ana", "Ana", "ana@home.example"), Customer("ben", "Ben", "ben@home.example")
POOR_CARD = Card("pm_card_chargeCustomerFail", "visa", "0341", 12, 2035)  # it verifies, and its charge is declined
GOOD_CARD = Card("pm_card_visa", "visa", "4242", 12, 2035)


class Shop:
    """The stand-ins, the shop over them, and a worker that is replaced when it dies."""

    def __init__(self, storage: str | None, folder: Path, stack: contextlib.ExitStack) -> None:
        self.stripe = stack.enter_context(StripeServer())
        self.mail = stack.enter_context(MailServer(seen=self._mail_came))
        self.hooks = stack.enter_context(WebhookReceiver(seen=self._hook_came))
        self.clock = ShiftedClock(folder / "clock")
        self._settings = Settings(
            storage=storage or str(folder / "shop.db"),
            schema=None,
            clock=str(folder / "clock"),
            stripe=self.stripe.address,
            smtp_port=self.mail.port,
            webhook_url=self.hooks.url,
            webhook_secret=self.hooks.secret,
        )
        self._log = folder / "worker.log"
        self._stack = stack
        self._dies_at = ""
        self.orders = stack.enter_context(self._settings.opened())
        self.worker = self._start()

    def kill_at(self, place: str) -> None:
        """Kill the worker when its next message has reached the mail server, or the receiver, and is not answered."""
        self._dies_at = place

    def replace_worker(self) -> None:
        """Start a new worker in place of one that was killed; what the old one held is free in two minutes."""
        print(f"  ! the worker is dead (exit status {self.worker.wait()}); a new one goes on")
        self.clock.advance(timedelta(minutes=3))
        self.worker = self._start()

    def settled(self, order_id: str) -> bool:
        """Whether nobody waits for a message about an order, nor for money."""
        messages = self.orders.messages(order_id, by=MERCHANT)
        return not self.orders.get(order_id, by=MERCHANT).payment_in_progress and all(
            message.state == "delivered" for message in messages
        )

    def _start(self) -> Worker:
        return self._stack.enter_context(Worker(self._settings, self._log))

    def _mail_came(self, mail: Mail) -> None:
        print(f"  e-mail to {mail.recipients[0]}: {mail.subject}")
        self._maybe_kill("mail")

    def _hook_came(self, hook: Hook) -> None:
        print(f"  webhook {hook.told['type']}")
        self._maybe_kill("webhook")

    def _maybe_kill(self, place: str) -> None:
        if self._dies_at == place:
            self._dies_at = ""
            self.worker.kill()


def main() -> None:
    with tempfile.TemporaryDirectory() as made, contextlib.ExitStack() as stack:
        shop = Shop(sys.argv[1] if len(sys.argv) > 1 else None, Path(made), stack)
        stamp = time.time_ns()
        paid, unpaid = f"video-{stamp}", f"print-{stamp}"
        lead_to_the_end(shop, paid)
        let_expire(shop, unpaid)
        compare_books(shop, paid, unpaid)


def lead_to_the_end(shop: Shop, order_id: str) -> None:
    """An order whose card is declined, and paid with another."""
    orders = shop.orders
    print(f"\n=== {order_id}: Ana orders a video, and her card is declined")
    submit(orders, order_id, ANA)
    orders.accept(order_id, by=MERCHANT)  # its charge is declined: it is pending payment now
    until(lambda: shop.settled(order_id))
    print("\n=== She tries another card, and the worker is killed in the middle of an e-mail")
    shop.kill_at("mail")
    orders.retry_payment(order_id, by=Actor.customer(ANA.id), card=GOOD_CARD)
    shop.replace_worker()
    until(lambda: shop.settled(order_id))
    print("\n=== The video is sent, and the worker is killed in the middle of a webhook")
    shop.kill_at("webhook")
    orders.complete(order_id, by=MERCHANT, fulfillment=Fulfillment.digital("https://seven.example/videos/1"))
    shop.replace_worker()
    until(lambda: shop.settled(order_id))


def let_expire(shop: Shop, order_id: str) -> None:
    """An order that is never paid."""
    print(f"\n=== {order_id}: Ben orders a video, his card is declined, and eight days pass")
    submit(shop.orders, order_id, BEN)
    shop.orders.accept(order_id, by=MERCHANT)
    until(lambda: shop.settled(order_id))
    shop.clock.advance(timedelta(days=8))
    until(lambda: shop.orders.get(order_id, by=MERCHANT).status == "expired" and shop.settled(order_id))


def submit(orders: OrderService, order_id: str, customer: Customer) -> None:
    item = Item("Birthday video", Money("120.00", "USD"), details={"Says": "Happy birthday!"})
    orders.submit(store_id=STORE, customer=customer, items=[item], card=POOR_CARD, order_id=order_id)


def until(is_so: Callable[[], bool]) -> None:
    """Wait for the worker."""
    ends = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > ends:
            raise SystemExit("the worker did not get there in a minute")
        time.sleep(0.05)


def compare_books(shop: Shop, *order_ids: str) -> None:
    """Lay side by side what the shop says and what the outside got."""
    print("\n=== The books")
    mails, hooks = Counter(mail.id for mail in shop.mail.mails), Counter(hook.id for hook in shop.hooks.hooks)
    for order_id in order_ids:
        order = shop.orders.get(order_id, by=MERCHANT)
        audit(order, shop.stripe.ledger)
        print(f"{order_id}: {order.status}")
        for line in shop.stripe.ledger:
            if line.order_id == order_id:
                print(f"  Stripe: {line.purpose:<12} {line.amount}  {line.transaction_id}")
        owed = Counter(state.route for state in shop.orders.messages(order_id, by=MERCHANT))
        came = {name: sum(order_id in one for one in got) for name, got in (("email", mails), ("webhook", hooks))}
        assert came == {name: owed[name] for name in came}, (came, owed)
        print(f"  told: {owed['email']} e-mails, {owed['webhook']} webhooks, {owed['in_app']} messages in the app")
    twice = [one for one, count in (mails + hooks).items() if count > 1]
    print(f"{len(twice)} of them came twice, under one id: the worker died before it heard that they had arrived")
    print("All books agree.")


if __name__ == "__main__":
    main()
