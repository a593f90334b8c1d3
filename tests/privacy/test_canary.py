"""What people write, and what cards are called, appears in no log, no error, no repr and no traceback."""

from __future__ import annotations

import contextlib
import logging
import socket
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orderflow import (
    Actor,
    Card,
    Customer,
    Fulfillment,
    Item,
    Money,
    NotSent,
    Order,
    OrderflowError,
    OrderQuery,
    ShippingAddress,
    ValidationError,
)
from orderflow.adapters.memory import FakeGateway, MemoryStorage, RecordingNotifier
from orderflow.adapters.smtp import SMTPNotifier
from orderflow.adapters.sqlite import SQLiteStorage
from orderflow.adapters.webhooks import Endpoint, WebhookNotifier
from shops import MERCHANT, OPERATOR, STORE, Shop

CANARY = "canary-7f3a"
CUSTOMER = Actor.customer("m-42", CANARY)

REQUEST: dict[str, Any] = {
    "store_id": STORE,
    "customer": Customer("m-42", f"Ana {CANARY}", f"{CANARY}@example.com"),
    "items": [Item(f"Video {CANARY}", Money("5.00", "USD"), physical=True, details={CANARY: CANARY})],
    "card": Card(f"tok_{CANARY}", "visa", "4242", 12, 2031, payer=f"cus_{CANARY}"),
    "shipping_address": ShippingAddress(CANARY, CANARY, CANARY, CANARY, "PT", CANARY, CANARY, CANARY),
    "metadata": {CANARY: CANARY},
}


class Broken:
    """A part whose methods raise, or answer, with the canary."""

    def __init__(self, part: object, *methods: str, answer: Callable[[], object] | None = None) -> None:
        self._part, self._methods, self._answer = part, methods, answer

    def __getattr__(self, name: str) -> Any:
        if name not in self._methods:
            return getattr(self._part, name)
        return self._fail

    def _fail(self, *args: object, **kwargs: object) -> object:
        if self._answer is not None:
            return self._answer()
        raise RuntimeError(f"failed for {CANARY}: {args} {kwargs}")


@pytest.fixture(autouse=True)
def no_log_tells(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG)
    yield
    assert CANARY not in caplog.text


def told_by(error: BaseException) -> str:
    return "".join([str(error), repr(error), *traceback.format_exception(error)])


def refused(call: Callable[..., object], *args: object, **kwargs: object) -> None:
    with pytest.raises(OrderflowError) as raised:
        call(*args, **kwargs)
    # The lines of this file are part of a traceback, and name the canary by its variable only.
    assert CANARY not in told_by(raised.value)


def whole_life(shop: Shop) -> Order:
    order = shop.orders.submit(**REQUEST)
    shop.gateway.decline_next("charge", "insufficient_funds")
    shop.orders.add_note(order.id, by=Actor.merchant(STORE, name=CANARY), text=CANARY)
    shop.orders.accept(order.id, by=MERCHANT)
    shop.orders.retry_payment(order.id, by=CUSTOMER, card=Card(f"tok_2_{CANARY}", "visa", "1881", 1, 2030))
    shop.orders.complete(order.id, by=MERCHANT, fulfillment=Fulfillment.shipped(CANARY, CANARY))
    shop.orders.refund(order.id, by=MERCHANT, reason=CANARY)
    return shop.get(order.id)


def test_no_repr_of_a_whole_life_tells(shop: Shop) -> None:
    order = whole_life(shop)
    page = shop.orders.find(OrderQuery(text=CANARY), by=OPERATOR)
    shown = [order, *order.items, *order.timeline, *order.attempts, *order.notes, order.customer, order.fulfillment]
    shown += [order.card, order.shipping_address, page, shop.orders.inbox(by=MERCHANT), OrderQuery(text=CANARY)]
    shown += [*shop.orders.messages(order.id, by=OPERATOR), NotSent(CANARY)]
    assert page.rows
    assert CANARY not in "".join(repr(value) for value in shown)


@pytest.mark.parametrize("method", ["load", "commit", "find_command", "claim_messages", "record_deliveries"])
def test_a_storage_that_fails_tells_nothing(sync_shop: Shop, method: str) -> None:
    order = sync_shop.orders.submit(**REQUEST)
    orders = sync_shop.service(storage=Broken(sync_shop.storage, method))
    if method in ("load", "commit", "find_command"):
        refused(orders.decline, order.id, by=MERCHANT, reason=CANARY, idempotency_key="k")
    else:
        orders.decline(order.id, by=MERCHANT, reason=CANARY)


