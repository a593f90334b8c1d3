"""A card is what the gateway's token stands for, and its token is shown nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from orderflow import Approved, Card, Order, PaymentAttempt, ValidationError
from values.made import make

SECRET = Card("tok_secret", "visa", "4242", 12, 2031, "cus_secret")


def test_neither_token_nor_payer_shows_in_a_repr() -> None:
    holders = [SECRET, Approved("tx", SECRET), make(PaymentAttempt, card=SECRET)]
    holders.append(make(Order, card=SECRET, attempts=[holders[-1]]))

    for holder in holders:
        assert "secret" not in f"{holder!r} {holder!s}"


def test_a_card_reads_as_people_know_it() -> None:
    assert repr(SECRET) == "Card(brand='visa', last4='4242', exp_month=12, exp_year=2031)"


@pytest.mark.parametrize(
    "last4", ["", "424", "42424", "424a", " 424", "4242\n", "\u0664\u0662\u0664\u0662", 4242, None, b"4242"]
)
def test_the_last_four_are_four_digits(last4: Any) -> None:
    with pytest.raises(ValidationError, match=r"Card\.last4 must be the last four digits"):
        make(Card, last4=last4)


def test_leading_zeroes_are_kept() -> None:
    assert make(Card, last4="0007").last4 == "0007"


@pytest.mark.parametrize(
    ("field", "values"), [("exp_month", (0, 13, "12", True, None)), ("exp_year", (31, 1999, 2200, "2031"))]
)
def test_an_expiry_is_a_month_and_a_year(field: str, values: tuple[Any, ...]) -> None:
    for value in values:
        with pytest.raises(ValidationError, match=rf"Card\.{field} must be"):
            make(Card, **{field: value})


def test_a_card_may_be_over_already() -> None:
    """Whether it is, is for the gateway to say."""
    assert make(Card, exp_month=1, exp_year=2000).exp_year == 2000


@pytest.mark.parametrize("token", ["", None, 1, "x" * 201, "tok\n1", "5555 5555 5555 4444", "378282246310005"])
def test_a_token_is_a_short_text_and_no_card_number(token: Any) -> None:
    with pytest.raises(ValidationError, match=r"Card\.token"):
        make(Card, token=token)


def test_a_card_needs_no_payer() -> None:
    assert make(Card, payer=None).payer is None
    with pytest.raises(ValidationError, match=r"Card\.payer"):
        make(Card, payer="")
