"""Nobody else's page acts in a visitor's name, a form sent twice is one command, and pages load nothing foreign."""

from __future__ import annotations

import re
from typing import Any

import pytest

from orderflow import Actor, ValidationError
from shops import CUSTOMER, MERCHANT, Shop
from visitors import PEOPLE, Visitor, authenticate, pages_of

ACTIONS = {
    "accept": ("merchant", "received", {}),
    "decline": ("merchant", "received", {}),
    "cancel": ("customer", "received", {}),
    "retry_payment": ("customer", "pending_payment", {}),
    "complete": ("merchant", "accepted", {"method": "handed_over"}),
    "refund": ("merchant", "completed", {"amount": "1.00"}),
    "add_note": ("merchant", "received", {"text": "Blue."}),
}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://shop.example.evil.example", "http://[", ""])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_form_from_another_origin_does_nothing(sync_shop: Shop, action: str, origin: str) -> None:
    who, status, fields = ACTIONS[action]
    order = sync_shop.order_in(status)
    visitor = Visitor(pages_of(sync_shop), who)
    form = visitor.order(order.id).form(action)
    answer = visitor.post(f"/order/{action}", {**form, **fields}, headers={"Origin": origin})
    assert answer.status == 403
    assert sync_shop.get(order.id) == order


@pytest.mark.parametrize("site", ["cross-site", "same-site", "x"])
def test_a_form_that_the_browser_calls_foreign_does_nothing(sync_shop: Shop, site: str) -> None:
    order = sync_shop.order_in("received")
    visitor = Visitor(pages_of(sync_shop))
    form = visitor.order(order.id).form("accept")
    assert visitor.post("/order/accept", form, headers={"Sec-Fetch-Site": site}).status == 403
    assert sync_shop.get(order.id) == order


@pytest.mark.parametrize("headers", [{"Origin": "http://shop.example"}, {"Sec-Fetch-Site": "same-origin"}, {}])
def test_a_form_from_here_does_what_it_says(shop: Shop, headers: dict[str, str]) -> None:
    order = shop.order_in("received")
    visitor = Visitor(pages_of(shop))
    assert visitor.post("/order/accept", visitor.order(order.id).form("accept"), headers=headers).status == 303
    assert shop.get(order.id).status == "accepted"


def test_an_origin_that_the_host_names_may_post(sync_shop: Shop) -> None:
    order = sync_shop.order_in("received")
    visitor = Visitor(pages_of(sync_shop, origins=["https://shop.test"]))
    form = visitor.order(order.id).form("accept")
    assert visitor.post("/order/accept", form, headers={"Origin": "https://shop.test"}).status == 303


@pytest.mark.parametrize("token", ["", "0" * 64, "ü", "x" * 10_000])
@pytest.mark.parametrize("action", ACTIONS)
def test_a_form_without_its_token_does_nothing(sync_shop: Shop, action: str, token: str) -> None:
    who, status, fields = ACTIONS[action]
    order = sync_shop.order_in(status)
    visitor = Visitor(pages_of(sync_shop), who)
    form = visitor.order(order.id).form(action)
    assert visitor.post(f"/order/{action}", {**form, **fields, "token": token}).status == 403
    assert sync_shop.get(order.id) == order


def test_a_token_is_of_one_visitor_one_browser_and_one_site(sync_shop: Shop) -> None:
    order = sync_shop.order_in("received")
    app = pages_of(sync_shop)
    stolen = Visitor(app).order(order.id).form("accept")
    same_person, customer = Visitor(app), Visitor(app, "customer")
    same_person.order(order.id)
    customer.order(order.id)
    no_cookie, elsewhere = Visitor(app), Visitor(pages_of(sync_shop))
    elsewhere.order(order.id)
    for visitor in (same_person, customer, no_cookie, elsewhere):
        assert visitor.post("/order/accept", stolen).status == 403
    assert sync_shop.get(order.id) == order


def test_processes_with_one_secret_take_each_others_forms(sync_shop: Shop) -> None:
    order = sync_shop.order_in("received")
    one, other = (pages_of(sync_shop, secret=b"s" * 32) for _ in range(2))
    visitor, moved = Visitor(one), Visitor(other)
    form = visitor.order(order.id).form("accept")
    moved.cookies = visitor.cookies
    assert moved.post("/order/accept", form).status == 303


def test_a_form_that_is_sent_twice_is_one_command(shop: Shop) -> None:
    order = shop.order_in("completed")
    visitor = Visitor(pages_of(shop))
    page = visitor.order(order.id)
    for _ in range(2):
        assert visitor.submit(page, "refund", amount="10.00").status == 303
    assert shop.get(order.id).refunded.amount == 10
    assert visitor.submit(page, "refund", amount="20.00").status == 409
    assert visitor.submit(visitor.order(order.id), "refund", amount="20.00").status == 303
    assert shop.get(order.id).refunded.amount == 30


