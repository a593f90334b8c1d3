"""What is ordered: a price that is not below zero, a whole quantity, details that are copied."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from orderflow import Item, Money, ValidationError
from values.made import make


@pytest.mark.parametrize(
    ("price", "quantity", "total"),
    [("35.50", 2, "71.00"), ("0.00", 1_000_000, "0.00"), ("0.01", 1_000_000, "10000.00")],
)
def test_a_total_is_price_times_quantity(price: str, quantity: int, total: str) -> None:
    assert make(Item, unit_price=Money(price, "USD"), quantity=quantity).total == Money(total, "USD")


def test_a_line_too_large_to_add_up_is_refused_at_once() -> None:
    with pytest.raises(ValidationError, match="at most 999999999999999999 minor units"):
        Item("Moon", Money("9000000000000000.00", "USD"), quantity=2)


@pytest.mark.parametrize("price", [Money("-0.01", "USD"), 120, "120.00", None, 1.5])
def test_a_price_is_money_not_below_zero(price: Any) -> None:
    with pytest.raises(ValidationError, match=r"Item\.unit_price must"):
        make(Item, unit_price=price)


@pytest.mark.parametrize(
    "quantity", [0, -1, 1_000_001, 1.0, "1", True, None, 10**5000], ids=lambda value: type(value).__name__
)
def test_a_quantity_is_whole_and_bounded(quantity: Any) -> None:
    with pytest.raises(ValidationError, match=r"Item\.quantity must be"):
        make(Item, quantity=quantity)


@pytest.mark.parametrize("physical", [1, 0, "yes", None])
def test_physical_is_true_or_false(physical: Any) -> None:
    with pytest.raises(ValidationError, match=r"Item\.physical must be True or False"):
        make(Item, physical=physical)


def test_details_are_copied_and_read_only() -> None:
    details = {"For": "Sam"}
    item = make(Item, details=details)

    details["For"] = "Eve"

    assert item.details == {"For": "Sam"}
    with pytest.raises(TypeError):
        item.details["For"] = "Eve"


def test_details_keep_their_order_and_their_lines() -> None:
    item = make(Item, details={"b": "one\ntwo", "a": ""})

    assert list(item.details.items()) == [("b", "one\ntwo"), ("a", "")]


def test_there_are_at_most_50_details_of_1000_characters() -> None:
    make(Item, details={str(number): "x" * 1_000 for number in range(50)})

    with pytest.raises(ValidationError, match=r"Item\.details must have at most 50 entries, not 51"):
        make(Item, details={str(number): "x" for number in range(51)})
    with pytest.raises(ValidationError, match=r"a value of Item\.details must have at most 1000 characters"):
        make(Item, details={"a": "x" * 1_001})
    with pytest.raises(ValidationError, match=r"a key of Item\.details must have at most 200 characters"):
        make(Item, details={"x" * 201: "a"})


@pytest.mark.parametrize(
    "details", [{1: "a"}, {"a": 1}, {"": "a"}, {None: "a"}, {"a": None}, {"a\nb": "a"}, {"a": ["b"]}]
)
def test_details_are_text_to_text(details: Any) -> None:
    with pytest.raises(ValidationError, match=r"a (key|value) of Item\.details"):
        make(Item, details=details)


@pytest.mark.parametrize("details", [None, [], [("For", "Sam")], "For: Sam", 1])
def test_details_are_a_mapping(details: Any) -> None:
    with pytest.raises(ValidationError, match=r"Item\.details must be a mapping of text to text"):
        make(Item, details=details)


def test_what_a_customer_wrote_shows_in_no_repr() -> None:
    assert "Sam" not in repr(make(Item))


def test_an_item_does_not_change() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        make(Item).quantity = 3
