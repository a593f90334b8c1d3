"""What a host decides: words, templates, the stylesheet, money; and what is refused when the pages are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from orderflow import (
    Actor,
    Event,
    EventKind,
    IdempotencyConflict,
    Item,
    ManualClock,
    Money,
    NotSent,
    OrderflowError,
    PaymentAttempt,
    PaymentUnavailable,
    StorageError,
    ValidationError,
)
from orderflow.adapters.memory import FakeGateway
from orderflow.ports import Outcome
from orderflow.testing import Fault, Faulty
from orderflow.web import OrderPages
from orderflow.web.refusal import refusal_of
from orderflow.web.showing import what_happened
from orderflow.web.texts import TEXTS
from shops import Shop
from visitors import Visitor, authenticate, pages_of


class SendsNothing(FakeGateway):
    """Has lost its credentials."""

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        return NotSent("no credentials")


def test_a_host_says_it_in_its_own_words(sync_shop: Shop) -> None:
    sync_shop.submit()
    own = {"orders": "Bestellungen", "status_received": "Eingegangen", "inbox_unread": "Posteingang ({count})"}
    words = Visitor(pages_of(sync_shop, texts=own)).get("/").words()
    assert all(one in words for one in ("Bestellungen", "Eingegangen 1", "Posteingang (1)"))


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        ({"ordres": "x"}, "there is no text 'ordres'"),
        ({"orders": "{count} orders"}, "'orders' has no 'count' to fill in"),
        ({"orders": "{"}, "braces"),
    ],
)
def test_words_that_could_not_be_shown_are_refused_at_once(sync_shop: Shop, texts: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        pages_of(sync_shop, texts=texts)


def test_every_text_is_used_somewhere() -> None:
    package = Path(__file__).parents[2] / "src" / "orderflow" / "web"
    sources = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted(package.rglob("*.*"))
        if path.name != "texts.py" and path.suffix in (".py", ".html")
    )
    made_up = (
        "status_",
        "webhook_",
        "delivery_",
        "attempt_",
        "purpose_",
        "channel_",
        "event_",
        "role_",
        "done_",
        "column_",
    )
    composed = {
        "sorted_up",
        "bulk_accept",
        "bulk_confirm_accept",
        "bulk_confirm_decline",
        "page_next",
        "page_previous",
        "page_first",
    }
    composed |= {
        "resolve_approved",
        "resolve_declined",
        "resolve_absent",
        "filter_webhook",
        "shipped",
        "digital",
        "handed_over",
    }
    unused = [
        name
        for name in TEXTS
        if not name.startswith(made_up)
        and name not in composed
        and f"'{name}'" not in sources
        and f'"{name}"' not in sources
    ]
    assert unused == []


def test_a_hosts_template_stands_in_for_ours(sync_shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "base.html").write_text(
        "<!doctype html><title>Ours</title><h1>Our shop</h1>{% block content %}{% endblock %}"
    )
    page = Visitor(pages_of(sync_shop, templates=tmp_path)).get("/")
    assert page.words("h1") == "Our shop"
    assert "There are no orders yet." in page.words()


def test_a_hosts_stylesheet_stands_in_for_ours(sync_shop: Shop) -> None:
    page = Visitor(pages_of(sync_shop, stylesheet="/theme.css")).get("/")
    assert [one.get("href") for one in page.all("link")] == ["/theme.css"]


def test_a_host_writes_amounts_in_its_own_way(sync_shop: Shop) -> None:
    sync_shop.submit()

    def money(amount: Money, request: Any) -> str:
        assert request.url.path == "/"
        return f"$ {amount.amount}"

    assert Visitor(pages_of(sync_shop, money=money)).get("/").rows[0][4] == "$ 120.00"


def test_large_amounts_can_be_read(sync_shop: Shop) -> None:
    page = Visitor(pages_of(sync_shop))
    sync_shop.submit(Item("Palace", Money("1234567.80", "USD")))
    assert page.get("/").rows[0][4] == "1,234,567.80 USD"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"templates": "/nowhere/at/all"}, "templates must be a folder"),
        ({"secret": b"short"}, "secret"),
    ],
)
def test_what_is_not_as_it_must_be_is_refused_at_once(sync_shop: Shop, options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        pages_of(sync_shop, **options)


def test_something_that_is_no_service_is_refused_at_once() -> None:
    with pytest.raises(ValidationError, match="must be an order service, not str"):
        OrderPages("orders", authenticate=authenticate)  # type: ignore[arg-type]


def test_pages_work_wherever_they_are_mounted(sync_shop: Shop) -> None:
    order = sync_shop.submit()
    app = Starlette(routes=[Mount("/shop/orders", app=pages_of(sync_shop))])
    visitor = Visitor(app, base="/shop/orders")
    page = visitor.get("/")
    assert all(str(url).startswith(("/shop/orders", "#")) for url in page.links().values())
    answer = visitor.submit(visitor.order(order.id), "accept")
    assert answer.headers["location"].startswith("/shop/orders/order?id=")
    assert "path=/shop/orders" in visitor_cookie(app).lower()


def visitor_cookie(app: Any) -> str:
    cookie: str = Visitor(app, base="/shop/orders").get("/").headers["set-cookie"]
    return cookie


def test_a_storage_that_fails_is_a_page_that_says_so(shop: Shop) -> None:
    order = shop.order_in("received")
    visitor = Visitor(pages_of(shop))
    form = visitor.order(order.id).form("accept")
    shop.orders = shop.service(storage=Faulty(shop.storage, Fault(kind="error", ever=True)))  # type: ignore[arg-type]
    broken = Visitor(pages_of(shop, secret=b"s" * 32))
    broken.cookies = visitor.cookies
    answer = broken.order(order.id)
    assert answer.status == 503
    assert "We could not reach our records" in answer.words("main")
    assert broken.post("/order/accept", form).status == 403


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (StorageError("canary"), 503),
        (PaymentUnavailable("o-1"), 503),
        (IdempotencyConflict("o-1"), 409),
        (ValidationError("what is wrong"), 400),
        (OrderflowError("canary"), 500),
    ],
)
def test_every_error_of_ours_has_its_page(error: OrderflowError, status: int) -> None:
    refusal = refusal_of(error)
    assert (refusal.status, refusal.text in TEXTS) == (status, True)
    assert "canary" not in refusal.detail


def test_a_payment_that_could_not_be_sent_says_that_nothing_was_charged(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.orders = shop.service(payments=SendsNothing())
    visitor = Visitor(pages_of(shop))
    answer = visitor.submit(visitor.order(order.id), "accept")
    assert answer.status == 503
    assert "nothing was charged" in answer.words("main")
    assert shop.get(order.id).status == "received"


def test_an_event_that_lacks_a_particular_is_told_all_the_same() -> None:
    event = Event(1, EventKind.REFUNDED, ManualClock().now(), Actor.system())
    told = what_happened(event, TEXTS)
    assert (told["said"], told["by"]) == ("- was refunded", "by the system")
