"""Money is exact, and refuses what is not."""

from __future__ import annotations

import copy
import decimal
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iso4217 import Currency

from orderflow import Money, ValidationError
from orderflow.money import CURRENCIES, CURRENCIES_PUBLISHED, exponent_of, total_of

MOST = 10**18 - 1
WITHOUT_UNITS = sorted(one.code for one in Currency if one.exponent is None)

moneys = st.builds(Money.from_minor_units, st.integers(-MOST, MOST), st.sampled_from(sorted(CURRENCIES)))
small = st.integers(-(10**17), 10**17).map(lambda units: Money.from_minor_units(units, "USD"))


def test_the_currencies_are_those_of_iso_4217_that_have_minor_units() -> None:
    assert dict(CURRENCIES) == {one.code: one.exponent for one in Currency if one.exponent is not None}


def test_the_list_of_currencies_is_the_one_that_it_says() -> None:
    assert CURRENCIES_PUBLISHED == "2026-01-01"


def test_the_currencies_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CURRENCIES["ABC"] = 2  # type: ignore[index]


@pytest.mark.parametrize("currency", WITHOUT_UNITS)
def test_what_iso_4217_gives_no_minor_units_is_no_money(currency: str) -> None:
    with pytest.raises(ValidationError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize(
    "currency", ["", "usd", "US", "USDT", "HRK", "BGN", " USD", "USD ", "USD\n", "\u0405UR", "840"]
)
def test_what_is_no_current_code_is_refused(currency: str) -> None:
    with pytest.raises(ValidationError, match="ISO 4217"):
        Money(1, currency)


@pytest.mark.parametrize("currency", [None, 840, b"USD", ["USD"], {}, True])
def test_what_is_no_text_is_no_currency(currency: Any) -> None:
    with pytest.raises(ValidationError, match="must be an ISO 4217 code"):
        Money(1, currency)


@pytest.mark.parametrize("currency", sorted(CURRENCIES))
def test_every_currency_keeps_its_places(currency: str) -> None:
    places = exponent_of(currency)
    least = Money.from_minor_units(1, currency)

    assert least == Money(Decimal(1).scaleb(-places), currency)
    assert Money(1, currency).minor_units == 10**places
    with pytest.raises(ValidationError, match=f"at most {places} decimal places, not {places + 1}"):
        Money(Decimal(1).scaleb(-places - 1), currency)


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("120.00", "USD", 12000),
        (120, "USD", 12000),
        (Decimal(120), "USD", 12000),
        (Decimal("1.2E+2"), "USD", 12000),
        (Decimal("12000E-2"), "USD", 12000),
        ("+0.07", "USD", 7),
        ("-0.07", "USD", -7),
        ("-0.00", "USD", 0),
        (Decimal("-0"), "USD", 0),
        ("007", "USD", 700),
        ("120", "JPY", 120),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
        ("0.1", "USD", 10),
    ],
)
def test_an_amount_becomes_whole_minor_units(amount: Any, currency: str, units: int) -> None:
    assert Money(amount, currency).minor_units == units


@pytest.mark.parametrize("amount", [1.0, 0.1, float("nan"), float("inf"), True, False, None, b"1", [1], (1,), {}, 1j])
def test_what_is_not_exact_is_refused(amount: Any) -> None:
    with pytest.raises(ValidationError, match="an amount must be a str, an int or a Decimal"):
        Money(amount, "USD")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "-NaN123", "Infinity", "-Infinity"])
def test_a_decimal_that_is_no_finite_number_is_refused(amount: str) -> None:
    with pytest.raises(ValidationError, match="finite"):
        Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    "amount",
    # the last ones: Arabic-Indic digits, fullwidth digits, a fullwidth full stop, a minus sign that is none
    [
        "",
        " ",
        ".",
        ".5",
        "5.",
        "1_000",
        "1,000.00",
        " 1",
        "1 ",
        "1\n",
        "\t1",
        "1 000",
        "1e3",
        "1E+3",
        "0x10",
        "NaN",
        "Infinity",
        "--1",
        "+-1",
        "$1",
        "1.2.3",
        "1\x00",
        "\ud800",
        "\u0661",
        "\uff11",
        "1\uff0e5",
        "\u22121",
    ],
)
def test_text_that_is_no_plain_number_is_refused(amount: str) -> None:
    with pytest.raises(ValidationError, match="must be digits with a point at most"):
        Money(amount, "USD")


@pytest.mark.parametrize(("amount", "currency"), [("1.5", "JPY"), ("1.000", "USD"), (Decimal("1E-999999999"), "USD")])
def test_more_places_than_the_currency_has_are_refused(amount: Any, currency: str) -> None:
    with pytest.raises(ValidationError, match="decimal places"):
        Money(amount, currency)


@pytest.mark.parametrize(
    "amount",
    [Decimal("1E+999999999"), Decimal("-1E+999999"), Decimal("9" * 5000), 10**5000, "9" * 20, 10**16],
    ids=["1E+999999999", "-1E+999999", "5000 digits", "10**5000", "20 digits", "10**16"],
)
def test_what_is_too_large_is_refused_before_it_is_written_out(amount: Any) -> None:
    with pytest.raises(ValidationError, match="at most 999999999999999999 minor units"):
        Money(amount, "USD")


def test_text_of_any_length_is_refused() -> None:
    with pytest.raises(ValidationError):
        Money("9" * 10_000_000, "USD")


