"""Pages and their cursors: walking them shows every row once, and a cursor that is not one is refused."""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Money, OrderQuery, OrderStatus, OrderSummary, ValidationError, WebhookState
from orderflow.cursor import cursor_of, parts_of
from orderflow.message import inbox_cursor, inbox_position
from orderflow.query import SORT_KEYS, page_of, position_of, sort_key
from values.made import NOW, make

SORTS = [f"{sign}{key}" for key in SORT_KEYS for sign in ("", "-")]


def rows_in(query: OrderQuery, rows: list[OrderSummary]) -> list[OrderSummary]:
    """What a storage hands to `page_of`: one row more than asked, from the query's position on, nearest first."""
    position = position_of(query)
    back = position is not None and position.direction == "previous"
    downwards = query.descending is not back
    ordered = sorted(rows, key=lambda row: sort_key(row, query.sort), reverse=downwards)
    if position is not None:
        ordered = [row for row in ordered if position.admits(sort_key(row, query.sort), downwards=downwards)]
    return ordered[: query.limit + 1]


def walk(query: OrderQuery, rows: list[OrderSummary], direction: str) -> Iterator[tuple[OrderSummary, ...]]:
    """The pages from the query on, in one direction."""
    while True:
        page = page_of(query, rows_in(query, rows))
        yield page.rows
        after = getattr(page, direction)
        if after is None:
            return
        query = attrs.evolve(query, after=after)


summaries = st.builds(
    lambda number, minutes, name, units, status, transaction_id, webhook: make(
        OrderSummary,
        id=f"o-{number}",
        placed_at=NOW + timedelta(minutes=minutes),
        item_name=name,
        total=Money.from_minor_units(units, "USD" if units % 2 else "EUR"),
        status=status,
        transaction_id=transaction_id,
        webhook=webhook,
    ),
    st.integers(0, 10**6),
    st.integers(0, 3),
    st.sampled_from(["a", "B", "\u00e9", "\U0001f382"]),
    st.integers(0, 3),
    st.sampled_from(OrderStatus),
    st.sampled_from([None, "tx-1", "tx-2"]),
    st.sampled_from(WebhookState),
)


@given(st.lists(summaries, max_size=9, unique_by=lambda row: row.id), st.sampled_from(SORTS), st.integers(1, 4))
@settings(max_examples=150)
def test_walking_the_pages_shows_every_row_once_there_and_back(rows: list[OrderSummary], sort: str, limit: int) -> None:
    query = OrderQuery(sort=sort, limit=limit)
    expected = sorted(rows, key=lambda row: sort_key(row, sort), reverse=sort.startswith("-"))

    there = list(walk(query, rows, "next"))
    last = query
    for _ in there[1:]:
        last = attrs.evolve(last, after=page_of(last, rows_in(last, rows)).next)
    back = list(walk(last, rows, "previous"))

    assert [row for page in there for row in page] == expected
    assert [row for page in reversed(back) for row in page] == expected
    assert all(len(page) == limit for page in there[:-1])


def test_the_first_page_has_none_before_it_and_the_last_none_after_it() -> None:
    rows = [make(OrderSummary, id=f"o-{number}") for number in range(2)]
    first = page_of(OrderQuery(limit=1), rows)
    second = page_of(OrderQuery(limit=1, after=first.next), rows[1:])

    assert first.previous is None
    assert second.next is None
    assert second.previous is not None
    assert page_of(OrderQuery(), []).next is None


@pytest.mark.parametrize("sort", SORTS)
def test_from_a_page_that_has_emptied_the_ways_back_and_on_lose_no_row(sort: str) -> None:
    """What stood on it may have gone to another status meanwhile."""
    rows = sorted([make(OrderSummary, id="o-1"), make(OrderSummary, id="o-2")], key=lambda row: sort_key(row, sort))
    if sort.startswith("-"):
        rows.reverse()
    query = OrderQuery(limit=1, sort=sort)

    emptied = page_of(query, rows_in(query, rows))
    query = attrs.evolve(query, after=emptied.next)
    nothing = page_of(query, rows_in(query, rows[:1]))
    back = page_of(query, rows_in(attrs.evolve(query, after=nothing.previous), rows[:1]))
    query = attrs.evolve(query, after=nothing.previous)
    before = page_of(query, rows_in(query, []))
    query = attrs.evolve(query, after=before.next)
    on = page_of(query, rows_in(query, rows))

    assert (nothing.rows, nothing.next, back.rows) == ((), None, (rows[0],))
    assert (before.rows, before.previous, on.rows) == ((), None, (rows[0],))


@pytest.mark.parametrize("sort", SORTS)
def test_ties_are_broken_by_id(sort: str) -> None:
    assert sort_key(make(OrderSummary, id="o-1"), sort) < sort_key(make(OrderSummary, id="o-2"), sort)


def test_totals_sort_by_currency_and_then_by_amount() -> None:
    amounts = [Money(9, "EUR"), Money(10, "EUR"), Money(1, "JPY"), Money(0, "USD")]
    keys = [sort_key(make(OrderSummary, total=amount), "total") for amount in amounts]

    assert keys == sorted(keys)


def test_no_transaction_sorts_as_an_empty_one() -> None:
    assert sort_key(make(OrderSummary, transaction_id=None), "-transaction_id") == ("", "o-1")


def _cursor(**changes: Any) -> str:
    rows = [make(OrderSummary, id=f"o-{number}") for number in range(2)]
    after = page_of(OrderQuery(limit=1, **changes), rows).next
    assert after is not None
    return after


