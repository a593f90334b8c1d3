"""The order page: its columns, sorts, filters, tabs and pages, all in its address."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from orderflow import Customer, Item, Money
from orderflow.testing import Faulty
from shops import MERCHANT, STORE, Shop
from visitors import Page, Visitor, pages_of

COLUMNS = ["Date of the request", "Item", "Customer", "Price", "Status", "Transaction ID", "Webhook"]


def a_few(shop: Shop) -> None:
    """Orders that differ in everything: one an hour, from 09:00."""
    for name, price, who in (
        ("Cello song", "30.00", "Ana"),
        ("Art print", "10.00", "Bo"),
        ("Big video", "20.00", "Cy"),
    ):
        order = shop.submit(
            Item(name, Money(price, "USD")), customer=Customer(who.lower(), who, f"{who.lower()}@home.example")
        )
        if name == "Art print":
            shop.orders.accept(order.id, by=MERCHANT)
        shop.clock.advance(hours=1)


def items(page: Page) -> list[str]:
    return [row[2] for row in page.rows]


def test_a_row_has_the_date_the_item_the_customer_the_price_the_status_the_transaction_and_the_webhook(
    shop: Shop,
) -> None:
    a_few(shop)
    page = Visitor(pages_of(shop)).get("/")
    assert [one.removesuffix(" ▼") for one in page.said("th")[:8]] == ["Select", *COLUMNS]
    [_, row, _] = page.rows
    assert row[1:6] == ["2026-01-05 10:00 UTC", "Art print", "Bo", "10.00 USD", "Accepted"]
    assert row[6].startswith("charge_")
    assert row[7] == "Delivered"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("item_name", ["Art print", "Big video", "Cello song"]),
        ("-item_name", ["Cello song", "Big video", "Art print"]),
        ("total", ["Art print", "Big video", "Cello song"]),
        ("-total", ["Cello song", "Big video", "Art print"]),
        ("placed_at", ["Cello song", "Art print", "Big video"]),
        ("-placed_at", ["Big video", "Art print", "Cello song"]),
    ],
)
def test_columns_sort_both_ways_and_say_so(shop: Shop, sort: str, expected: list[str]) -> None:
    a_few(shop)
    page = Visitor(pages_of(shop)).get("/", sort=sort)
    assert items(page) == expected
    [sorted_by] = [one for one in page.all("th") if one.get("aria-sort") in ("ascending", "descending")]
    assert sorted_by.get("aria-sort") == ("descending" if sort.startswith("-") else "ascending")
    assert len([one for one in page.all("th") if one.get("aria-sort") == "none"]) == 5


@pytest.mark.parametrize("column", ["Date of the request", "Item", "Price", "Status", "Transaction ID", "Webhook"])
def test_a_columns_link_turns_its_sort_around(sync_shop: Shop, column: str) -> None:
    a_few(sync_shop)
    visitor = Visitor(pages_of(sync_shop))
    address, seen = "/", []
    for _ in range(3):
        page = visitor.get(address)
        address = next(url for words, url in page.links().items() if words.split(" ▼")[0].split(" ▲")[0] == column)
        seen.append(parse_qs(urlsplit(address).query)["sort"][0])
    assert seen[0] == seen[2] != seen[1]
    assert {one.removeprefix("-") for one in seen} == {seen[0].removeprefix("-")}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"status": "accepted"}, ["Art print"]),
        ({"status": "completed"}, []),
        ({"from": "2026-01-05", "until": "2026-01-05"}, ["Big video", "Art print", "Cello song"]),
        ({"from": "2026-01-06"}, []),
        ({"until": "2026-01-04"}, []),
        ({"min": "20"}, ["Big video", "Cello song"]),
        ({"max": "20.00", "currency": "usd"}, ["Big video", "Art print"]),
        ({"min": "1", "currency": "EUR"}, []),
        ({"item": "art"}, ["Art print"]),
        ({"item": "cy"}, ["Big video"]),
        ({"transaction": "charge_"}, ["Art print"]),
        ({"webhook": "delivered"}, ["Big video", "Art print", "Cello song"]),
        ({"webhook": "failed"}, []),
        ({"customer": "bo"}, ["Art print"]),
        ({"review": "yes"}, []),
        ({"review": "no", "status": "received"}, ["Big video", "Cello song"]),
        ({"unknown": "x", "item": "  "}, ["Big video", "Art print", "Cello song"]),
    ],
)
def test_filters_leave_out_the_rest(shop: Shop, asked: dict[str, str], expected: list[str]) -> None:
    a_few(shop)
    assert items(Visitor(pages_of(shop)).get("/", **asked)) == expected


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ({"from": "yesterday"}, "from must be a day such as 2026-01-31"),
        ({"until": "9999-12-31"}, "until must be a day"),
        ({"min": "ten"}, "min: "),
        ({"min": "1", "currency": "XYZZY"}, "min: "),
        ({"status": "stolen"}, "status must be one of received"),
        ({"webhook": "lost"}, "'none', 'pending', 'delivered', 'failed'"),
        ({"review": "maybe"}, "review must be yes or no"),
        ({"size": "1000000"}, "size must be one of 25, 50, 100, 200"),
        ({"sort": "id; DROP TABLE orders"}, "OrderQuery.sort must be one of placed_at"),
        ({"after": "broken"}, "OrderQuery.after must be a cursor"),
    ],
)
def test_a_filter_that_is_not_as_it_must_be_is_said_and_the_form_stays(
    shop: Shop, asked: dict[str, str], why: str
) -> None:
    a_few(shop)
    page = Visitor(pages_of(shop)).get("/", **{"item": "kept", **asked})
    assert page.status == 400
    assert why in page.words("p", role="alert")
    assert page.all("input", name="item")[0].get("value") == "kept"
    assert not page.rows


def test_a_view_can_be_bookmarked_and_its_form_says_what_it_shows(sync_shop: Shop) -> None:
    a_few(sync_shop)
    asked = {
        "status": "received",
        "from": "2026-01-05",
        "min": "5",
        "item": "b",
        "webhook": "delivered",
        "sort": "total",
    }
    page = Visitor(pages_of(sync_shop)).get("/", **asked, size="25")
    form = {one.get("name"): one.get("value") for one in page.all("input")}
    assert {name: form[name] for name in ("status", "from", "min", "item", "sort")} == {
        name: asked[name] for name in ("status", "from", "min", "item", "sort")
    }
    assert [one.get("value") for one in page.all("option", selected="")] == ["delivered", None]
    assert page.all("details")[0].get("open") is not None
    for url in page.links().values():
        if "status=accepted" in url:
            assert {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()} == {
                **asked,
                "status": "accepted",
                "size": "25",
            }


def test_tabs_count_the_orders_in_each_status(shop: Shop) -> None:
    a_few(shop)
    page = Visitor(pages_of(shop)).get("/", status="accepted")
    tabs = [words for words in page.links() if words.split(" ")[0] in ("All", "Received", "Accepted", "Completed")]
    assert tabs == ["All 3", "Received 2", "Accepted 1", "Completed 0"]
    [chosen] = page.all("a", **{"aria-current": "page"})
    assert "".join(chosen.itertext()).startswith("Accepted")


def test_operators_see_all_stores_and_the_counts_of_the_one_they_choose(shop: Shop) -> None:
    a_few(shop)
    shop.submit(Item("Other", Money("1.00", "USD")), store_id="studio-8")
    operator = Visitor(pages_of(shop), "operator")
    everything, one = operator.get("/"), operator.get("/", store=STORE)
    assert (len(everything.rows), len(one.rows)) == (4, 3)
    assert "All" in everything.links()
    assert "All 3" in one.links()


def test_pages_lead_there_and_back_while_orders_arrive(shop: Shop) -> None:
    for number in range(60):
        shop.submit(Item(f"Item {number:02}", Money("1.00", "USD")))
        shop.clock.advance(seconds=1)
    visitor = Visitor(pages_of(shop))
    first = visitor.get("/", size="25")
    shop.submit(Item("Late", Money("1.00", "USD")))
    second = visitor.get(first.links()["Next page"])
    third = visitor.get(second.links()["Next page"])
    assert [len(items(page)) for page in (first, second, third)] == [25, 25, 10]
    assert items(first) + items(second) + items(third) == [f"Item {number:02}" for number in reversed(range(60))]
    assert "Next page" not in third.links()
    assert "Previous page" not in first.links()
    assert items(visitor.get(third.links()["Previous page"])) == items(second)
    assert items(visitor.get(third.links()["First page"]))[0] == "Late"


def test_a_page_of_another_view_is_refused_in_words(sync_shop: Shop) -> None:
    for _ in range(30):
        sync_shop.submit()
    visitor = Visitor(pages_of(sync_shop))
    url = visitor.get("/", size="25").links()["Next page"]
    page = visitor.get(url + "&sort=total")
    assert page.status == 400
    assert "begin with the first page" in page.words("p", role="alert")


def test_an_empty_shop_and_an_empty_view_say_different_things(shop: Shop) -> None:
    visitor = Visitor(pages_of(shop))
    assert "There are no orders yet." in visitor.get("/").words("main")
    shop.submit()
    assert "No order matches these filters." in visitor.get("/", item="nothing").words("main")


def test_what_needs_review_is_marked(shop: Shop) -> None:
    order = shop.order_in("received")
    shop.submit(Item("Other", Money("1.00", "USD")))
    shop.gateway.conclusive_lookup = False
    shop.gateway.time_out_next("charge", effect=False)
    shop.orders.accept(order.id, by=MERCHANT)
    shop.clock.advance(days=30)
    shop.orders.run_due()
    shop.clock.advance(days=1)
    shop.orders.run_due()
    page = Visitor(pages_of(shop)).get("/")
    assert sorted(row[5] for row in page.rows) == ["Received", "Received Needs review"]
    assert items(Visitor(pages_of(shop)).get("/", review="yes")) == ["Birthday video"]


@pytest.mark.parametrize("many", [10, 150])
def test_the_page_asks_the_storage_a_constant_number_of_times(sync_shop: Shop, many: int) -> None:
    for _ in range(many):
        sync_shop.submit()
    storage = Faulty(sync_shop.storage)
    sync_shop.orders = sync_shop.service(storage=storage)
    Visitor(pages_of(sync_shop)).get("/", size="100")
    assert sorted(storage.calls) == ["counts", "find", "inbox"]


def test_times_are_in_utc_for_those_without_the_script(sync_shop: Shop) -> None:
    sync_shop.clock.advance(microseconds=1)
    sync_shop.submit()
    [time] = Visitor(pages_of(sync_shop)).get("/").all("time")
    assert time.get("datetime") == "2026-01-05T09:00:00Z"
    assert time.get("title") == "".join(time.itertext()) == "2026-01-05 09:00 UTC"


def test_orders_of_seven_weeks_ago_are_found_by_their_days(sync_shop: Shop) -> None:
    sync_shop.submit()
    sync_shop.clock.advance(days=1)
    sync_shop.submit()
    visitor = Visitor(pages_of(sync_shop))
    day = sync_shop.clock.now() - timedelta(days=1)
    assert len(visitor.get("/", until=day.date().isoformat()).rows) == 1
    assert len(visitor.get("/", **{"from": day.date().isoformat()}).rows) == 2
