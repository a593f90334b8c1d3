"""What a merchant does on the order page, in a real browser."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from orderflow import Customer, Item, Money
from shops import MERCHANT, Shop

Opened = Callable[..., Page]


def a_few(shop: Shop) -> None:
    for name, price, who in (
        ("Cello song", "30.00", "Ana"),
        ("Art print", "10.00", "Bo"),
        ("Big video", "20.00", "Cy"),
    ):
        customer = Customer(who.lower(), who, f"{who.lower()}@home.example")
        shop.submit(Item(name, Money(price, "USD")), customer=customer, order_id=name.split()[0].lower())
        shop.clock.advance(hours=1)


def items(page: Page) -> list[str]:
    return page.locator("tbody th").all_inner_texts()


def test_sort_by_a_column_both_ways(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened()
    page.get_by_role("link", name="Price").click()
    expect(page.get_by_role("columnheader", name="Price")).to_have_attribute("aria-sort", "ascending")
    assert items(page) == ["Art print", "Big video", "Cello song"]
    page.get_by_role("link", name="Price").click()
    expect(page.get_by_role("columnheader", name="Price")).to_have_attribute("aria-sort", "descending")
    assert items(page) == ["Cello song", "Big video", "Art print"]


def test_filter_and_come_back_by_the_address(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened()
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Price from").fill("15")
    page.get_by_label("Item or customer name").fill("vid")
    page.get_by_role("button", name="Apply filters").click()
    assert items(page) == ["Big video"]
    again = opened(page.url)
    assert items(again) == ["Big video"]
    expect(again.get_by_label("Price from")).to_have_value("15")
    again.get_by_role("link", name="Clear filters").click()
    assert len(items(again)) == 3


def test_a_tab_shows_one_status_and_how_many(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    shop.orders.accept("art", by=MERCHANT)
    page = opened()
    page.get_by_role("link", name="Accepted 1").click()
    assert items(page) == ["Art print"]
    expect(page.get_by_role("link", name="Accepted 1")).to_have_attribute("aria-current", "page")


def test_leaf_through_pages(shop: Shop, opened: Opened) -> None:
    for number in range(30):
        shop.submit(Item(f"Item {number:02}", Money("1.00", "USD")))
        shop.clock.advance(seconds=1)
    page = opened("/?size=25")
    assert len(items(page)) == 25
    page.get_by_role("link", name="Next page").click()
    assert items(page) == [f"Item {number:02}" for number in (4, 3, 2, 1, 0)]
    page.get_by_role("link", name="Previous page").click()
    assert len(items(page)) == 25


def test_accept_an_order_and_complete_it(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened()
    page.get_by_role("link", name="Art print").click()
    page.locator("summary", has_text="Accept").click()
    expect(page.get_by_text("This charges 10.00 USD to the card, in full.")).to_be_visible()
    page.get_by_role("button", name="Accept and charge").click()
    expect(page.get_by_role("status")).to_contain_text("Accepted: the card was charged.")
    page.locator("summary", has_text="Complete").click()
    page.get_by_label("With a carrier").check()
    page.get_by_label("Carrier", exact=True).fill("DHL")
    page.get_by_label("Tracking number").fill("JD1")
    page.get_by_role("button", name="Complete this order").click()
    expect(page.get_by_role("status")).to_contain_text("Completed.")
    assert shop.get("art").status == "completed"


def test_decline_an_order_with_a_reason(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened("/order?id=big")
    page.locator("summary", has_text="Decline").click()
    page.get_by_label("Reason").fill("Booked out.")
    page.get_by_role("button", name="Decline this order").click()
    expect(page.get_by_role("status")).to_contain_text("Declined.")
    assert shop.get("big").reason == "Booked out."


def test_write_a_note(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened("/order?id=big")
    page.get_by_label("Note", exact=True).fill("Blue.\nNo hat.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("Blue.")).to_be_visible()
    assert shop.get("big").notes[0].text == "Blue.\nNo hat."


def test_refund_a_part(shop: Shop, opened: Opened) -> None:
    order = shop.order_in("completed")
    page = opened(f"/order?id={order.id}")
    page.locator("summary", has_text="Refund").click()
    page.get_by_label("Amount in USD").fill("20.00")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_role("status")).to_contain_text("The refund was sent.")
    assert str(shop.get(order.id).refunded) == "20.00 USD"


def test_accept_many_at_once(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened()
    page.get_by_label("Select order art").check()
    page.get_by_label("Select order big").check()
    page.get_by_role("button", name="Accept…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Accept 2 orders and charge their cards?")
    page.get_by_role("button", name="Yes, do it").click()
    expect(page.get_by_role("cell", name="done: now Accepted")).to_have_count(2)
    assert [shop.get(one).status for one in ("art", "big", "cello")] == ["accepted", "accepted", "received"]


def test_export_the_view(shop: Shop, opened: Opened, tmp_path: Path) -> None:
    a_few(shop)
    page = opened("/?item=print")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    download.value.save_as(tmp_path / "orders.csv")
    with (tmp_path / "orders.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["item_name"] for row in rows] == ["Art print"]


def test_send_a_webhook_again(shop: Shop, opened: Opened) -> None:
    shop.notifier.down = True
    order = shop.submit()
    shop.notifier.down = False
    page = opened(f"/order?id={order.id}")
    row = page.get_by_role("region", name="Webhook deliveries").get_by_role("row").nth(1)
    expect(row).to_contain_text("Waiting")
    row.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("region", name="Webhook deliveries").get_by_role("row").nth(1)).to_contain_text("Delivered")


def test_read_the_inbox(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened()
    page.get_by_role("link", name="Inbox, 3 unread").click()
    page.get_by_role("button", name="Mark these as read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    expect(page.get_by_role("link", name="Inbox", exact=True)).to_be_visible()


def test_times_are_in_the_viewers_zone_with_utc_in_the_title(shop: Shop, opened: Opened, scripts: bool) -> None:
    a_few(shop)
    page = opened()
    time = page.locator("tbody time").last
    expect(time).to_have_text("5 Jan 2026, 18:00" if scripts else "2026-01-05 09:00 UTC")
    expect(time).to_have_attribute("title", "2026-01-05 09:00 UTC")


def test_the_keyboard_is_enough(shop: Shop, opened: Opened) -> None:
    a_few(shop)
    page = opened("/order?id=art")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.locator("summary", has_text="Accept").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Accept and charge").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    assert shop.get("art").status == "accepted"