@pytest.mark.parametrize("method", ["authorize", "charge", "void", "find"])
@pytest.mark.parametrize(
    "answer", [None, lambda: CANARY, lambda: NotSent(CANARY)], ids=["raises", "nonsense", "not sent"]
)
def test_a_gateway_that_fails_tells_nothing(method: str, answer: Callable[[], object] | None) -> None:
    shop = Shop()
    shop.orders = shop.service(payments=Broken(FakeGateway(), method, answer=answer))
    told: list[str] = []
    try:
        order = shop.orders.submit(**REQUEST)
        shop.orders.accept(order.id, by=MERCHANT)
        shop.clock.advance(hours=1)
        shop.orders.run_due()
    except OrderflowError as error:
        told.append(told_by(error))
    assert CANARY not in "".join(told)


def test_what_the_host_plugs_in_tells_nothing(sync_shop: Shop) -> None:
    def fail(*args: object) -> Any:
        raise RuntimeError(CANARY)

    orders = sync_shop.service(
        notifier=Broken(RecordingNotifier(), "send"), handlers={"mine": fail}, texts=fail, order_url=fail
    )
    order = orders.submit(**REQUEST)
    assert CANARY not in repr(orders.messages(order.id, by=OPERATOR))
    refused(sync_shop.service(new_id=fail).submit, **REQUEST)


def test_a_refusal_does_not_repeat_what_it_refuses(sync_shop: Shop) -> None:
    order = sync_shop.orders.submit(**REQUEST)
    bad = f"{CANARY}\0"
    refused(sync_shop.orders.add_note, order.id, by=MERCHANT, text=bad)
    refused(sync_shop.orders.decline, order.id, by=MERCHANT, reason=bad)
    refused(sync_shop.orders.get, bad, by=MERCHANT)
    refused(Money, CANARY, "USD")
    refused(Money, "1", CANARY)
    refused(Item, bad, Money("5.00", "USD"))
    refused(Customer, "m-1", "Ana", f"{CANARY} at example")
    refused(Card, "tok", "visa", CANARY, 1, 2030)
    refused(OrderQuery, sort=CANARY)
    refused(OrderQuery, statuses=[CANARY])
    refused(OrderQuery, webhook=CANARY)
    refused(sync_shop.orders.find, OrderQuery(after=CANARY), by=MERCHANT)
    refused(sync_shop.orders.submit, **{**REQUEST, "metadata": {CANARY: bad}})
    refused(sync_shop.orders.submit, **{**REQUEST, "store_id": bad})


def test_a_dump_of_the_database_holds_no_secret_of_the_hosts_and_no_card_number(tmp_path: Path) -> None:
    """What people wrote is there, and tokens; what only adapters need, and what gateways and receivers say, is not."""
    secrets = ("whsec_" + "Q0FOQVJZ" * 5, "smtp-password-canary", "sk_test_canary")
    with socket.create_server(("127.0.0.1", 0)) as nobody_listens:
        port = nobody_listens.getsockname()[1]
    mails = SMTPNotifier(
        "127.0.0.1", port, "orders@shop.example", lambda _: "m@shop.example", "user", secrets[1], timeout=1
    )
    hooks = WebhookNotifier(lambda _: Endpoint(f"http://127.0.0.1:{port}/url-canary", secrets[0]), allow_private=True)
    shop = Shop()
    shop.gateway.decline_next("verification", "stolen_card")
    storage = SQLiteStorage(tmp_path / "shop.db")
    shop.orders = shop.service(storage=storage, notifier=[mails, hooks])
    with pytest.raises(OrderflowError):
        shop.orders.submit(**REQUEST)
    order = shop.orders.submit(**REQUEST)
    with pytest.raises(ValidationError):
        shop.orders.add_note(order.id, by=MERCHANT, text="My card is 4242 4242 4242 4242.")
    storage.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
        dump = "\n".join(connection.iterdump())
    assert CANARY in dump
    assert "no connection" in dump
    assert not [one for one in (*secrets, "url-canary", "4242424242424242", "4242 4242", "Errno") if one in dump]


def test_the_memory_keeps_what_it_was_given() -> None:
    """The canary is not lost either: what is hidden from logs is there for who may see it."""
    shop = Shop()
    shop.storage = MemoryStorage()
    order = shop.service(storage=shop.storage).submit(**REQUEST)
    assert order.customer.name == f"Ana {CANARY}"
