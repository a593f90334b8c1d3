"""Pages of orders: there and back, and while orders arrive and change."""

from __future__ import annotations

import base64
import json
from typing import Any

import attrs
import pytest

from orderflow import OrderQuery, OrderStatus, ValidationError
from reading.desk import Facts, ids, put, walk
from shops import CUSTOMER, MERCHANT, OPERATOR, Shop

SORTS = [
    f"{way}{key}"
    for key in ("placed_at", "total", "item_name", "status", "transaction_id", "webhook")
    for way in ("", "-")
]
DESK = tuple(
    Facts(
        id=f"{number:02}",
        minute=number // 2,
        cents=100 * (number % 3),
        currency=("USD", "EUR")[number % 2],
        items=(("alpha", "Beta", "gamma")[number % 3],),
        status=list(OrderStatus)[number % 4],
        transaction_id=(None, "t1", "t2")[number % 3],
        webhook=("none", "pending", "failed")[number % 3],
    )
    for number in (7, 3, 10, 1, 5, 0, 9, 2, 8, 4, 6)
)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 4, 11])
def test_pages_hold_each_order_once_there_and_back(shop: Shop, sort: str, limit: int) -> None:
    put(shop.storage, *DESK)
    whole = ids(shop.orders.find(OrderQuery(sort=sort), by=OPERATOR))
    there = walk(shop.orders, OrderQuery(sort=sort, limit=limit))
    assert [one for page in there for one in ids(page)] == whole
    assert {len(page.rows) for page in there[:-1]} <= {limit}
    assert there[-1].rows
    back = walk(shop.orders, OrderQuery(sort=sort, limit=limit, after=there[-1].previous), back=True)
    if len(there) > 1:
        assert [page.rows for page in reversed(back)] == [page.rows for page in there[:-1]]


def test_the_first_page_has_none_before_it_and_the_last_none_after_it(shop: Shop) -> None:
    put(shop.storage, *DESK)
    pages = walk(shop.orders, OrderQuery(limit=4))
    assert [page.previous is None for page in pages] == [True, False, False]
    assert [page.next is None for page in pages] == [False, False, True]
    first = shop.orders.find(OrderQuery(limit=4, after=pages[1].previous), by=OPERATOR)
    assert first.previous is None
    assert shop.orders.find(OrderQuery(limit=4, after=first.next), by=OPERATOR).rows == pages[1].rows


def test_an_empty_list_is_one_empty_page(shop: Shop) -> None:
    page = shop.orders.find(OrderQuery(), by=MERCHANT)
    assert (page.rows, page.next, page.previous) == ((), None, None)


def test_the_size_of_a_page_may_change_on_the_way(shop: Shop) -> None:
    put(shop.storage, *DESK)
    whole = ids(shop.orders.find(OrderQuery(), by=OPERATOR))
    first = shop.orders.find(OrderQuery(limit=3), by=OPERATOR)
    second = shop.orders.find(OrderQuery(limit=6, after=first.next), by=OPERATOR)
    assert ids(second) == whole[3:9]


def test_orders_that_arrive_push_nothing_from_page_to_page(shop: Shop) -> None:
    """The merchant turns the page while customers order: no order is shown twice, none is left out."""
    earlier = []
    for _ in range(6):
        earlier.append(shop.submit().id)
        shop.clock.advance(minutes=1)
    seen, after = [], None
    for _ in range(3):
        page = shop.orders.find(OrderQuery(limit=2, after=after), by=MERCHANT)
        seen += ids(page)
        after = page.next
        shop.submit()
        shop.clock.advance(minutes=1)
    assert seen == earlier[::-1]
    assert after is None


def test_going_back_shows_what_has_arrived(shop: Shop) -> None:
    put(shop.storage, *[Facts(id=str(number), minute=number) for number in range(4)])
    first = shop.orders.find(OrderQuery(limit=2), by=OPERATOR)
    second = shop.orders.find(OrderQuery(limit=2, after=first.next), by=OPERATOR)
    put(shop.storage, Facts(id="new", minute=9))
    again = shop.orders.find(OrderQuery(limit=2, after=second.previous), by=OPERATOR)
    assert ids(again) == ["3", "2"]
    before = shop.orders.find(OrderQuery(limit=2, after=again.previous), by=OPERATOR)
    assert ids(before) == ["new"]


def test_a_page_begins_where_it_would_if_its_first_order_has_gone(shop: Shop) -> None:
    """A cursor is a place in the list, and not an order in it."""
    put(shop.storage, *[Facts(id=str(number), minute=number) for number in range(3)])
    page = shop.orders.find(OrderQuery(statuses=["received"], limit=2), by=OPERATOR)
    assert ids(page) == ["2", "1"]
    shop.orders.decline("1", by=MERCHANT)
    rest = shop.orders.find(OrderQuery(statuses=["received"], limit=2, after=page.next), by=OPERATOR)
    assert ids(rest) == ["0"]