@pytest.mark.parametrize("sign", [1, -1])
def test_every_sum_fits_64_bits(sign: int) -> None:
    most = Money.from_minor_units(sign * MOST, "USD")
    least = Money.from_minor_units(sign, "USD")

    for reach in (
        lambda: most + least,
        lambda: most * 2,
        lambda: most - -least,
        lambda: total_of([most, least], "USD"),
    ):
        with pytest.raises(ValidationError, match="at most"):
            reach()
    with pytest.raises(ValidationError, match="at most"):
        Money.from_minor_units(sign * 10**18, "USD")


@pytest.mark.parametrize("units", [True, 1.0, "1", None, Decimal(1)])
def test_minor_units_are_whole(units: Any) -> None:
    with pytest.raises(ValidationError, match="minor units must be an int"):
        Money.from_minor_units(units, "USD")


def test_minor_units_need_a_currency() -> None:
    with pytest.raises(ValidationError, match="ISO 4217"):
        Money.from_minor_units(1, "XXX")


@given(moneys)
@settings(max_examples=200)
def test_an_amount_comes_back_as_it_went_in(money: Money) -> None:
    text, currency = str(money).split()

    assert Money(text, currency) == money
    assert Money(money.amount, currency) == money
    assert Money.from_minor_units(money.minor_units, currency) == money
    assert eval(repr(money), {"Money": Money}) == money
    assert -money.amount.as_tuple().exponent == CURRENCIES[currency]


@given(moneys)
@settings(max_examples=50)
def test_the_hosts_decimal_context_has_no_say(money: Money) -> None:
    with decimal.localcontext(decimal.Context(prec=1, Emax=1, Emin=-1, traps=[decimal.Inexact, decimal.Rounded])):
        told = (str(money), repr(money), Money(str(money).split()[0], money.currency))

    assert told == (str(money), repr(money), money)


@pytest.mark.parametrize(
    ("money", "text"),
    [(Money("120", "USD"), "120.00 USD"), (Money(5, "JPY"), "5 JPY"), (Money("-0.001", "KWD"), "-0.001 KWD")],
)
def test_money_is_written_with_all_its_places(money: Money, text: str) -> None:
    assert str(money) == text
    assert repr(money) == "Money('{}', '{}')".format(*text.split())


@given(small, small, st.integers(-9, 9))
@settings(max_examples=100)
def test_arithmetic_is_that_of_whole_numbers(one: Money, other: Money, times: int) -> None:
    a, b = one.minor_units, other.minor_units

    assert [money.minor_units for money in (one + other, one - other, -one, one * times, times * one)] == [
        a + b,
        a - b,
        -a,
        a * times,
        a * times,
    ]
    assert [one < other, one <= other, one > other, one >= other, one == other] == [
        a < b,
        a <= b,
        a > b,
        a >= b,
        a == b,
    ]
    assert total_of([one, other], "USD") == one + other


def test_the_total_of_nothing_is_nothing() -> None:
    assert total_of([], "JPY") == Money(0, "JPY")


@pytest.mark.parametrize(("units", "truth"), [(0, False), (1, True), (-1, True)])
def test_money_is_true_if_it_is_something(units: int, truth: bool) -> None:
    money = Money.from_minor_units(units, "USD")

    assert bool(money) is truth
    assert money.is_zero is not truth


@pytest.mark.parametrize(
    "mix",
    [
        lambda usd, eur: usd + eur,
        lambda usd, eur: usd - eur,
        lambda usd, eur: usd < eur,
        lambda usd, eur: usd >= eur,
        lambda usd, eur: total_of([usd, eur], "USD"),
    ],
)
def test_currencies_do_not_mix(mix: Any) -> None:
    with pytest.raises(ValidationError, match="USD and EUR do not mix"):
        mix(Money(1, "USD"), Money(1, "EUR"))


@pytest.mark.parametrize("other", [0, 1, 1.0, "1.00", Decimal(1), None])
def test_money_goes_with_money_alone(other: Any) -> None:
    money = Money(1, "USD")

    for go in (lambda: money + other, lambda: money - other, lambda: money < other, lambda: money >= other):
        with pytest.raises(ValidationError, match="money goes with money"):
            go()
    assert money != other


@pytest.mark.parametrize("times", [1.0, True, "2", None, Decimal(2), Money(1, "USD")])
def test_money_is_multiplied_by_whole_numbers_alone(times: Any) -> None:
    with pytest.raises(ValidationError, match="multiplied by an int"):
        Money(1, "USD") * times


def test_equal_amounts_are_one_in_a_set() -> None:
    same = {Money("120.00", "USD"), Money(120, "USD"), Money(Decimal("1.2E2"), "USD")}

    assert same == {Money(120, "USD")}
    assert Money(120, "USD") != Money(120, "EUR")


@given(moneys)
@settings(max_examples=50)
def test_money_can_be_copied_and_pickled(money: Money) -> None:
    for twin in (copy.copy(money), copy.deepcopy(money), pickle.loads(pickle.dumps(money))):
        assert twin == money
        assert hash(twin) == hash(money)
        assert str(twin) == str(money)


def test_sum_adds_money_up() -> None:
    assert sum([Money("1.10", "USD"), Money("2.20", "USD")]) == Money("3.30", "USD")
    with pytest.raises(ValidationError):
        1 + Money("1.10", "USD")
