"""Bad input: an error of ours, and nothing written."""

from __future__ import annotations

import inspect
from contextlib import suppress
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commands.giving import in_review, latest
from orderflow import (
    Actor,
    Approved,
    Fulfillment,
    Item,
    Money,
    OrderflowError,
    OrderQuery,
    OrderService,
    ShippingAddress,
    ValidationError,
)
from shops import ANA, CUSTOMER, MERCHANT, OPERATOR, PRINT, SHIPPED, STORE, VIDEO, Shop, card

# In several parts of the text, and with a check digit that fits: what a card network would take.
CARD_NUMBERS = ("4242424242424242", "4242 4242 4242 4242", "my card: 5555-5555-5555-4444!", "378282246310005")

NEVER: Final[tuple[Any, ...]] = (
    object(),
    Ellipsis,
    3.5,
    float("nan"),
    float("inf"),
    Decimal("NaN"),
    10**30,
    -1,
    b"bytes",
    [object()],
    [[]],
    {"a": 1},
    {1, 2},
    (1, None),
    datetime(2026, 1, 5),
    type,
    lambda: None,
    Money("1.00", "CHF"),
    Actor,
    "\x00",
    "a\x1b[2Jb",
    "\ud800",
    "x" * 200_001,
)
EMPTY: Final = ("", "   ", "\u2003")

# method -> (the status in which it is called, its arguments, and what else each refuses besides `NEVER`)
Request = tuple[str, dict[str, Any], dict[str, tuple[Any, ...]]]
ID = (*EMPTY, None, True, "x" * 231, "a\nb")
KEY = tuple(one for one in ID if one is not None)
ACTOR = (None, "", "merchant", True, MERCHANT.role)
FREE_TEXT = (None, True, "x" * 10_001, *CARD_NUMBERS)

METHODS: Final[dict[str, Request]] = {
    "submit": (
        "received",
        {
            "store_id": STORE,
            "customer": ANA,
            "items": [VIDEO],
            "card": card(),
            "shipping_address": None,
            "metadata": {},
            "order_id": "ord-1",
        },
        {
            "store_id": ID,
            "customer": (None, CUSTOMER),
            "items": (None, [], (), [None], "Song", [VIDEO] * 101, [VIDEO, "Song"], {"item": VIDEO}),
            "card": (None, "tok_good"),
            "shipping_address": ("Rua 1", True),
            "metadata": (None, [("a", "b")], {"a": None}, {"": "x"}, {1: "x"}, {"a": "\x00"}, {"\ud800": "a"}),
            "order_id": KEY,
        },
    ),
    "accept": ("received", {"by": MERCHANT}, {}),
    "decline": ("received", {"by": MERCHANT, "reason": "no"}, {"reason": FREE_TEXT}),
    "cancel": ("received", {"by": CUSTOMER, "reason": "no"}, {"reason": FREE_TEXT}),
    "retry_payment": ("pending_payment", {"by": CUSTOMER, "card": card()}, {"card": ("tok_good", True)}),
    "complete": ("accepted", {"by": MERCHANT, "fulfillment": SHIPPED}, {"fulfillment": (None, "shipped", True)}),
    "refund": (
        "accepted",
        {"by": MERCHANT, "amount": Money(1, "USD"), "reason": "late"},
        {"amount": (5, "5.00", True, Money(0, "USD"), Money(-1, "USD"), Money(1, "EUR")), "reason": FREE_TEXT},
    ),
    "add_note": ("received", {"by": MERCHANT, "text": "hello"}, {"text": (*EMPTY, *FREE_TEXT)}),
    "resolve_payment": (
        "in review",
        {"by": OPERATOR, "key": "of1", "outcome": None, "evidence": "the books"},
        {"key": ID, "outcome": ("approved", True, Approved), "evidence": (*EMPTY, *FREE_TEXT)},
    ),
    "check_payment": ("received", {"key": None}, {"key": (*KEY, "of1_of_nobody")}),
    "get": ("received", {"by": MERCHANT}, {}),
    "find": ("received", {"query": OrderQuery(), "by": MERCHANT}, {"query": (None, STORE, OrderQuery)}),
    "counts": ("received", {"store_id": STORE, "by": MERCHANT}, {"store_id": ID}),
    "available_actions": ("received", {"by": MERCHANT}, {}),
    "inbox": (
        "received",
        {"by": MERCHANT, "unread_only": False, "limit": 50, "after": None},
        {"unread_only": (None, 0, 1, "yes"), "limit": (None, 0, 201, True, "5"), "after": ("", "abc", "e30=", True)},
    ),
    "mark_read": (
        "received",
        {"message_ids": ["a"], "by": MERCHANT},
        {"message_ids": (None, "a", b"a", {"a"}, [None], [""], ["a\x00"], ["a"] * 10_001)},
    ),
    "messages": ("received", {"by": MERCHANT}, {}),
    "redeliver": ("received", {"message_id": "ord.1", "by": MERCHANT}, {"message_id": ID}),
    "run_due": ("received", {"limit": 100}, {"limit": (None, 0, 10_001, True, "5")}),
}
COMMANDS = ("accept", "decline", "cancel", "retry_payment", "complete", "refund", "add_note", "resolve_payment")


def prepared(shop: Shop, method: str) -> dict[str, Any]:
    """Arguments that are all good, with an order that takes the call."""
    status, arguments, _ = METHODS[method]
    if method == "submit":
        return dict(arguments)
    order = in_review(shop, "received") if status == "in review" else shop.order_in(status)
    own: dict[str, Any] = {}
    if "order_id" in inspect.signature(getattr(OrderService, method)).parameters:
        own["order_id"] = order.id
    if method in COMMANDS:
        own["idempotency_key"] = "k-1"
    if method == "resolve_payment":
        own["key"] = latest(order, "charge").key
    if method == "redeliver":
        own["message_id"] = shop.orders.messages(order.id, by=MERCHANT)[0].id
    return {**arguments, **own}


