"""Finding orders: every filter, every sort, and what a row tells."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from orderflow import CardDeclined, Money, OrderQuery, OrderStatus, ValidationError
from reading.desk import START, Facts, found, ids, put
from shops import CUSTOMER, MERCHANT, OPERATOR, PRINT, VIDEO, Shop

MINUTE = timedelta(minutes=1)


def test_a_row_tells_what_the_order_page_shows(shop: Shop) -> None:
    order = shop.order_in("pending_payment", VIDEO, PRINT, PRINT)
    (row,) = shop.orders.find(OrderQuery(), by=MERCHANT).rows
    assert (row.id, row.placed_at, row.total) == (order.id, order.placed_at, Money("262.00", "USD"))
    assert (row.item_name, row.customer_name) == ("Birthday video + 2 more", "Ana")
    assert (row.status, row.payment_due_at) == ("pending_payment", order.placed_at + timedelta(days=7))
    assert (row.transaction_id, row.webhook, row.needs_review) == (order.transaction_id, "delivered", False)


def test_a_row_tells_one_items_name_as_it_is(shop: Shop) -> None:
    shop.submit()
    assert [row.item_name for row in shop.orders.find(OrderQuery(), by=MERCHANT).rows] == ["Birthday video"]


def test_a_row_tells_the_transaction_that_paid(shop: Shop) -> None:
    order = shop.order_in("accepted")
    charged = [entry.transaction_id for entry in shop.gateway.ledger if entry.purpose == "charge"]
    assert [row.transaction_id for row in shop.orders.find(OrderQuery(), by=MERCHANT).rows] == charged
    assert order.transaction_id == charged[0]


@pytest.mark.parametrize("status", list(OrderStatus))
def test_orders_are_found_by_their_status(shop: Shop, status: OrderStatus) -> None:
    order = shop.order_in(status)
    others = [one for one in OrderStatus if one is not status]
    assert found(shop.orders, statuses=[status]) == [order.id]
    assert found(shop.orders, statuses=[]) == [order.id]
    assert found(shop.orders, statuses=others) == []


DESK = (
    Facts(id="a", minute=1, cents=100_00, status=OrderStatus.ACCEPTED, transaction_id="ch_12"),
    Facts(id="b", minute=2, cents=200_00, items=("Signed print", "Song"), transaction_id="ch_1"),
    Facts(id="c", minute=3, cents=150_00, customer_id="m-43", customer_name="Éva Nagy-Kis", webhook="failed"),
    Facts(id="d", minute=3, cents=9_000, currency="JPY", store_id="studio-8", webhook="pending"),
    Facts(id="e", minute=4, cents=100_00, currency="EUR", items=("Straße 7",), webhook="delivered", needs_review=True),
    Facts(id="f", minute=5, verified=False),
    Facts(id="g", minute=6, verified=False, status=OrderStatus.DECLINED),
)
MOMENT = START + 3 * MINUTE


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "edcba"),
        ({"include_unverified": True}, "gfedcba"),
        ({"store_id": "studio-8"}, "d"),
        ({"store_id": "studio-9"}, ""),
        ({"customer_id": "m-43"}, "c"),
        ({"statuses": ["accepted"]}, "a"),
        ({"statuses": ["accepted", "received"]}, "edcba"),
        ({"statuses": ["declined"], "include_unverified": True}, "g"),
        ({"placed_from": MOMENT}, "edc"),
        ({"placed_from": MOMENT + timedelta(microseconds=1)}, "e"),
        ({"placed_until": MOMENT}, "ba"),
        ({"placed_until": MOMENT + timedelta(microseconds=1)}, "dcba"),
        ({"placed_from": MOMENT, "placed_until": MOMENT}, ""),
        ({"placed_from": MOMENT.astimezone(timezone(timedelta(hours=5)))}, "edc"),
        ({"total_min": Money("150.00", "USD")}, "cb"),
        ({"total_max": Money("150.00", "USD")}, "ca"),
        ({"total_min": Money("150.01", "USD"), "total_max": Money("400.00", "USD")}, "b"),
        ({"total_min": Money(0, "JPY")}, "d"),
        ({"total_max": Money("999999.00", "EUR")}, "e"),
        ({"total_min": Money(0, "GBP")}, ""),
        ({"transaction_id": "ch_1"}, "ba"),
        ({"transaction_id": "ch_12"}, "a"),
        ({"transaction_id": "h_1"}, ""),
        ({"transaction_id": "CH_1"}, ""),
        ({"transaction_id": ""}, "edcba"),
        ({"webhook": "failed"}, "c"),
        ({"webhook": "pending"}, "d"),
        ({"webhook": "delivered"}, "e"),
        ({"webhook": "none"}, "ba"),
        ({"needs_review": True}, "e"),
        ({"needs_review": False}, "dcba"),
        ({"store_id": "studio-7", "customer_id": "m-42", "transaction_id": "ch_", "statuses": ["received"]}, "b"),
    ],
    ids=str,
)
def test_a_filter_leaves_what_it_asks_for(shop: Shop, query: dict[str, Any], expected: str) -> None:
    put(shop.storage, *DESK)
    assert "".join(found(shop.orders, **query)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("birthday", "dca"),
        ("BIRTHDAY VIDEO", "dca"),
        ("video birthday", "dca"),
        ("vid", "dca"),
        ("irthday", ""),
        ("birthdays", ""),
        ("song", "b"),  # any item, not only the first
        ("ana", "edba"),
        ("ana print", "b"),  # the customer's name and an item's
        ("éva", "c"),
        ("ÉVA", "c"),
        ("kis", "c"),
        ("nagy-k", "c"),
        ("strasse", "e"),
        ("STRASSE 7", "e"),
        ("  video,  ", "dca"),
        ("", "edcba"),
        (" ", "edcba"),
        ("-", "edcba"),
        ("%", "edcba"),
        ("_", ""),
        ("video OR song", ""),
    ],
)
def test_each_word_begins_a_word_of_an_item_or_of_the_customer(shop: Shop, text: str, expected: str) -> None:
    put(shop.storage, *DESK)
    assert "".join(found(shop.orders, text=text)) == expected


def test_a_letter_and_its_accent_are_found_however_they_are_written(shop: Shop) -> None:
    put(shop.storage, Facts(id="1", items=("Caf\u00e9 visit",)), Facts(id="2", items=("Cafe\u0301 visit",)))
    for text in ("caf\u00e9", "cafe\u0301"):
        assert sorted(found(shop.orders, text=text)) == ["1", "2"]


SORTED = (
    Facts(id="1", minute=3, cents=200, items=("beta",), status=OrderStatus.ACCEPTED, transaction_id="t2"),
    Facts(id="2", minute=1, cents=100, items=("Zeta",), status=OrderStatus.RECEIVED, webhook="failed"),
    Facts(id="3", minute=2, cents=100, items=("alpha", "x"), status=OrderStatus.EXPIRED, transaction_id="T9"),
    Facts(id="4", minute=1, cents=900, currency="EUR", items=("äther",), webhook="pending", transaction_id="t10"),
    Facts(id="5", minute=3, cents=10_000, currency="JPY", items=("\uff5etilde",), webhook="delivered"),
    Facts(id="6", minute=2, cents=200, items=("\U0001f600 smile",), status=OrderStatus.DECLINED, webhook="failed"),
)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("placed_at", "243615"),
        ("total", "452136"),  # by currency, then amount: EUR, JPY, USD 1.00, 2.00, 2.00, 2.00
        ("item_name", "231456"),  # by code point: capitals, small letters, accents, full width, beyond the BMP
        ("status", "163245"),
        ("transaction_id", "256341"),  # None as empty text, and so first
        ("webhook", "526134"),
    ],
)
def test_orders_are_sorted_both_ways_and_ties_by_id(shop: Shop, sort: str, expected: str) -> None:
    put(shop.storage, *reversed(SORTED))
    assert "".join(found(shop.orders, sort=sort)) == expected
    assert "".join(found(shop.orders, sort=f"-{sort}")) == expected[::-1]


def test_the_latest_come_first_unless_told_otherwise(shop: Shop) -> None:
    put(shop.storage, *SORTED)
    assert "".join(found(shop.orders)) == "516342"


def test_moments_are_compared_to_the_microsecond(shop: Shop) -> None:
    orders = []
    for _ in range(3):
        orders.append(shop.submit().id)
        shop.clock.advance(microseconds=1)
    assert found(shop.orders, sort="placed_at") == orders
    assert found(shop.orders, placed_from=START + timedelta(microseconds=2)) == [orders[2]]


def test_a_page_holds_fifty_unless_told_otherwise(shop: Shop) -> None:
    put(shop.storage, *[Facts(id=f"{number:03}") for number in range(201)])
    assert len(found(shop.orders)) == 50
    assert len(found(shop.orders, limit=200)) == 200


def test_refused_and_unverified_orders_are_left_out_unless_asked_for(shop: Shop) -> None:
    shop.gateway.time_out_next("verification", effect=False)
    unverified = shop.submit(order_id="unverified")
    assert unverified.payment_in_progress
    with pytest.raises(CardDeclined):
        shop.submit(order_id="refused", token="tok_decline_expired_card")
    shop.submit(order_id="good")
    assert found(shop.orders) == ["good"]
    assert found(shop.orders, by=MERCHANT) == ["good"]
    assert found(shop.orders, by=CUSTOMER) == ["good"]
    everyone = found(shop.orders, include_unverified=True, sort="item_name")
    assert everyone == ["good", "refused", "unverified"]


def test_an_order_is_found_once_its_card_is_verified(shop: Shop) -> None:
    shop.gateway.time_out_next("verification", effect=True)
    order = shop.submit()
    assert found(shop.orders) == []
    shop.orders.check_payment(order.id)
    assert found(shop.orders) == [order.id]


@pytest.mark.parametrize("query", [None, {}, {"store_id": "studio-7"}, "studio-7"], ids=str)
def test_what_is_no_query_is_refused(shop: Shop, query: object) -> None:
    with pytest.raises(ValidationError):
        shop.orders.find(query, by=OPERATOR)


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": True},
        {"limit": "50"},
        {"sort": "customer_name"},
        {"sort": "--placed_at"},
        {"sort": None},
        {"statuses": "accepted"},
        {"statuses": ["sent"]},
        {"webhook": "lost"},
        {"placed_from": datetime(2026, 1, 1)},
        {"placed_from": "2026-01-01"},
        {"total_min": 100},
        {"total_min": Money(1, "USD"), "total_max": Money(2, "EUR")},
        {"text": "a\0b"},
        {"text": 5},
        {"needs_review": 1},
        {"include_unverified": None},
        {"store_id": ""},
        {"after": ""},
        {"after": 7},
    ],
    ids=str,
)
def test_a_query_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        OrderQuery(**wrong)


def test_a_query_takes_its_statuses_in_any_order(shop: Shop) -> None:
    """So a cursor fits, in whatever order a page's tick boxes come."""
    put(shop.storage, *DESK)
    page = shop.orders.find(OrderQuery(statuses=["received", "accepted"], limit=1), by=OPERATOR)
    again = OrderQuery(statuses={OrderStatus.ACCEPTED, OrderStatus.RECEIVED}, limit=1, after=page.next)
    assert ids(shop.orders.find(again, by=OPERATOR)) == ["d"]
