"""The host's own wording and links; what goes wrong with them costs no message."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Event, Message, Order
from orderflow.message import Audience
from reading.posts import submit, three_events
from shops import ANA, CUSTOMER, MERCHANT, Shop

LINK = "https://shop.example/orders/1"


def told(shop: Shop) -> list[Message]:
    """All that people read: in the app and by e-mail, not what systems are sent."""
    in_app = [message for by in (CUSTOMER, MERCHANT) for message in shop.orders.inbox(by=by).messages]
    return [*in_app, *[message for message in shop.notifier.sent if message.channel == "email"]]


def plain(shop: Shop) -> set[tuple[str, str]]:
    """What an order reads like without the host's words."""
    other = Shop()
    submit(other.orders, "ord-1")
    return {(message.subject, message.body) for message in told(other)}


def test_the_hosts_words_replace_the_default(shop: Shop) -> None:
    orders = shop.service(texts=lambda event, order, audience, locale: (f"{event.kind}", f"Para {audience}.\n"))
    submit(orders, "ord-1")
    assert {(message.audience, message.subject, message.body) for message in told(shop)} == {
        ("customer", "card_verified", "Para customer.\n"),
        ("merchant", "card_verified", "Para merchant.\n"),
    }
    assert len(told(shop)) == 4


def test_the_host_is_told_the_event_the_order_the_audience_and_the_locale(shop: Shop) -> None:
    asked: list[tuple[Event, Order, Audience, str]] = []
    orders = shop.service(texts=lambda *arguments: asked.append(arguments))
    portuguese = type(ANA)(ANA.id, ANA.name, ANA.email, "pt-BR")
    submit(orders, "ord-1", customer=portuguese)
    assert {(event.kind.value, audience.value, locale) for event, _, audience, locale in asked} == {
        ("card_verified", "customer", "pt-BR"),
        ("card_verified", "merchant", "pt-BR"),
    }
    assert all(order.status == "received" and event in order.timeline for event, order, _, _ in asked)


def test_the_host_may_replace_some_and_leave_the_others(shop: Shop) -> None:
    orders = shop.service(
        texts=lambda event, order, audience, locale: ("Olá", "Recebido.") if audience == "customer" else None
    )
    submit(orders, "ord-1")
    default = plain(shop)
    for message in told(shop):
        if message.audience == "customer":
            assert (message.subject, message.body) == ("Olá", "Recebido.")
        else:
            assert (message.subject, message.body) in default


def test_a_hosts_exception_falls_back_to_the_default(shop: Shop) -> None:
    def broken(event: Event, order: Order, audience: Audience, locale: str) -> tuple[str, str]:
        raise KeyError(locale)

    assert submit(shop.service(texts=broken), "ord-1").status == "received"
    assert {(message.subject, message.body) for message in told(shop)} == plain(shop)


def test_leaving_a_text_to_the_default_is_no_mishap(sync_shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    submit(sync_shop.service(texts=lambda event, order, audience, locale: None), "ord-1")
    assert {(message.subject, message.body) for message in told(sync_shop)} == plain(sync_shop)
    assert caplog.records == []


@pytest.mark.parametrize(
    "bad",
    [
        "Order received",
        ("subject alone",),
        ("one", "two", "three"),
        (None, "body"),
        ("subject", None),
        ("", "body"),
        ("two\nlines", "body"),
        ("subject", "a\0b"),
        ("subject", "\ud800"),
        ("s" * 1_001, "body"),
        ("subject", "b" * 100_001),
        (b"subject", b"body"),
        {"subject": "Hello", "body": "World"},
        "ok",
        7,
        False,
    ],
    ids=lambda bad: repr(bad)[:30],
)
def test_what_is_no_text_falls_back_to_the_default(shop: Shop, bad: Any) -> None:
    submit(shop.service(texts=lambda event, order, audience, locale: bad), "ord-1")
    assert {(message.subject, message.body) for message in told(shop)} == plain(shop)


def test_a_webhook_says_the_same_whatever_the_host_words(shop: Shop) -> None:
    submit(shop.service(texts=lambda event, order, audience, locale: ("Olá", "Recebido.")), "ord-1")
    (webhook,) = [message for message in shop.notifier.sent if message.channel == "webhook"]
    assert webhook.subject == "order.received"
    assert webhook.body.startswith('{"type":"order.received"')


def test_a_text_is_rendered_when_its_event_is_committed(shop: Shop) -> None:
    """What was promised then is what arrives, however late."""
    words = ["before"]
    orders = shop.service(texts=lambda event, order, audience, locale: (words[0], words[0]), deliver="deferred")
    submit(orders, "ord-1")
    words[0] = "after"
    orders.run_due()
    assert {message.subject for message in told(shop)} == {"before"}


def test_the_link_stands_in_what_people_read(shop: Shop) -> None:
    orders = shop.service(order_url=lambda order, audience: f"{LINK}/{order.id}/{audience}")
    three_events(orders)
    messages = told(shop)
    assert len(messages) == 12
    for message in messages:
        assert f"{LINK}/ord-1/{message.audience}" in message.body


def test_without_a_link_none_is_told_of(shop: Shop) -> None:
    submit(shop.orders, "ord-1")
    assert not any("://" in message.body for message in told(shop))


def test_a_link_that_fails_is_left_out(shop: Shop) -> None:
    def broken(order: Order, audience: Audience) -> str:
        raise LookupError(order.id)

    assert submit(shop.service(order_url=broken), "ord-1").status == "received"
    assert {(message.subject, message.body) for message in told(shop)} == plain(shop)


@pytest.mark.parametrize(
    "bad", ["", None, 7, b"https://x", "two\nlines", "a\0", "x" * 2_001], ids=lambda bad: repr(bad)[:20]
)
def test_what_is_no_link_is_left_out(shop: Shop, bad: Any) -> None:
    submit(shop.service(order_url=lambda order, audience: bad), "ord-1")
    assert {(message.subject, message.body) for message in told(shop)} == plain(shop)
