"""The in-app inbox."""

from __future__ import annotations

import pytest

from orderflow import Customer
from shops import MERCHANT, Shop
from visitors import Visitor, pages_of


@pytest.mark.parametrize("who", ["customer", "merchant"])
def test_messages_are_there_with_their_texts_and_their_orders(shop: Shop, who: str) -> None:
    order = shop.order_in("accepted")
    visitor = Visitor(pages_of(shop), who)
    page = visitor.get("/inbox")
    assert page.words("h1") == "Inbox, 2 unread"
    assert [one.split(" ")[-1] for one in page.said("h2")] == ["unread", "unread"]
    assert "Order accepted: Birthday video" in page.words("main")
    link = next(url for words, url in page.links().items() if words.startswith("To the order"))
    assert order.id in visitor.get(link).words("h1")


def test_the_number_of_unread_messages_is_on_every_page(shop: Shop) -> None:
    shop.order_in("accepted")
    visitor = Visitor(pages_of(shop))
    assert "Inbox, 2 unread" in visitor.get("/").links()
    visitor.submit(visitor.get("/inbox"), "read")
    assert "Inbox" in visitor.get("/").links()


def test_more_unread_messages_than_are_counted_are_said_to_be_more(sync_shop: Shop) -> None:
    for unread in ("99", "100", "100+"):
        while len(sync_shop.orders.inbox(by=MERCHANT, limit=200).messages) < int(unread.rstrip("+")) + ("+" in unread):
            sync_shop.submit()
        assert f"Inbox, {unread} unread" in Visitor(pages_of(sync_shop)).get("/").links()


def test_messages_are_marked_as_read_and_others_are_not(shop: Shop) -> None:
    shop.order_in("received")
    visitor = Visitor(pages_of(shop), "customer")
    page = visitor.get("/inbox")
    shop.submit()
    answer = visitor.submit(page, "read")
    assert answer.status == 303
    assert visitor.get("/inbox").words("h1") == "Inbox, 1 unread"
    assert len(visitor.get("/inbox", only="unread").said("h2")) == 1
    assert Visitor(pages_of(shop), "merchant").get("/inbox").words("h1") == "Inbox, 2 unread"


def test_nobody_marks_anothers_messages(shop: Shop) -> None:
    shop.order_in("received")
    shop.submit(customer=Customer("m-43", "Bo", "bo@example.com"))
    mine = shop.orders.inbox(by=MERCHANT).messages[0].id
    other = Visitor(pages_of(shop), "other customer")
    other.submit(other.get("/inbox"), "read", message=mine)
    assert shop.orders.inbox(by=MERCHANT, unread_only=True).messages[0].id == mine


def test_an_empty_inbox_says_so(sync_shop: Shop) -> None:
    assert "No messages." in Visitor(pages_of(sync_shop)).get("/inbox").words("main")


def test_older_messages_are_a_page_away(sync_shop: Shop) -> None:
    for _ in range(60):
        sync_shop.submit()
        sync_shop.clock.advance(seconds=1)
    visitor = Visitor(pages_of(sync_shop))
    first = visitor.get("/inbox", only="unread")
    second = visitor.get(first.links()["Older messages"])
    assert (len(first.said("h2")), len(second.said("h2"))) == (50, 10)
    assert "Older messages" not in second.links()


def test_a_broken_cursor_is_refused_in_words(sync_shop: Shop) -> None:
    answer = Visitor(pages_of(sync_shop)).get("/inbox", after="broken")
    assert answer.status == 400
    assert "cursor" in answer.words("main")
