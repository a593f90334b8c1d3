"""Random orders and random queries, page by page, against a plain sorted list."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from orderflow import Money, OrderQuery, OrderStatus
from reading.desk import Facts, ids, put, walk
from shops import CUSTOMER, MERCHANT, OPERATOR, STORE, Shop

STORES = (STORE, "studio-8")
CUSTOMERS = ("m-42", "m-43")
NAMES = ("Ana", "ana bell", "Zed", "\u00c4da", "\uff21ki", "\U0001d49c")
ITEMS = ("Birthday video", "birthday", "Song", "song book", "\u00e4rmel", "\U0001f600 smile", "\uff5etilde")
TRANSACTIONS = (None, "t", "t1", "t12", "T1", "\u00e4")
STATUSES = tuple(OrderStatus)
HOOKS = ("none", "pending", "delivered", "failed")
CURRENCIES = ("USD", "EUR", "JPY")

facts = st.builds(
    Facts,
    id=st.text("abAB09-_", min_size=1, max_size=3),
    store_id=st.sampled_from(STORES),
    customer_id=st.sampled_from(CUSTOMERS),
    customer_name=st.sampled_from(NAMES),
    items=st.lists(st.sampled_from(ITEMS), min_size=1, max_size=2).map(tuple),
    minute=st.integers(0, 2),
    cents=st.sampled_from((0, 100, 200)),
    currency=st.sampled_from(CURRENCIES),
    status=st.sampled_from(STATUSES),
    verified=st.sampled_from((True, True, True, False)),
    transaction_id=st.sampled_from(TRANSACTIONS),
    webhook=st.sampled_from(HOOKS),
    needs_review=st.booleans(),
)
desks = st.lists(facts, max_size=14, unique_by=lambda one: one.id)

SORT_KEYS: dict[str, Any] = {
    "placed_at": lambda one: (one.minute, one.id),
    "total": lambda one: (one.currency, one.total, one.id),
    "item_name": lambda one: (code_points(one.item_name), one.id),
    "status": lambda one: (one.status.value, one.id),
    "transaction_id": lambda one: (code_points(one.transaction_id or ""), one.id),
    "webhook": lambda one: (one.webhook, one.id),
}


def code_points(text: str) -> list[int]:
    return [ord(character) for character in text]


@attrs.frozen
class Filter:
    """One filter: how it is asked for, and what it lets through, said independently of the library."""

    asked: dict[str, Any]
    takes: Any


def _moments() -> st.SearchStrategy[Filter]:
    bounds = st.tuples(st.integers(0, 3), st.integers(0, 3))
    return bounds.map(
        lambda between: Filter(
            {
                "placed_from": Facts(id="x", minute=between[0]).placed_at,
                "placed_until": Facts(id="x", minute=between[1]).placed_at,
            },
            lambda one: between[0] <= one.minute < between[1],
        )
    )


def _at_least(units: int, currency: str) -> Filter:
    return Filter(
        {"total_min": Money.from_minor_units(units, currency)},
        lambda one: one.currency == currency and one.total >= units,
    )


def _at_most(units: int, currency: str) -> Filter:
    return Filter(
        {"total_max": Money.from_minor_units(units, currency)},
        lambda one: one.currency == currency and one.total <= units,
    )


def _words(text: str) -> Filter:
    def takes(one: Facts) -> bool:
        words = " ".join((one.customer_name, *one.items)).lower().replace("\uff5e", " ").split()
        return all(any(word.startswith(start) for word in words) for start in text.lower().split())

    return Filter({"text": text}, takes)


def _of(name: str, value: object) -> Filter:
    return Filter({name: value}, lambda one: getattr(one, name) == value)


money = (st.sampled_from((0, 100, 150, 200, 400)), st.sampled_from(CURRENCIES))
filters = st.fixed_dictionaries(
    {},
    optional={
        "store": st.sampled_from(STORES).map(lambda one: _of("store_id", one)),
        "customer": st.sampled_from(CUSTOMERS).map(lambda one: _of("customer_id", one)),
        "webhook": st.sampled_from(HOOKS).map(lambda one: _of("webhook", one)),
        "review": st.booleans().map(lambda one: _of("needs_review", one)),
        "placed": _moments(),
        "total": st.builds(_at_least, *money) | st.builds(_at_most, *money),
        "text": st.sampled_from(("a", "AN", "bell ana", "birth vid", "so", "\u00e4", "tilde", "smile", "")).map(_words),
        "transaction": st.sampled_from(("", "t", "t1", "T", "x")).map(
            lambda start: Filter({"transaction_id": start}, lambda one: (one.transaction_id or "").startswith(start))
        ),
        "statuses": st.lists(st.sampled_from(STATUSES), min_size=1, max_size=4).map(
            lambda some: Filter({"statuses": some}, lambda one: one.status in some)
        ),
        "unverified": st.just(Filter({"include_unverified": True}, lambda one: True)),
    },
)
actors = st.sampled_from(
    (
        (OPERATOR, lambda one: True),
        (MERCHANT, lambda one: one.store_id == STORE),
        (CUSTOMER, lambda one: one.customer_id == "m-42"),
    )
)


def _may_ask(by: Any, asked: dict[str, Any]) -> bool:
    foreign_store = by is MERCHANT and asked.get("store_id", STORE) != STORE
    foreign_customer = by is CUSTOMER and asked.get("customer_id", "m-42") != "m-42"
    return not foreign_store and not foreign_customer


@settings(max_examples=400, deadline=None)
@given(
    desk=desks,
    chosen=filters,
    sort=st.sampled_from([f"{way}{key}" for key in SORT_KEYS for way in ("", "-")]),
    limit=st.integers(1, 5),
    actor=actors,
)
def test_every_page_is_a_piece_of_one_sorted_list(
    desk: list[Facts], chosen: dict[str, Filter], sort: str, limit: int, actor: tuple[Any, Any]
) -> None:
    by, may_see = actor
    asked = {name: value for one in chosen.values() for name, value in one.asked.items()}
    assume(_may_ask(by, asked))
    shop = Shop()
    put(shop.storage, *desk)
    expected = [
        one.id
        for one in sorted(desk, key=SORT_KEYS[sort.removeprefix("-")], reverse=sort.startswith("-"))
        if may_see(one) and (one.verified or "unverified" in chosen) and all(f.takes(one) for f in chosen.values())
    ]
    pieces = [expected[start : start + limit] for start in range(0, len(expected), limit)] or [[]]

    query = OrderQuery(sort=sort, limit=limit, **asked)
    there = walk(shop.orders, query, by)
    assert [ids(page) for page in there] == pieces
    assert there[0].previous is None
    if len(there) > 1:
        back = walk(shop.orders, attrs.evolve(query, after=there[-1].previous), by, back=True)
        assert [ids(page) for page in reversed(back)] == pieces[:-1]
        for page, following in zip(reversed(back), pieces[1:], strict=True):
            assert ids(shop.orders.find(attrs.evolve(query, after=page.next), by=by)) == following


@settings(max_examples=60, deadline=None)
@given(desk=desks, new=desks, sort=st.sampled_from(("placed_at", "-placed_at", "total", "-item_name")))
def test_what_arrives_on_the_way_hides_and_doubles_nothing(desk: list[Facts], new: list[Facts], sort: str) -> None:
    """Each order that was there from the first page on is seen exactly once."""
    shop = Shop()
    put(shop.storage, *desk)
    arriving = [one for one in new if one.id not in {old.id for old in desk}]
    query = OrderQuery(sort=sort, limit=2, include_unverified=True)
    seen, after = [], None
    for _ in range(60):
        page = shop.orders.find(attrs.evolve(query, after=after), by=OPERATOR)
        seen += ids(page)
        after = page.next
        if arriving:
            put(shop.storage, arriving.pop())
        if after is None:
            break
    there_before = {one.id for one in desk}
    assert sorted(one for one in seen if one in there_before) == sorted(there_before)
    assert len(seen) == len(set(seen))
