"""Every address, for everybody: what each is answered. An address without a row here fails."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Customer
from shops import Shop
from visitors import PEOPLE, Visitor, pages_of

EVERYBODY = tuple(PEOPLE)
#: nobody, customer, other customer, merchant, other merchant, operator; an order of the customer's with the merchant.
MATRIX: dict[tuple[str, str], tuple[int, ...]] = {
    ("GET", "/"): (401, 200, 200, 200, 200, 200),
    ("GET", "/export.csv"): (401, 200, 200, 200, 200, 200),
    ("GET", "/export.jsonl"): (401, 200, 200, 200, 200, 200),
    ("GET", "/order"): (401, 200, 404, 200, 404, 200),
    ("GET", "/inbox"): (401, 200, 200, 200, 200, 403),
    ("GET", "/static/{name}"): (200, 200, 200, 200, 200, 200),
    ("POST", "/bulk"): (401, 403, 403, 200, 200, 200),
    ("POST", "/inbox/read"): (401, 303, 303, 303, 303, 403),
    ("POST", "/order/accept"): (401, 403, 404, 303, 404, 403),
    ("POST", "/order/decline"): (401, 403, 404, 303, 404, 403),
    ("POST", "/order/cancel"): (401, 303, 404, 403, 404, 403),
    ("POST", "/order/retry_payment"): (401, 303, 404, 403, 404, 403),
    ("POST", "/order/complete"): (401, 403, 404, 303, 404, 403),
    ("POST", "/order/refund"): (401, 403, 404, 303, 404, 303),
    ("POST", "/order/add_note"): (401, 403, 404, 303, 404, 303),
    ("POST", "/order/resolve_payment"): (401, 403, 404, 409, 404, 409),
    ("POST", "/order/redeliver"): (401, 403, 404, 303, 404, 303),
}
STATUSES = {"retry_payment": "pending_payment", "complete": "accepted", "refund": "completed"}
FIELDS: dict[str, dict[str, str]] = {
    "complete": {"method": "handed_over"},
    "refund": {"amount": "1.00"},
    "add_note": {"text": "Blue."},
    "resolve_payment": {"attempt": "none", "outcome": "absent", "evidence": "Seen."},
    "bulk": {"action": "accept"},
}


def test_every_address_has_its_row() -> None:
    assert set(pages_of(Shop()).routes) == set(MATRIX)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize(("method", "path"), MATRIX, ids=[f"{method} {path}" for method, path in MATRIX])
def test_everybody_gets_what_is_theirs(shop: Shop, method: str, path: str, who: str) -> None:
    name = path.rpartition("/")[2]
    order_id = shop.order_in(STATUSES.get(name, "received")).id
    before = shop.get(order_id)
    visitor = Visitor(pages_of(shop), who)
    if method == "GET":
        answer = visitor.get(path.format(name="orders.css"), id=order_id)
    else:
        message = next(one.id for one in shop.storage.messages(order_id) if one.route == "webhook")
        fields: dict[str, Any] = {"id": order_id, "key": "" if name == "bulk" else "k-1", "message": message}
        answer = visitor.post(path, {**fields, **FIELDS.get(name, {}), "token": token_of(shop, visitor, who)})

    assert answer.status == MATRIX[method, path][EVERYBODY.index(who)]
    if answer.status >= 400 and "status" not in name:
        assert shop.get(order_id) == before
        assert "Ana" not in answer.text


def token_of(shop: Shop, visitor: Visitor, who: str) -> str:
    """A token of the visitor's own, from a page of their own; none for nobody."""
    if who == "nobody":
        return ""
    own = {
        "other customer": {"customer": Customer("m-43", "Bo", "bo@example.com")},
        "other merchant": {"store_id": "studio-8"},
    }
    order = shop.submit(**own.get(who, {}))
    return visitor.order(order.id).form("cancel" if "customer" in who else "add_note")["token"]


@pytest.mark.parametrize("path", ["/nowhere", "/order/steal", "/static/secrets", "/static/../app.py", "/order/"])
def test_an_address_that_is_none_is_not_found(sync_shop: Shop, path: str) -> None:
    answer = Visitor(pages_of(sync_shop)).get(path)
    assert answer.status == 404
    assert "no such page" in answer.words()


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/"), ("GET", "/order/accept"), ("DELETE", "/order"), ("PUT", "/")]
)
def test_a_method_that_an_address_does_not_take_is_refused(sync_shop: Shop, method: str, path: str) -> None:
    assert Visitor(pages_of(sync_shop)).ask(method, path).status == 405


def test_nobody_is_sent_to_sign_in_if_there_is_a_place_for_that(sync_shop: Shop) -> None:
    visitor = Visitor(pages_of(sync_shop, login_url="/sign-in"), "nobody")
    answer = visitor.get("/")
    assert (answer.status, answer.headers["location"]) == (303, "/sign-in")
    assert visitor.post("/order/accept", {}).status == 401


def test_an_async_authenticate_is_awaited(shop: Shop) -> None:
    async def authenticate(_: object) -> Any:
        return PEOPLE["merchant"]

    assert Visitor(pages_of(shop, authenticate=authenticate), "nobody").get("/").status == 200


def test_an_authenticate_that_gives_something_else_is_a_mistake_of_the_hosts(sync_shop: Shop) -> None:
    with pytest.raises(TypeError, match="must give an Actor or None, not str"):
        Visitor(pages_of(sync_shop, authenticate=lambda _: "ana")).get("/")


def test_a_customer_sees_no_notes_no_webhooks_and_nobody_elses_actions(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.orders.add_note(order.id, by=PEOPLE["merchant"], text="canary")
    page = Visitor(pages_of(shop), "customer").order(order.id)
    assert "canary" not in page.text
    assert page.actions == {"cancel"}
    assert "Webhook" not in page.words()


def test_customers_find_their_own_orders_alone(shop: Shop) -> None:
    own, other = shop.submit(), shop.submit(customer=Customer("m-43", "Bo", "bo@example.com"))
    page = Visitor(pages_of(shop), "customer").get("/")
    assert own.id in page.text
    assert other.id not in page.text
    assert Visitor(pages_of(shop), "customer").get("/", customer="m-43").status == 403
