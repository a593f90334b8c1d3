"""What a customer does, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from shops import Shop

Opened = Callable[..., Page]


def test_look_at_an_order_and_cancel_it(shop: Shop, opened: Opened) -> None:
    order = shop.order_in("received")
    page = opened(who="customer")
    page.get_by_role("link", name="Birthday video").click()
    expect(page.get_by_text("The card was verified")).to_be_visible()
    page.locator("summary", has_text="Cancel").click()
    page.get_by_label("Reason").fill("Too late.")
    page.get_by_role("button", name="Cancel this order").click()
    expect(page.get_by_role("status")).to_contain_text("Nothing was charged.")
    assert shop.get(order.id).status == "canceled"


def test_pay_with_a_new_card(shop: Shop, opened: Opened) -> None:
    order = shop.order_in("pending_payment")
    page = opened(f"/order?id={order.id}", who="customer")
    expect(page.get_by_text("Time left to pay: 7 days")).to_be_visible()
    page.get_by_label("Card number").fill("tok_new")
    page.get_by_role("button", name="Pay with a new card").click()
    expect(page.get_by_role("status")).to_contain_text("Paid. Thank you.")
    assert shop.get(order.id).card.last4 == "5454"


def test_try_the_same_card_again(shop: Shop, opened: Opened) -> None:
    order = shop.order_in("pending_payment")
    page = opened(f"/order?id={order.id}", who="customer")
    page.get_by_role("button", name="Try the same card again").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert shop.get(order.id).status == "accepted"


def test_see_that_the_time_to_pay_is_over(shop: Shop, opened: Opened) -> None:
    order = shop.order_in("pending_payment")
    page = opened(f"/order?id={order.id}", who="customer")
    shop.clock.advance(days=8)
    page.get_by_role("button", name="Try the same card again").click()
    expect(page.get_by_role("alert")).to_contain_text("The time to pay for this order is over.")
    shop.orders.run_due()
    page.goto(f"/order?id={order.id}")
    expect(page.get_by_text("The time to pay ended")).to_be_visible()
    expect(page.locator(".state")).to_contain_text("Expired")


def test_read_the_inbox(shop: Shop, opened: Opened) -> None:
    shop.order_in("accepted")
    page = opened("/inbox", who="customer")
    expect(page.get_by_role("article")).to_have_count(2)
    page.get_by_role("button", name="Mark these as read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    page.get_by_role("link", name="To the order").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Order")


def test_nobody_elses_order_is_there(shop: Shop, opened: Opened) -> None:
    order = shop.order_in("received")
    page = opened(f"/order?id={order.id}", who="other customer")
    expect(page.get_by_role("alert")).to_contain_text("There is no such page or order")