def test_notes_written_twice_by_one_click_are_one_note(shop: Shop) -> None:
    order = shop.order_in("received")
    visitor = Visitor(pages_of(shop))
    page = visitor.order(order.id)
    for _ in range(3):
        assert visitor.submit(page, "add_note", text="Blue.").status == 303
    assert len(shop.get(order.id).notes) == 1


@pytest.mark.parametrize("action", ACTIONS)
def test_a_form_without_a_key_does_nothing(sync_shop: Shop, action: str) -> None:
    who, status, fields = ACTIONS[action]
    order = sync_shop.order_in(status)
    visitor = Visitor(pages_of(sync_shop), who)
    form = visitor.order(order.id).form(action)
    assert visitor.post(f"/order/{action}", {**form, **fields, "key": ""}).status == 400
    assert sync_shop.get(order.id) == order


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"x=" + b"y" * 65_536, "application/x-www-form-urlencoded", 413),
        (b"&".join([b"a=b"] * 1_001), "application/x-www-form-urlencoded", 400),
        (b"a=%ff", "application/x-www-form-urlencoded", 400),
        ("a=ü".encode(), "application/x-www-form-urlencoded", 400),
        (b"{}", "application/json", 415),
        (b"a=b", "text/plain", 415),
        (b"a=b", "multipart/form-data; boundary=x", 415),
        (b"a=b", "", 415),
        (b"", "application/x-www-form-urlencoded; charset=utf-8", 403),
    ],
)
def test_what_is_no_form_of_ours_is_refused(sync_shop: Shop, body: bytes, kind: str, status: int) -> None:
    answer = Visitor(pages_of(sync_shop)).ask("POST", "/order/accept", content=body, headers={"Content-Type": kind})
    assert answer.status == status


@pytest.mark.parametrize("path", ["/", "/order", "/inbox", "/export.csv", "/static/orders.css", "/nowhere"])
@pytest.mark.parametrize("who", ["merchant", "nobody"])
def test_every_answer_says_what_it_may_load_and_where_it_may_be_shown(sync_shop: Shop, path: str, who: str) -> None:
    headers = Visitor(pages_of(sync_shop), who).get(path).headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules == {
        "default-src": "'none'",
        "style-src": "'self'",
        "script-src": "'self'",
        "img-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "same-origin")
    assert "no-store" in headers["cache-control"] or path.startswith("/static")


def test_no_page_has_a_script_or_a_style_in_it(sync_shop: Shop) -> None:
    order = sync_shop.order_in("completed")
    visitor = Visitor(pages_of(sync_shop))
    for page in (visitor.get("/"), visitor.order(order.id), visitor.get("/inbox"), visitor.get("/nowhere")):
        assert not page.all("style")
        assert all(one.get("src") and not "".join(one.itertext()).strip() for one in page.all("script"))
        assert not re.search(r"<[^>]* (on\w+|style)=", page.text)


def test_the_cookie_is_kept_from_scripts_and_from_other_sites(sync_shop: Shop) -> None:
    app = pages_of(sync_shop)
    order = sync_shop.order_in("received")
    cookie = Visitor(app).order(order.id).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    secured = Visitor(app).ask("GET", "https://shop.example/", params={"id": order.id})
    assert "secure" in secured.headers["set-cookie"].lower()


def test_a_cookie_that_is_none_of_ours_is_replaced(sync_shop: Shop) -> None:
    visitor = Visitor(pages_of(sync_shop))
    visitor.cookies.set("orderflow_form", "short", domain="shop.example", path="/")
    assert "set-cookie" in visitor.get("/").headers
    assert "set-cookie" not in visitor.get("/").headers


@pytest.mark.parametrize("secret", [b"", b"x" * 31, "x" * 32])
def test_a_weak_secret_is_refused(sync_shop: Shop, secret: Any) -> None:
    with pytest.raises(ValidationError, match="secret"):
        pages_of(sync_shop, secret=secret)


@pytest.mark.parametrize("done", ["accept", "<script>", "declined_card", "nothing"])
def test_an_address_can_claim_only_what_we_would_say(sync_shop: Shop, done: str) -> None:
    order = sync_shop.order_in("received")
    page = Visitor(pages_of(sync_shop)).get("/order", id=order.id, done=done)
    assert page.status == 200
    assert "<script>" not in page.text.replace('<script src="', "")


def test_the_actor_is_the_hosts_word_and_not_the_requests(sync_shop: Shop) -> None:
    order = sync_shop.order_in("received")
    seen: list[Actor | None] = []

    def watch(request: Any) -> Actor | None:
        seen.append(authenticate(request))
        return seen[-1]

    visitor = Visitor(pages_of(sync_shop, authenticate=watch), "customer")
    form = visitor.order(order.id).form("cancel")
    answer = visitor.post("/order/accept", {**form, "by": "merchant", "role": "merchant", "actor": "merchant"})
    assert answer.status == 403
    assert set(seen) == {CUSTOMER}
    assert PEOPLE["merchant"] == MERCHANT
