"""No card number gets in, whatever its dress; and no long number that is none is kept out."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import orderflow
from orderflow import Customer, Item, Money, Note, ValidationError
from orderflow.free_text import check_id, cleaned, has_card_number
from orderflow.ids import new_id
from values.made import NOW, make

VISA = "4242424242424242"


def luhn(body: str) -> str:
    """The digits with their check digit: written apart from the code, as the standard's annex has it."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        number = int(digit) * (2 if place % 2 == 0 else 1)
        total += number // 10 + number % 10
    return body + str(-total % 10)


def number_of(prefix: str, length: int, filler: str = "7308194625") -> str:
    """A card number with a prefix and a length."""
    return luhn(prefix + (filler * 2)[: length - len(prefix) - 1])


NETWORKS = [
    *[(prefix, length) for prefix in ("4", "4111", "4999") for length in (13, 16, 19)],
    *[(prefix, 16) for prefix in ("51", "55", "2221", "2229", "2230", "2299", "23", "26", "270", "271", "2720")],
    ("34", 15),
    ("37", 15),
    *[(prefix, length) for prefix in ("6011", "644", "649", "65") for length in (16, 19)],
    *[(prefix, length) for prefix in ("300", "305", "3095", "36", "38", "39") for length in (14, 16, 19)],
    *[(prefix, length) for prefix in ("3528", "3529", "353", "3589") for length in (16, 19)],
    *[(prefix, length) for prefix in ("62", "81") for length in (16, 19)],
    *[(prefix, length) for prefix in ("5018", "5020", "5038", "56", "58", "6304", "6390", "67") for length in (13, 19)],
    *[(prefix, length) for prefix in ("2200", "2204") for length in (16, 19)],
    *[(prefix, 16) for prefix in ("5085", "5089", "6069", "607", "608", "6521", "6522", "9792")],
]
TEST_CARDS = [  # as gateways publish them
    "4242424242424242",
    "4000056655665556",
    "5555555555554444",
    "2223003122003222",
    "5200828282828210",
    "378282246310005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "3056930009020004",
    "36227206271667",
    "3566002020360505",
    "6200000000000005",
    "6205500000000000004",
    "6759649826438453",
]
NO_CARDS = [
    "4242424242424241",  # Luhn
    luhn("424242424242424242424"),  # too long
    luhn("42424242424"),  # too short
    "0000000000000000",  # no network
    number_of("1", 16),
    number_of("4", 14),  # no length of Visa's
    number_of("4", 15),
    number_of("4", 17),
    number_of("4", 18),
    number_of("51", 15),
    number_of("50", 16),
    number_of("2220", 16),
    number_of("2721", 16),
    number_of("34", 16),
    number_of("35", 15),
    number_of("3527", 16),
    number_of("3590", 16),
    number_of("643", 16),
    number_of("306", 14),
    number_of("2205", 16),
    number_of("9791", 16),
    "978-3-16-148410-0",  # an ISBN
    "+49 30 901820 4711 12",
    "2026-01-05 09:00:00.000000",
    "00340434292135100186",  # a parcel
    "DE89 3704 0044 0532 0130 00",  # a bank account
    "",
    "no digits at all",
]


@pytest.mark.parametrize(("prefix", "length"), NETWORKS)
def test_every_network_is_known_by_its_prefix_and_length(prefix: str, length: int) -> None:
    assert has_card_number(number_of(prefix, length))
    assert has_card_number(number_of(prefix, length, filler="2950683174"))


@pytest.mark.parametrize("number", TEST_CARDS)
def test_published_test_cards_are_card_numbers(number: str) -> None:
    assert has_card_number(number)


@pytest.mark.parametrize("number", NO_CARDS)
def test_other_long_numbers_are_none(number: str) -> None:
    assert not has_card_number(number)


@pytest.mark.parametrize(
    "written",
    [
        "4242 4242 4242 4242",
        "4242-4242-4242-4242",
        "4242 - 4242 - 4242 - 4242",
        "4242  4242  4242  4242",
        "42 42 42 42 42 42 42 42",
        "4 2 4 2 4 2 4 2 4 2 4 2 4 2 4 2",
        "424242 4242424242",
        "3782 822463 10005",
        "4242\t4242\t4242\t4242",
        "4242\n4242\r\n4242 4242",
        "4242\u00a04242\u202f4242\u20034242",
        "4242\u20104242\u20114242\u20124242",
        "4242\u20134242\u20144242\u22124242",
        "\uff14\uff12" * 8,
        "\u0664\u0662" * 8,
        "\u096a\u0968 42" + " 4242" * 3,
        "my card is 4242424242424242, thanks",
        "card4242424242424242exp1231",
        "4242424242424242/12/31",
        "order 17: 4242 4242 4242 4242 until 12 31",
        "17 4242 4242 4242 4242 123",
        "(4242424242424242)",
        "a\u00e94242424242424242\u00e9",
    ],
)
def test_a_card_number_is_seen_however_it_is_written(written: str) -> None:
    assert has_card_number(written)


