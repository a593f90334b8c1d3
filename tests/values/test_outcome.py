"""A gateway's answers: no decline is lost for its wording."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderflow import Approved, Card, Declined, NotSent, Pending, ValidationError
from values.made import CARD, PRICE, make

CARD_NUMBER = "4242 4242 4242 4242"
wordings = st.text(st.characters(), max_size=1100) | st.text(st.sampled_from("42 -x"), max_size=1100)


def _said(kind: type[Any], text: str) -> str:
    words: str = Declined("x", text).message if kind is Declined else NotSent(text).reason
    return words


@pytest.mark.parametrize("kind", [Declined, NotSent])
@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Not enough money.", "Not enough money."),
        ("", ""),
        ("one\r\ntwo\x00\x1b[31m\u2028\ud800", "one  two  [31m  "),
        (f"The card {CARD_NUMBER} is blocked", ""),
        ("42424242\n42424242", ""),
        ("x" * 1_001, "x" * 1_000),
    ],
)
def test_a_gateways_words_are_cleaned_and_never_refused(kind: type[Any], said: str, kept: str) -> None:
    assert _said(kind, said) == kept


@pytest.mark.parametrize("kind", [Declined, NotSent])
def test_no_cut_makes_a_card_number_of_a_longer_one(kind: type[Any]) -> None:
    """The cut is made after the search, so that what it leaves must be searched too."""
    assert "4242424242424242" not in _said(kind, "x" * 984 + "4242424242424242" + "0000")


@given(wordings)
@settings(max_examples=200)
def test_any_wording_of_a_decline_is_taken(said: str) -> None:
    declined = Declined("card_declined", said)

    assert len(declined.message) <= 1_000
    declined.message.encode()


@pytest.mark.parametrize("words", [None, 1, b"no", ["no"]])
def test_words_are_text(words: Any) -> None:
    with pytest.raises(ValidationError, match=r"Declined\.message must be text"):
        Declined("x", words)
    with pytest.raises(ValidationError, match=r"NotSent\.reason must be text"):
        NotSent(words)


@pytest.mark.parametrize("code", ["", " ", None, 51, "a\nb", "x" * 201])
def test_a_decline_has_a_code(code: Any) -> None:
    with pytest.raises(ValidationError, match=r"Declined\.code"):
        Declined(code)


@pytest.mark.parametrize("transaction_id", ["", None, 1, "a\nb", "x" * 201])
def test_an_approval_has_a_transaction(transaction_id: Any) -> None:
    with pytest.raises(ValidationError, match=r"Approved\.transaction_id"):
        Approved(transaction_id)


@pytest.mark.parametrize("card", ["tok_1", 1, PRICE, {"token": "tok_1"}])
def test_an_approvals_card_is_a_card(card: Any) -> None:
    with pytest.raises(ValidationError, match=r"Approved\.card must be of type Card"):
        Approved("tx", card)


def test_what_an_answer_can_do_without_it_may_leave_out() -> None:
    assert Approved("tx").card is None
    assert (Declined("x").message, Declined("x").transaction_id) == ("", None)
    assert (Pending().transaction_id, Pending().action_url) == (None, None)
    assert Approved("tx", make(Card)).card != CARD


def test_a_gateways_words_show_in_no_repr() -> None:
    assert "secret" not in repr([Declined("x", "secret"), NotSent("secret")])
