"""One decision on many orders."""

from __future__ import annotations

import pytest

from orderflow import Order
from shops import CUSTOMER, Shop
from visitors import Page, Visitor, pages_of


def chosen(visitor: Visitor, action: str, *orders: Order, **more: str) -> Page:
    """Select orders and press the button."""
    page = visitor.get("/")
    return visitor.submit(page, "bulk", id=[one.id for one in orders], action=action, **more)


@pytest.mark.parametrize(("action", "status"), [("accept", "accepted"), ("decline", "declined")])
def test_it_is_asked_once_more_and_then_done_order_by_order(shop: Shop, action: str, status: str) -> None:
    orders = [shop.order_in("received") for _ in range(3)]
    visitor = Visitor(pages_of(shop))
    asked = chosen(visitor, action, *orders[:2])
    assert asked.status == 200
    assert "2 orders" in asked.words("h1")
    assert {shop.get(one.id).status for one in orders} == {"received"}
    form = {**asked.form("bulk"), "id": [one.id for one in orders[:2]], "action": action}
    told = visitor.post("/bulk", form)
    assert [row[0] for row in told.rows] == [one.id for one in orders[:2]]
    assert all(f"done: now {status.capitalize()}" in row[1] for row in told.rows)
    assert [shop.get(one.id).status for one in orders] == [status, status, "received"]


def test_what_can_not_be_done_holds_up_nothing_else(shop: Shop) -> None:
    gone, poor, good = (shop.order_in("received") for _ in range(3))
    shop.orders.cancel(gone.id, by=CUSTOMER)
    shop.gateway.decline_next("charge", "insufficient_funds")
    visitor = Visitor(pages_of(shop))
    form = {**chosen(visitor, "accept", gone, poor, good).form("bulk"), "action": "accept"}
    told = visitor.post("/bulk", {**form, "id": [gone.id, poor.id, "nowhere", good.id]})
    assert [" ".join(row[1].split()[:3]) for row in told.rows] == [
        "The order is",
        "done: now Pending",
        "There is no",
        "done: now Accepted",
    ]
    assert shop.get(good.id).status == "accepted"


def test_a_double_click_charges_once(shop: Shop) -> None:
    order = shop.order_in("received")
    visitor = Visitor(pages_of(shop))
    form = {**chosen(visitor, "accept", order).form("bulk"), "action": "accept", "id": [order.id, order.id]}
    first, second = visitor.post("/bulk", form), visitor.post("/bulk", form)
    assert first.rows == second.rows
    assert len(first.rows) == 1
    assert shop.purposes().count("charge") == 1


def test_orders_of_another_store_are_not_touched(shop: Shop) -> None:
    order = shop.order_in("received")
    visitor = Visitor(pages_of(shop), "other merchant")
    shop.submit(store_id="studio-8")
    form = {**visitor.get("/").form("bulk"), "key": "k", "action": "decline", "id": order.id}
    assert "There is no such" in visitor.post("/bulk", form).rows[0][1]
    assert shop.get(order.id) == order


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"action": "accept"}, "No order was selected."),
        ({"action": "refund", "id": "x"}, "action must be one of accept, decline"),
        ({"action": "accept", "id": [f"o-{number}" for number in range(201)]}, "at most 200 orders at once"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(sync_shop: Shop, fields: dict[str, str], why: str) -> None:
    sync_shop.submit()
    visitor = Visitor(pages_of(sync_shop))
    token = visitor.get("/").form("bulk")["token"]
    answer = visitor.post("/bulk", {"token": token, **fields})
    assert answer.status == 400
    assert why in answer.words("main")


def test_each_order_can_be_selected_by_its_name(sync_shop: Shop) -> None:
    order = sync_shop.submit()
    [box] = Visitor(pages_of(sync_shop)).get("/").all("input", type="checkbox")
    assert (box.get("value"), box.get("form")) == (order.id, "bulk")
    assert box.get("aria-label") == f"Select order {order.id}"