def bad(method: str, name: str) -> tuple[Any, ...]:
    also = METHODS[method][2]
    if name in also:
        return (*NEVER, *also[name])
    return (*NEVER, *{"by": ACTOR, "order_id": ID, "idempotency_key": KEY}[name])


def parameters(method: str) -> list[str]:
    return [name for name in inspect.signature(getattr(OrderService, method)).parameters if name != "self"]


def test_every_method_of_the_service_is_tried() -> None:
    public = {name for name in vars(OrderService) if not name.startswith("_")}
    assert public == set(METHODS)


@pytest.mark.parametrize(
    ("method", "name"), [(method, name) for method in METHODS for name in parameters(method)], ids=str
)
def test_a_bad_argument_is_refused(shop: Shop, method: str, name: str) -> None:
    arguments = prepared(shop, method)
    before = shop.state()
    for junk in bad(method, name):
        with pytest.raises(OrderflowError):
            getattr(shop.orders, method)(**{**arguments, name: junk})
    assert shop.state() == before


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_argument_is_a_type_error(shop: Shop, method: str) -> None:
    arguments = prepared(shop, method)
    before = shop.state()
    with pytest.raises(TypeError):
        getattr(shop.orders, method)(**arguments, colour="blue")
    assert shop.state() == before


@pytest.mark.parametrize("method", METHODS)
def test_the_arguments_that_are_spoilt_here_are_good(shop: Shop, method: str) -> None:
    """Else the tests above would be green for a wrong reason."""
    getattr(shop.orders, method)(**prepared(shop, method))


TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)
ANYTHING = (
    st.sampled_from([*NEVER, *EMPTY, *CARD_NUMBERS, None, True, 0, 1, MERCHANT, OPERATOR, CUSTOMER, STORE])
    | TEXT
    | st.integers()
    | st.floats()
    | st.binary(max_size=5)
    | st.decimals()
    | st.lists(TEXT, max_size=3)
    | st.dictionaries(TEXT, TEXT, max_size=3)
    | st.datetimes()
)


@pytest.mark.parametrize("method", METHODS)
def test_whatever_comes_in_only_our_errors_come_out(method: str) -> None:
    shop = Shop()
    good = prepared(shop, method)

    @settings(max_examples=40, deadline=None, database=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        junk = {name: data.draw(ANYTHING, label=name) for name in good if data.draw(st.booleans())}
        before = shop.state()
        try:
            getattr(shop.orders, method)(**{**good, **junk})
        except OrderflowError:
            assert shop.state() == before

    check()


FIELDS = tuple(inspect.signature(OrderQuery).parameters)


@pytest.mark.parametrize("field", FIELDS)
def test_a_bad_filter_is_refused(field: str) -> None:
    for junk in (*NEVER, [[]], [{}], {"a": []}):
        if isinstance(junk, Money) and field.startswith("total"):
            continue
        with pytest.raises(ValidationError):
            OrderQuery(**{field: junk})


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=3))
def test_whatever_is_searched_for_only_our_errors_come_out(filters: dict[str, Any]) -> None:
    shop = Shop()
    shop.submit()
    for by in (CUSTOMER, MERCHANT, OPERATOR):
        with suppress(OrderflowError):
            shop.orders.find(OrderQuery(**filters), by=by)


@pytest.mark.parametrize("field", ["name", "details"])
@pytest.mark.parametrize("number", CARD_NUMBERS)
def test_a_card_number_is_refused_where_people_write(field: str, number: str) -> None:
    changes: dict[str, Any] = {"name": number} if field == "name" else {"details": {"For": number}}
    with pytest.raises(ValidationError) as raised:
        Item(**{"name": "Song", "unit_price": Money(5, "USD"), **changes})
    assert number not in str(raised.value)


def test_numbers_that_look_like_cards_are_taken_where_they_belong(shop: Shop) -> None:
    """Tracking numbers, phones, postcodes, ids and addresses of the web."""
    number = "4242424242424242"
    address = ShippingAddress("Ana", "Rua 1", "Lisboa", number, "PT", phone=number)
    order = shop.submit(PRINT, shipping_address=address, order_id=number, metadata={"ref": number})
    shop.orders.accept(order.id, by=MERCHANT, idempotency_key=number)
    shipped = Fulfillment.shipped("DHL", number)
    answer = shop.orders.complete(order.id, by=Actor.merchant(STORE, number), fulfillment=shipped)
    assert (answer.fulfillment, answer.shipping_address) == (shipped, address)
    assert any(number in message.body for message in shop.notifier.sent if message.kind == "completed")
    digital = Fulfillment.digital(f"https://example.com/{number}")
    other = shop.order_in("accepted")
    assert shop.orders.complete(other.id, by=MERCHANT, fulfillment=digital).fulfillment == digital


def test_no_error_repeats_what_was_passed_in(shop: Shop) -> None:
    order = shop.order_in("received")
    for method, changes in (
        ("decline", {"reason": "secret\x00"}),
        ("add_note", {"text": "secret 4242 4242 4242 4242"}),
        ("accept", {"idempotency_key": "secret\n"}),
    ):
        with pytest.raises(ValidationError) as raised:
            getattr(shop.orders, method)(order.id, by=MERCHANT, **changes)
        assert "secret" not in str(raised.value)
