"""The pages in the frameworks that hosts have, over ASGI and over WSGI."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from shops import Shop
from visitors import Page, Visitor, pages_of
from web.mounted import ASGI, WSGI


@pytest.mark.parametrize("framework", ASGI)
def test_an_order_is_accepted_on_pages_that_a_framework_mounts(shop: Shop, framework: str) -> None:
    order = shop.order_in("received")
    visitor = Visitor(ASGI[framework](pages_of(shop)), base="/orders")
    listed = visitor.get("/")
    assert listed.links()["Birthday video"].startswith("/orders/order?id=")
    assert [one.get("href").partition("?")[0] for one in listed.all("link")] == ["/orders/static/orders.css"]
    assert visitor.get("/static/orders.css").status == 200
    answer = visitor.submit(visitor.order(order.id), "accept")
    assert answer.headers["location"].startswith("/orders/order?id=")
    assert shop.get(order.id).status == "accepted"


@pytest.mark.parametrize("framework", ASGI)
def test_what_is_not_ours_is_the_frameworks(sync_shop: Shop, framework: str) -> None:
    answer = Visitor(ASGI[framework](pages_of(sync_shop))).get("/elsewhere")
    assert answer.status == 404
    assert "no such page or order" not in answer.text


@pytest.mark.parametrize("framework", WSGI)
def test_an_order_is_accepted_on_pages_under_wsgi(sync_shop: Shop, framework: str) -> None:
    order = sync_shop.order_in("received")
    transport = httpx.WSGITransport(app=WSGI[framework](pages_of(sync_shop)))
    with httpx.Client(transport=transport, base_url="http://shop.example", headers={"x-who": "merchant"}) as client:
        listed = Page(client.get("/orders/"))
        assert listed.links()["Birthday video"].startswith("/orders/order?id=")
        form: dict[str, Any] = Page(client.get("/orders/order", params={"id": order.id})).form("accept")
        answer = client.post("/orders/order/accept", data=form)
        assert (answer.status_code, answer.headers["location"][:17]) == (303, "/orders/order?id=")
        assert client.get("/elsewhere").status_code == 404
        assert Page(client.get("/orders")).words("h1") == "Orders"
    assert sync_shop.get(order.id).status == "accepted"