@pytest.mark.parametrize("dash", ["-", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212"])
@pytest.mark.parametrize("digits", ["4242", "\uff14\uff12\uff14\uff12"])
def test_dashes_of_all_kinds_stand_between_groups(dash: str, digits: str) -> None:
    assert has_card_number(dash.join([digits] * 4))


@pytest.mark.parametrize("dash", ["\ufe58", "\ufe63", "\uff0d"])
def test_the_small_and_fullwidth_forms_of_dashes_are_dashes(dash: str) -> None:
    """Whoever types fullwidth digits types the fullwidth hyphen with them."""
    assert has_card_number(dash.join(["\uff14\uff12\uff14\uff12"] * 4))


@given(st.text(max_size=40), st.sampled_from(TEST_CARDS))
@settings(max_examples=100)
def test_a_card_number_is_seen_inside_any_text(around: str, number: str) -> None:
    assert has_card_number(f"{around}|{number}|{around}")


@given(st.integers(10**12, 10**19 - 1).map(str))
@settings(max_examples=300)
def test_no_number_that_fails_luhn_is_a_card_number(number: str) -> None:
    assert luhn(number[:-1]) == number or not has_card_number(number)


def test_order_ids_are_never_taken_for_card_numbers() -> None:
    for number in range(100_000):
        made = new_id("ord", NOW + timedelta(minutes=number))
        check_id(made, "id")
        assert not has_card_number(made)


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *[("Item", "name"), ("Item", "details"), ("Customer", "name"), ("Note", "text"), ("Card", "token")],
        *[("Card", "brand"), ("Actor", "name"), ("Order", "reason"), ("Fulfillment", "carrier")],
        *[("ShippingAddress", name) for name in ("name", "line1", "line2", "city", "region")],
    ],
)
def test_card_numbers_are_refused_where_people_write(kind: str, field: str) -> None:
    written = {"for": "4242 4242 4242 4242"} if field == "details" else "pay 4242 4242 4242 4242"

    with pytest.raises(ValidationError, match="must not hold a payment card number") as caught:
        make(_kind(kind), **{field: written})

    assert "4242" not in str(caught.value)


def test_card_numbers_are_refused_as_labels_of_details() -> None:
    with pytest.raises(ValidationError, match=r"a key of Item\.details must not hold a payment card number"):
        Item("Video", Money(1, "USD"), details={VISA: "x"})


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        *[("Fulfillment", "tracking_number"), ("ShippingAddress", "phone"), ("ShippingAddress", "postal_code")],
        *[("Order", "id"), ("Order", "store_id"), ("Customer", "id"), ("Item", "ref"), ("Approved", "transaction_id")],
        *[("Card", "payer"), ("OrderQuery", "text"), ("OrderQuery", "transaction_id"), ("Message", "body")],
    ],
)
def test_long_numbers_are_at_home_where_machines_write(kind: str, field: str) -> None:
    assert getattr(make(_kind(kind), **{field: VISA}), field) == VISA


def test_long_numbers_are_at_home_in_metadata() -> None:
    assert make(_kind("Order"), metadata={VISA: VISA}).metadata == {VISA: VISA}


@pytest.mark.parametrize(
    "character", [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF)]
)
def test_control_characters_and_lone_surrogates_are_refused_in_lines_and_ids(character: str) -> None:
    for build in (lambda text: Customer("1", text, "a@b.c"), lambda text: Customer(text, "Ana", "a@b.c")):
        with pytest.raises(ValidationError, match=f"U\\+{ord(character):04X}"):
            build(f"A{character}na")


@pytest.mark.parametrize(
    "character", [chr(c) for c in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0xD800, 0xDFFF)]
)
def test_texts_keep_line_feeds_and_tabs_alone(character: str) -> None:
    text = f"A{character}na"

    if character in "\n\t":
        assert make(Note, text=text).text == text
    else:
        with pytest.raises(ValidationError, match=f"U\\+{ord(character):04X}"):
            make(Note, text=text)


def test_texts_keep_the_carriage_return_before_a_line_feed() -> None:
    assert make(Note, text="one\r\ntwo").text == "one\r\ntwo"


@pytest.mark.parametrize("text", ["Zo\u00eb \u674e \U0001f382", "\u05e9\u05dc\u05d5\u05dd", "e\u0301", "a\u00a0b"])
def test_the_worlds_writing_is_taken(text: str) -> None:
    assert make(Customer, name=text).name == text


@pytest.mark.parametrize(
    ("kind", "field", "longest"),
    [("Customer", "id", 200), ("Customer", "name", 300), ("Note", "text", 10_000), ("Order", "reason", 10_000)],
)
def test_lengths_are_bounded(kind: str, field: str, longest: int) -> None:
    make(_kind(kind), **{field: "é" * longest})

    with pytest.raises(ValidationError, match=f"at most {longest} characters, not {longest + 1}"):
        make(_kind(kind), **{field: "é" * (longest + 1)})


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u3000 "])
def test_what_must_be_said_is_not_blank(blank: str) -> None:
    for kind, field in (("Customer", "id"), ("Customer", "name"), ("Note", "text"), ("Card", "token")):
        with pytest.raises(ValidationError, match=f"{kind}.{field} must not be empty"):
            make(_kind(kind), **{field: blank})


@given(st.text(st.characters(), max_size=300), st.integers(1, 200))
@settings(max_examples=200)
def test_what_is_cleaned_fits(text: str, longest: int) -> None:
    told = cleaned(text, longest)

    assert isinstance(told, str)
    assert len(told) <= longest
    told.encode()
    assert all(unicodedata.category(character) != "Cc" for character in told)


@pytest.mark.parametrize("value", [None, 1, b"x"])
def test_what_is_no_text_is_not_cleaned(value: Any) -> None:
    assert cleaned(value, 10) is value


def _kind(name: str) -> type[Any]:
    kind: type[Any] = getattr(orderflow, name)
    return kind


@pytest.mark.parametrize("between", ["    ", " -- ", "\u200b", " \u2060- "])
def test_however_the_groups_are_parted_it_is_a_card_number(between: str) -> None:
    assert has_card_number(between.join(["4242"] * 4))