FILTERS: list[dict[str, Any]] = [
    *({"sort": sort} for sort in SORTS if sort != "-placed_at"),
    {"store_id": "studio-7"},
    {"store_id": "None"},
    {"customer_id": "m-42"},
    {"statuses": ["received"]},
    {"placed_from": NOW},
    {"placed_until": NOW},
    {"total_min": Money(1, "USD")},
    {"total_max": Money(1, "USD")},
    {"text": "video"},
    {"text": ""},
    {"transaction_id": "tx"},
    {"webhook": "none"},
    {"needs_review": False},
    {"include_unverified": True},
]


@pytest.mark.parametrize("asked", FILTERS, ids=str)
def test_a_cursor_of_another_sort_or_filter_is_refused(asked: dict[str, Any]) -> None:
    for cursor, query in ((_cursor(), asked), (_cursor(**asked), {})):
        with pytest.raises(ValidationError, match=r"OrderQuery\.after belongs to a page with another sort or filter"):
            position_of(OrderQuery(after=cursor, **query))


def test_a_cursor_stays_good_for_another_limit() -> None:
    assert position_of(OrderQuery(limit=200, after=_cursor())) is not None


def test_a_cursor_is_safe_in_a_url() -> None:
    assert set(_cursor(text="\u00e9")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")


@pytest.mark.parametrize("sort", SORTS)
def test_the_longest_row_makes_a_cursor(sort: str) -> None:
    """Ids and names may be of any characters, and the page that ends with such a row must be shown."""
    longest = {"id": "\U0001f382" * 200, "item_name": "\U0001f382" * 310, "transaction_id": "\U0001f382" * 200}
    rows = [make(OrderSummary, **longest), make(OrderSummary)]

    page = page_of(OrderQuery(limit=1, sort=sort), rows)

    assert position_of(OrderQuery(limit=1, sort=sort, after=page.next)) is not None


def _told(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%%",
        "\u00e9",
        "\ud83d\ude00",
        "a b",
        "=" * 8,
        _cursor()[:-1],
        _cursor()[:20],
        _cursor()[1:],
        _cursor() + "A",
        _cursor() * 2,
        _cursor().swapcase(),
        _cursor().replace("=", ""),
        *map(
            _told, ([], {}, None, 1, "x", [1, 2, 3], ["next"], ["next", "x"], ["next", "x", 1], ["next", "x", "y", "z"])
        ),
        *map(_told, ([None] * 3, [["next"], "x", "y"], [True, "x", "y"])),
        base64.urlsafe_b64encode(b"[" * 7000).decode(),
        base64.urlsafe_b64encode(b"9" * 7000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe[]").decode(),
        base64.urlsafe_b64encode(b"NaN").decode(),
        inbox_cursor((1, "o-1", 1)),
    ],
    ids=lambda value: ascii(value[:12]),
)
def test_a_broken_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationError, match=r"OrderQuery\.after"):
        position_of(OrderQuery(after=cursor))


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("-placed_at", ["1", "o"]),
        ("-placed_at", [1.5, "o"]),
        ("-placed_at", [True, "o"]),
        ("-placed_at", [None, "o"]),
        ("-placed_at", [2**63, "o"]),
        ("-placed_at", [-(2**63) - 1, "o"]),
        ("-placed_at", [1]),
        ("-placed_at", [1, "o", 1]),
        ("-placed_at", [1, "\x00"]),
        ("-placed_at", [1, "\ud800"]),
        ("total", ["USD", "1", "o"]),
        ("item_name", [1, "o"]),
        ("status", [["received"], "o"]),
    ],
)
def test_a_key_that_no_database_could_compare_is_refused(sort: str, key: list[Any]) -> None:
    parts = json.loads(base64.urlsafe_b64decode(_cursor(sort=sort)))

    with pytest.raises(ValidationError, match="it is broken"):
        position_of(OrderQuery(sort=sort, after=cursor_of(*parts[:-1], _told(key))))


def test_a_cursor_leads_on_or_back_and_nowhere_else() -> None:
    parts = json.loads(base64.urlsafe_b64decode(_cursor()))
    assert parts[0] == "next"

    with pytest.raises(ValidationError, match=r"OrderQuery\.after"):
        position_of(OrderQuery(after=cursor_of("sideways", *parts[1:])))


@given(
    st.text(min_size=1, max_size=60) | st.binary(max_size=60).map(lambda told: base64.urlsafe_b64encode(told).decode())
)
@settings(max_examples=300)
def test_whatever_comes_as_a_cursor_is_taken_or_refused(cursor: str) -> None:
    for read in (lambda: position_of(OrderQuery(after=cursor)), lambda: inbox_position(cursor)):
        with pytest.raises(ValidationError):
            read()


@given(st.data())
@settings(max_examples=200)
def test_a_cursor_with_one_character_changed_is_taken_or_refused(data: st.DataObject) -> None:
    cursor = _cursor()
    place = data.draw(st.integers(0, len(cursor) - 1))
    changed = cursor[:place] + data.draw(st.characters()) + cursor[place + 1 :]

    with contextlib.suppress(ValidationError):
        position_of(OrderQuery(after=changed))


@given(
    st.lists(
        st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
    )
)
@settings(max_examples=100)
def test_the_parts_of_a_cursor_come_back(parts: list[str | int]) -> None:
    assert parts_of(cursor_of(*parts), [type(part) for part in parts], "after") == tuple(parts)


def test_an_inbox_cursor_is_where_it_stood() -> None:
    assert inbox_position(inbox_cursor((-1, "o-1", 3))) == (-1, "o-1", 3)


@pytest.mark.parametrize("after", ["", "x", _cursor(), _told([1, "o"]), _told(["1", "o", 1]), _told([1, "o", 2**63])])
def test_a_broken_inbox_cursor_is_refused(after: str) -> None:
    with pytest.raises(ValidationError, match="after must be a cursor"):
        inbox_position(after)
