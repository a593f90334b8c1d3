"""All real parts together, with a worker that is killed: what the shop says is what the outside got."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from live_parts import STORE, Settings, ShiftedClock, Worker
from orderflow import Actor, Card, Customer, Fulfillment, Item, Money, OrderQuery
from orderflow.testing import audit
from postgres import postgres_url, schema_of_its_own
from standins.mail_server import Mail, MailServer
from standins.stripe_server import Answer, StripeServer, Trouble
from standins.webhook_receiver import Hook, WebhookReceiver

MERCHANT = Actor.merchant(STORE)
ANA, BEN = Customer("ana", "Ana", "ana@home.example"), Customer("ben", "Ben", "ben@home.example")
POOR_CARD = Card("pm_card_chargeCustomerFail", "visa", "0341", 12, 2035)
GOOD_CARD = Card("pm_card_visa", "visa", "4242", 12, 2035)
KILLED = -9


class DeadlyStripe(StripeServer):
    """Tells of each payment that it has confirmed, before it answers."""

    on_confirmed: Callable[[], None] = staticmethod(lambda: None)

    def answer(self, method: str, path: str, body: str, key: str | None) -> Answer:
        answer = super().answer(method, path, body, key)
        if path.endswith("/confirm"):
            self.on_confirmed()
        return answer


class Live:
    """The stand-ins, a shop over them, and its worker."""

    def __init__(self, storage: str, schema: str | None, folder: Path, stack: ExitStack) -> None:
        self.stripe = stack.enter_context(DeadlyStripe())
        self.mail = stack.enter_context(MailServer(seen=lambda _: self._arrived("mail")))
        self.hooks = stack.enter_context(WebhookReceiver(seen=lambda _: self._arrived("webhook")))
        clock = folder / "clock"
        self._clock = ShiftedClock(clock)
        self._settings = Settings(
            storage, schema, str(clock), self.stripe.address, self.mail.port, self.hooks.url, self.hooks.secret
        )
        self._stack = stack
        self._log = folder / "worker.log"
        self._dies_at = ""
        self.orders = stack.enter_context(self._settings.opened())
        self._start()
        self.stripe.on_confirmed = lambda: self._arrived("charge")

    def kills_worker_at(self, place: str) -> None:
        """What reaches this place next takes effect, and its sender never hears of it."""
        self._dies_at = place

    def worker_died(self) -> None:
        """It did; what it held is free, and another one begins."""
        assert self._worker.wait() == KILLED
        self.later(minutes=3)
        self._start()

    def later(self, **passed: float) -> None:
        self._clock.advance(timedelta(**passed))

    def until(self, is_so: Callable[[], bool]) -> None:
        ends = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < ends, self._log.read_text()[-2000:]
            time.sleep(0.05)

    def submit(self, order_id: str, customer: Customer) -> None:
        item = Item("Birthday video", Money("120.00", "USD"))
        self.orders.submit(store_id=STORE, customer=customer, items=[item], card=POOR_CARD, order_id=order_id)

    def all_told(self, order_id: str) -> bool:
        return all(state.state == "delivered" for state in self.orders.messages(order_id, by=MERCHANT))

    def status(self, order_id: str) -> str:
        return self.orders.get(order_id, by=MERCHANT).status

    def _start(self) -> None:
        self._worker = self._stack.enter_context(Worker(self._settings, self._log))

    def _arrived(self, place: str) -> None:
        if self._dies_at == place:
            self._dies_at = ""
            self._worker.kill()


@pytest.fixture(params=["sqlite", "postgres"])
def live(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Live]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            yield Live(str(tmp_path / "shop.db"), None, tmp_path, stack)
            return
        url = stack.enter_context(postgres_url())
        yield Live(url, stack.enter_context(schema_of_its_own(url)), tmp_path, stack)


def test_two_orders_live_on_real_parts_while_the_worker_is_killed_and_all_books_agree(live: Live) -> None:
    decline_pay_and_complete(live, "paid")
    decline_and_expire(live, "unpaid")
    assert [line.purpose for line in live.stripe.ledger if line.order_id == "paid"] == [
        "verification",
        "void",
        "charge",
    ]
    assert [line.purpose for line in live.stripe.ledger if line.order_id == "unpaid"] == ["verification", "void"]
    for order_id, customer in (("paid", ANA), ("unpaid", BEN)):
        audit(live.orders.get(order_id, by=MERCHANT), live.stripe.ledger)
        the_mailbox_holds_what_is_owed(live, order_id, customer)
        the_webhook_log_agrees_with_the_receiver(live, order_id, customer)
        both_inboxes_hold_every_change(live, order_id, customer)


def decline_pay_and_complete(live: Live, order_id: str) -> None:
    live.submit(order_id, ANA)
    live.kills_worker_at("webhook")
    assert live.orders.accept(order_id, by=MERCHANT).status == "pending_payment"
    live.worker_died()
    live.until(lambda: live.all_told(order_id))

    live.stripe.troubles.append(Trouble("/confirm", "drop"))  # the charge does not arrive, and nobody knows that
    order = live.orders.retry_payment(order_id, by=Actor.customer(ANA.id), card=GOOD_CARD)
    assert order.payment_in_progress
    live.kills_worker_at("charge")  # the worker sends it again, and dies before it hears that it has charged
    live.later(minutes=15)
    live.worker_died()
    live.later(minutes=15)
    live.until(lambda: live.status(order_id) == "accepted")
    live.until(lambda: live.all_told(order_id))

    live.kills_worker_at("mail")
    sent = Fulfillment.digital("https://seven.example/videos/1")
    live.orders.complete(order_id, by=MERCHANT, fulfillment=sent)
    live.worker_died()
    live.until(lambda: live.all_told(order_id))
    assert live.status(order_id) == "completed"


def decline_and_expire(live: Live, order_id: str) -> None:
    live.submit(order_id, BEN)
    assert live.orders.accept(order_id, by=MERCHANT).status == "pending_payment"
    live.until(lambda: live.all_told(order_id))
    live.kills_worker_at("mail")
    live.later(days=8)
    live.worker_died()
    live.until(lambda: live.status(order_id) == "expired" and live.all_told(order_id))


def the_mailbox_holds_what_is_owed(live: Live, order_id: str, customer: Customer) -> None:
    owed = {state.id for state in live.orders.messages(order_id, by=MERCHANT) if state.route == "email"}
    came: dict[str, list[Mail]] = {}
    for mail in live.mail.mails:
        if mail.id in owed:
            came.setdefault(mail.id, []).append(mail)
    assert set(came) == owed
    assert all(len({mail.raw.split(b"\r\n\r\n", 1)[1] for mail in same}) for same in came.values())
    to = Counter(same[0].recipients for same in came.values())
    assert to == {(customer.email,): len(owed) / 2, ("studio@seven.example",): len(owed) / 2}


def the_webhook_log_agrees_with_the_receiver(live: Live, order_id: str, customer: Customer) -> None:
    log = {state.id for state in live.orders.messages(order_id, by=MERCHANT) if state.route == "webhook"}
    hooks: list[Hook] = [hook for hook in live.hooks.hooks if hook.id in log]
    changes = [event.to_status for event in live.orders.get(order_id, by=MERCHANT).timeline if event.to_status]
    assert {hook.id for hook in hooks} == log
    told = list(dict.fromkeys(hook.told["type"] for hook in hooks))
    assert told == [f"order.{status}" for status in changes]
    (row,) = live.orders.find(OrderQuery(store_id=STORE, customer_id=customer.id), by=MERCHANT).rows
    assert (row.id, row.webhook) == (order_id, "delivered")


def both_inboxes_hold_every_change(live: Live, order_id: str, customer: Customer) -> None:
    for recipient, actor in ((f"merchant:{STORE}", MERCHANT), (f"customer:{customer.id}", Actor.customer(customer.id))):
        inbox = [one.id for one in live.orders.inbox(by=actor).messages if one.order_id == order_id]
        owed = [one for one in live.orders.messages(order_id, by=MERCHANT) if one.recipient == recipient]
        assert sorted(inbox) == sorted(one.id for one in owed if one.route == "in_app")
        assert len(inbox) > 1
