"""Which orders a query asks for, as every adapter must agree."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from orderflow import (
    AttemptState,
    Customer,
    Item,
    Money,
    Order,
    OrderPage,
    OrderQuery,
    OrderStatus,
    PaymentAttempt,
    Purpose,
    ValidationError,
    WebhookState,
)
from orderflow.query import matches, search_words, summary_of, words
from values.made import ITEM, NOW, PRICE, SUMMARY, make

TICK = timedelta(microseconds=1)
REVIEW = make(PaymentAttempt, state=AttemptState.REVIEW, purpose=Purpose.CHARGE, transaction_id="ch_1")


def found(query: OrderQuery, webhook: WebhookState = WebhookState.NONE, **changes: Any) -> bool:
    order = make(Order, **changes)
    return matches(query, order, summary_of(order, webhook), search_words(order))


def test_the_defaults_are_those_of_the_design() -> None:
    query = OrderQuery()

    assert (query.sort, query.limit, query.include_unverified, query.statuses) == ("-placed_at", 50, False, ())
    assert (query.store_id, query.text, query.webhook, query.needs_review, query.after) == (None,) * 5
    assert (query.placed_from, query.placed_until, query.total_min, query.total_max) == (None,) * 4


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("store_id", value) for value in ("", 1, "a\nb", "x" * 201)],
        *[("statuses", value) for value in ("received", None, ["new"], [None], {"received": 1}, [["received"]])],
        *[("statuses", value) for value in ([10**5000], [{}], [OrderStatus.RECEIVED, 1])],
        *[("placed_from", value) for value in (NOW.replace(tzinfo=None), "2026-01-05", NOW.date())],
        *[("placed_until", value) for value in (NOW.replace(tzinfo=None), 1)],
        *[("total_min", value) for value in (1, "1.00 USD")],
        *[("total_max", value) for value in (1.5, {})],
        *[("text", value) for value in (1, "a\nb", "x" * 301)],
        *[("transaction_id", value) for value in (1, "a\x00")],
        *[("webhook", value) for value in ("lost", 1, True)],
        *[("customer_id", value) for value in ("", 42)],
        *[("needs_review", value) for value in (1, "yes")],
        *[("include_unverified", value) for value in (None, 1)],
        *[("sort", value) for value in ("", "-", "name", "--total", "TOTAL", None, 1, "total;drop")],
        *[("limit", value) for value in (0, -1, 201, "50", True, 50.0, None)],
        *[("after", value) for value in ("", 1, "x" * 10_001)],
    ],
    ids=lambda value: (
        value if isinstance(value, str) and value.isidentifier() and len(value) < 20 else type(value).__name__
    ),
)
def test_what_makes_no_query_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=rf"OrderQuery\.{field} must"):
        OrderQuery(**{field: value})


def test_both_ends_of_a_price_are_of_one_currency() -> None:
    with pytest.raises(ValidationError, match="of one currency"):
        OrderQuery(total_min=Money(1, "USD"), total_max=Money(1, "EUR"))


def test_statuses_are_taken_as_text_and_once() -> None:
    query = OrderQuery(statuses=["received", "accepted", OrderStatus.RECEIVED])

    assert sorted(query.statuses) == [OrderStatus.ACCEPTED, OrderStatus.RECEIVED]
    assert all(type(status) is OrderStatus for status in query.statuses)


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset])
def test_statuses_in_any_order_make_one_query(kind: type[Any]) -> None:
    """A set has another order in every process, and a cursor must be good in all of them."""
    one, other = OrderQuery(statuses=kind(OrderStatus)), OrderQuery(statuses=kind(reversed(OrderStatus)))

    assert one == other
    assert one.statuses == tuple(sorted(OrderStatus))
    assert one.fingerprint == other.fingerprint == OrderQuery(statuses=sorted(OrderStatus)).fingerprint


def test_a_webhook_state_is_taken_as_text() -> None:
    assert OrderQuery(webhook="failed").webhook is WebhookState.FAILED


@pytest.mark.parametrize(
    ("asked", "order", "yes"),
    [
        ({}, {}, True),
        ({}, {"verified": False}, False),
        ({"include_unverified": True}, {"verified": False}, True),
        ({"store_id": "studio-7"}, {}, True),
        ({"store_id": "studio-8"}, {}, False),
        ({"customer_id": "m-42"}, {}, True),
        ({"customer_id": "m-4"}, {}, False),
        ({"statuses": ["received", "accepted"]}, {}, True),
        ({"statuses": ["accepted"]}, {}, False),
        ({"placed_from": NOW}, {}, True),
        ({"placed_from": NOW + TICK}, {}, False),
        ({"placed_until": NOW + TICK}, {}, True),
        ({"placed_until": NOW}, {}, False),
        ({"placed_until": datetime(2026, 1, 5, 4, 0, 1, tzinfo=timezone(timedelta(hours=-5)))}, {}, True),
        ({"total_min": PRICE}, {}, True),
        ({"total_min": Money("120.01", "USD")}, {}, False),
        ({"total_max": PRICE}, {}, True),
        ({"total_max": Money("119.99", "USD")}, {}, False),
        ({"total_min": Money(0, "EUR")}, {}, False),
        ({"total_max": Money(10**9, "EUR")}, {}, False),
        ({"transaction_id": ""}, {}, True),
        ({"transaction_id": "ch"}, {}, False),
        ({"transaction_id": "ch"}, {"attempts": [REVIEW]}, True),
        ({"transaction_id": "h_1"}, {"attempts": [REVIEW]}, False),
        ({"needs_review": False}, {}, True),
        ({"needs_review": True}, {}, False),
        ({"needs_review": True}, {"attempts": [REVIEW]}, True),
        ({"needs_review": False}, {"attempts": [REVIEW]}, False),
        ({"webhook": "none"}, {}, True),
        ({"webhook": "failed"}, {}, False),
        ({"text": ""}, {}, True),
        ({"text": "..."}, {}, True),
        ({"text": "birth"}, {}, True),
        ({"text": "VIDEO birthDAY"}, {}, True),
        ({"text": "ana vid"}, {}, True),
        ({"text": "day"}, {}, False),
        ({"text": "birthday audio"}, {}, False),
        ({"text": "birthdays"}, {}, False),
        ({"text": "signed"}, {"items": [ITEM, make(Item, name="Signed print")]}, True),
    ],
)
def test_an_order_is_found_by_what_it_is(asked: dict[str, Any], order: dict[str, Any], yes: bool) -> None:
    assert found(OrderQuery(**asked), **order) is yes


def test_the_state_of_the_webhook_is_the_storages_to_know() -> None:
    assert found(OrderQuery(webhook=WebhookState.FAILED), WebhookState.FAILED)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Birthday video, for Sam!", ("birthday", "video", "for", "sam")),
        ("STRASSE Stra\u00dfe", ("strasse", "strasse")),
        (
            "\u0130zmir \u00c9t\u00e9 \u4f8b\u5b50 A4 x_y",
            ("i", "zmir", "\u00e9t\u00e9", "\u4f8b\u5b50", "a4", "x_y"),
        ),
        ("", ()),
        (" -- ", ()),
    ],
)
def test_words_are_letters_and_digits_whatever_their_case(text: str, told: tuple[str, ...]) -> None:
    assert words(text) == told


def test_an_order_is_found_by_its_items_and_its_customer() -> None:
    order = make(Order, items=[ITEM, make(Item, name="Signed video")], customer=make(Customer, name="Ana Lima"))

    assert search_words(order) == ("ana", "birthday", "lima", "signed", "video")


def test_a_row_tells_of_the_order() -> None:
    order = make(Order, attempts=[REVIEW])

    row = summary_of(order, WebhookState.FAILED)

    for name in ("id", "placed_at", "total", "status", "transaction_id", "needs_review", "payment_due_at"):
        assert getattr(row, name) == getattr(order, name)
    assert (row.customer_name, row.item_name, row.webhook) == ("Ana", "Birthday video", WebhookState.FAILED)


@pytest.mark.parametrize(("count", "name"), [(1, ""), (2, " + 1 more"), (100, " + 99 more")])
def test_a_row_names_the_first_item_and_counts_the_others(count: int, name: str) -> None:
    assert summary_of(make(Order, items=[ITEM] * count)).item_name == "Birthday video" + name


def test_the_longest_name_of_an_item_makes_a_row() -> None:
    long = make(Item, name="\u00e9" * 300)

    assert summary_of(make(Order, items=[long] * 100)).item_name.endswith("\u00e9 + 99 more")


def test_a_page_holds_rows() -> None:
    assert OrderPage([SUMMARY]).rows == (SUMMARY,)
    with pytest.raises(ValidationError, match=r"OrderPage\.rows must be"):
        OrderPage([None])