def test_an_order_that_changes_moves_to_its_new_place(shop: Shop) -> None:
    put(shop.storage, *[Facts(id=str(number)) for number in range(4)])
    page = shop.orders.find(OrderQuery(sort="status", limit=2), by=OPERATOR)
    assert ids(page) == ["0", "1"]
    shop.orders.decline("2", by=MERCHANT)
    rest = shop.orders.find(OrderQuery(sort="status", limit=2, after=page.next), by=OPERATOR)
    assert ids(rest) == ["3"]
    before = shop.orders.find(OrderQuery(sort="status", limit=9, after=rest.previous), by=OPERATOR)
    assert ids(before) == ["2", "0", "1"]


def test_one_can_go_back_from_a_page_that_has_emptied(shop: Shop) -> None:
    put(shop.storage, *[Facts(id=str(number), minute=number) for number in range(3)])
    query = OrderQuery(statuses=["received"], limit=2)
    first = shop.orders.find(query, by=OPERATOR)
    shop.orders.decline("0", by=MERCHANT)
    second = shop.orders.find(attrs.evolve(query, after=first.next), by=OPERATOR)
    assert second.rows == ()
    assert second.next is None
    back = shop.orders.find(attrs.evolve(query, after=second.previous), by=OPERATOR)
    assert ids(back) == ["2", "1"]


def test_one_can_go_on_from_a_first_page_that_has_emptied(shop: Shop) -> None:
    put(shop.storage, *[Facts(id=str(number), minute=number) for number in range(3)])
    query = OrderQuery(statuses=["received"], limit=1)
    first = shop.orders.find(query, by=OPERATOR)
    second = shop.orders.find(attrs.evolve(query, after=first.next), by=OPERATOR)
    shop.orders.decline("2", by=MERCHANT)
    back = shop.orders.find(attrs.evolve(query, after=second.previous), by=OPERATOR)
    assert (back.rows, back.previous) == ((), None)
    assert ids(shop.orders.find(attrs.evolve(query, after=back.next), by=OPERATOR)) == ["1"]


@pytest.mark.parametrize(
    "other",
    [
        {"sort": "placed_at"},
        {"sort": "total"},
        {"store_id": "studio-7"},
        {"statuses": ["received"]},
        {"text": "a"},
        {"include_unverified": True},
        {"needs_review": False},
        {"webhook": "none"},
        {"transaction_id": ""},
    ],
    ids=str,
)
def test_a_cursor_of_another_sort_or_filter_is_refused(shop: Shop, other: dict[str, Any]) -> None:
    put(shop.storage, *DESK)
    after = shop.orders.find(OrderQuery(limit=1), by=OPERATOR).next
    with pytest.raises(ValidationError):
        shop.orders.find(OrderQuery(limit=1, after=after, **other), by=OPERATOR)


def cursor(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


MARK = OrderQuery().fingerprint


@pytest.mark.parametrize(
    "broken",
    [
        "x",
        "not a cursor",
        "é",
        "====",
        cursor(),
        cursor("next", 0, MARK),
        cursor("next", MARK, cursor(1, "ord-1")),
        cursor("next", None, MARK, cursor(1, "ord-1")),
        cursor(0, 0, MARK, cursor(1, "ord-1")),
        cursor("next", 0, MARK, "x"),
        cursor("next", 0, MARK, 5),
        cursor("next", 0, MARK, cursor()),
        cursor("next", 0, MARK, cursor("2026", "ord-1")),
        cursor("next", 0, MARK, cursor(1.0, "ord-1")),
        cursor("next", 0, MARK, cursor(True, "ord-1")),
        cursor("next", 0, MARK, cursor(1, None)),
        cursor("next", 0, MARK, cursor(1, "ord-1", 1)),
        cursor("next", 0, MARK, cursor(2**64, "ord-1")),
        cursor("next", 0, MARK, cursor(1, "\0")),
        cursor("next", 0, MARK, cursor(1, "\ud800")),
        cursor("next", 0, "another", cursor(1, "ord-1")),
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
    ],
)
def test_a_broken_cursor_is_refused(shop: Shop, broken: str) -> None:
    put(shop.storage, *DESK)
    for by in (OPERATOR, MERCHANT, CUSTOMER):
        with pytest.raises(ValidationError):
            shop.orders.find(OrderQuery(after=broken), by=by)


def test_the_cursor_that_the_others_are_broken_from_is_a_good_one(sync_shop: Shop) -> None:
    """Or the test above would refuse them for another reason."""
    put(sync_shop.storage, *DESK)
    sync_shop.orders.find(OrderQuery(after=cursor("next", 0, MARK, cursor(1, "ord-1"))), by=OPERATOR)


def test_a_cursor_with_a_piece_cut_out_or_changed_is_refused_or_leads_somewhere(sync_shop: Shop) -> None:
    """Never anything else than a page or a ValidationError, whatever a browser's address bar makes of it."""
    put(sync_shop.storage, *DESK)
    good = sync_shop.orders.find(OrderQuery(limit=1), by=OPERATOR).next
    for place in range(len(good)):
        for broken in (good[:place], good[:place] + good[place + 1 :], good[:place] + "A" + good[place + 1 :]):
            if broken:
                try:
                    sync_shop.orders.find(OrderQuery(limit=1, after=broken), by=OPERATOR)
                except ValidationError:
                    continue
