"""Text that would be a page's own: whatever customers, merchants and gateways write, every page shows it as text."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Actor, Customer, Fulfillment, Item, Money, ShippingAddress
from shops import STORE, Shop, card
from visitors import Page, Visitor, pages_of

PAYLOADS = [
    "<script>alert(1)</script>",
    "</title></textarea></select></style><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)" x="',
    "<svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "{{ 7 * 7 }}{% include 'base.html' %}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "&lt;script&gt;&#x3C;img&#x3E;",
    "<!--<img src=--><img src=x onerror=alert(1)>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "\u202e\u2066reversed",
    "Zo\u0308e \U0001f3ac",
]
_TAGS = """
html head meta title link script body a header nav main footer p h1 h2 section ol ul li time span strong br dl div dt dd
table caption thead tbody tfoot tr th td details summary form input textarea select option label button fieldset legend
address article
"""
ELEMENTS = frozenset(_TAGS.split())


def shape(page: Page) -> list[tuple[str, tuple[str, ...]]]:
    """What the page is made of, without its text and its values."""
    return [(one.tag, tuple(sorted(one.attrib))) for one in page.all("html")[0].iter() if isinstance(one.tag, str)]


def hostile_order(shop: Shop, text: str) -> str:
    """An order with the text wherever a person or a gateway can write."""
    shop.gateway.decline_next("charge", "do_not_honor")
    order = shop.orders.submit(
        store_id=STORE,
        customer=Customer("m-42", text, "ana@example.com"),
        items=[Item(text, Money("1.00", "USD"), physical=True, details={text: text}, ref="r")],
        card=card(),
        shipping_address=ShippingAddress(text, text, text, "1", "PT", text, text, "2"),
        metadata={"canary": text},
    )
    merchant = Actor.merchant(STORE, "s-1", text)
    shop.orders.accept(order.id, by=merchant)
    shop.orders.retry_payment(order.id, by=Actor.customer("m-42", text))
    shop.orders.add_note(order.id, by=merchant, text=text)
    shop.orders.refund(order.id, by=merchant, amount=Money("0.10", "USD"), reason=text)
    shop.orders.complete(order.id, by=merchant, fulfillment=Fulfillment.handed_over(text))
    return str(order.id)


def pages(shop: Shop, order_id: str) -> dict[str, Page]:
    app = pages_of(shop)
    found = {}
    for who in ("merchant", "customer", "operator"):
        visitor = Visitor(app, who)
        found |= {f"{who} list": visitor.get("/"), f"{who} order": visitor.order(order_id)}
        if who != "operator":
            found[f"{who} inbox"] = visitor.get("/inbox")
    return found


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_text_adds_no_element_and_no_attribute_to_any_page(sync_shop: Shop, number: int) -> None:
    text = PAYLOADS[number]
    plain = Shop()
    wanted = pages(plain, hostile_order(plain, "plain"))
    for name, page in pages(sync_shop, hostile_order(sync_shop, text)).items():
        assert page.status == 200
        assert shape(page) == shape(wanted[name]), name
        assert {tag for tag, _ in shape(page)} <= ELEMENTS
        assert " ".join(text.split()) in page.words(), name


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_nor_does_what_an_address_holds(sync_shop: Shop, number: int) -> None:
    order = sync_shop.order_in("received")
    visitor = Visitor(pages_of(sync_shop))
    text = PAYLOADS[number]
    for name in (
        "item",
        "transaction",
        "customer",
        "from",
        "min",
        "currency",
        "status",
        "sort",
        "webhook",
        "size",
        "after",
    ):
        page = visitor.get("/", **{name: text})
        assert {tag for tag, _ in shape(page)} <= ELEMENTS
        assert not any(attribute.startswith("on") for _, attributes in shape(page) for attribute in attributes)
    for page in (
        visitor.get("/order", id=text),
        visitor.get("/order", id=order.id, done=text),
        visitor.get("/inbox", after=text),
        visitor.get("/" + text.replace("?", "").replace("#", "")),
    ):
        assert page.status in (200, 400, 404)
        assert {tag for tag, _ in shape(page)} <= ELEMENTS


@pytest.mark.parametrize("number", range(len(PAYLOADS)))
def test_nor_does_what_a_form_holds(sync_shop: Shop, number: int) -> None:
    order = sync_shop.order_in("accepted")
    visitor = Visitor(pages_of(sync_shop))
    page = visitor.order(order.id)
    text = PAYLOADS[number]
    answers: list[Page] = [
        visitor.submit(page, "complete", method=text),
        visitor.submit(page, "complete", method="digital", url=text),
        visitor.submit(page, "refund", amount=text),
        visitor.submit(page, "redeliver", message=text, id=text),
        visitor.submit(visitor.get("/"), "bulk", id=text, action="accept"),
        visitor.submit(visitor.get("/"), "bulk", id=text, action="accept", key="k"),
    ]
    for answer in answers:
        assert answer.status in (200, 400, 404)
        assert {tag for tag, _ in shape(answer)} <= ELEMENTS
        assert not any(attribute.startswith("on") for _, attributes in shape(answer) for attribute in attributes)


@pytest.mark.parametrize("header", ["x\r\nSet-Cookie: a=b", "x\nx: y", "\u00e9"])
def test_no_order_id_makes_a_header(sync_shop: Shop, header: str) -> None:
    visitor = Visitor(pages_of(sync_shop))
    order = sync_shop.order_in("received")
    form: dict[str, Any] = {**visitor.order(order.id).form("accept"), "id": header}
    answer = visitor.post("/order/accept", form)
    assert answer.status in (400, 404)
    assert "a=b" not in str(answer.headers)
