"""Exact money: whole minor units of an ISO 4217 currency, never a float."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import total_ordering
from types import MappingProxyType
from typing import Final

import attrs

from .errors import ValidationError

__all__ = ["CURRENCIES", "CURRENCIES_PUBLISHED", "Money", "total_of"]

#: The date of the list that `CURRENCIES` was taken from: ISO 4217 list one, as its maintenance agency published it.
CURRENCIES_PUBLISHED: Final = "2026-01-01"

_BY_EXPONENT: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY
        COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
        INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
        MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
        STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}

#: The number of decimal places of every currency and fund of ISO 4217 that has minor units.
CURRENCIES: Final[Mapping[str, int]] = MappingProxyType(
    {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
)

# Every sum still fits the 64-bit integers that databases keep.
_MOST_UNITS: Final = 10**18 - 1
_MOST_DIGITS: Final = 20
_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,20}(?:\.[0-9]{1,20})?")


@total_ordering
@attrs.frozen(init=False, repr=False, order=False)
class Money:
    """An exact amount of one currency.

    `Money("120.00", "USD")`, `Money(120, "USD")` and `Money(Decimal("120"), "USD")` are equal.

    Args:
        amount: A str such as `"120.00"`, an int of whole units (not of minor units), or a finite Decimal.
        currency: An ISO 4217 code such as `"USD"`, in capitals.

    Attributes:
        minor_units: The amount in the currency's smallest unit: 12000 for 120.00 USD, 120 for 120 JPY.
        currency: The ISO 4217 code.

    Raises:
        ValidationError: For floats, bools, unknown currencies, more places than the currency has, amounts of 10**18
            minor units or more, and for arithmetic or comparison across currencies.
    """

    minor_units: int
    currency: str

    def __init__(self, amount: str | int | Decimal, currency: str) -> None:
        exponent = exponent_of(currency)
        _set(self, _to_minor_units(amount, currency, exponent), currency)

    @classmethod
    def from_minor_units(cls, minor_units: int, currency: str) -> Money:
        """Money from whole minor units: `Money.from_minor_units(12000, "USD")` is 120.00 USD."""
        exponent_of(currency)
        if not isinstance(minor_units, int) or isinstance(minor_units, bool):
            raise ValidationError(f"minor units must be an int, not {type(minor_units).__name__}")
        return _made(minor_units, currency)

    @property
    def amount(self) -> Decimal:
        """The amount as a Decimal with exactly the currency's places."""
        digits = tuple(int(digit) for digit in str(abs(self.minor_units)))
        return Decimal((int(self.minor_units < 0), digits, -CURRENCIES[self.currency]))

    @property
    def is_zero(self) -> bool:
        """Whether it is nothing."""
        return self.minor_units == 0

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __repr__(self) -> str:
        return f"Money('{self.amount:f}', '{self.currency}')"

    def __bool__(self) -> bool:
        return self.minor_units != 0

    def __neg__(self) -> Money:
        return _made(-self.minor_units, self.currency)

    def __add__(self, other: Money) -> Money:
        return _made(self.minor_units + _same_currency(self, other).minor_units, self.currency)

    def __radd__(self, other: Money | int) -> Money:
        """For `sum`, which begins with 0."""
        return self if type(other) is int and other == 0 else self + _same_currency(self, other)

    def __sub__(self, other: Money) -> Money:
        return _made(self.minor_units - _same_currency(self, other).minor_units, self.currency)

    def __mul__(self, times: int) -> Money:
        if not isinstance(times, int) or isinstance(times, bool):
            raise ValidationError(f"money is multiplied by an int, not by {type(times).__name__}")
        return _made(self.minor_units * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.minor_units < _same_currency(self, other).minor_units


def exponent_of(currency: object) -> int:
    """The decimal places of a currency.

    Raises:
        ValidationError: If it is not the code of a current ISO 4217 currency that has minor units.
    """
    if not isinstance(currency, str):
        raise ValidationError(f"a currency must be an ISO 4217 code (str), not {type(currency).__name__}")
    exponent = CURRENCIES.get(currency)
    if exponent is None:
        raise ValidationError(
            f"that is no ISO 4217 currency with minor units (list of {CURRENCIES_PUBLISHED}): "
            "give three capitals such as 'USD'"
        )
    return exponent


def total_of(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts of one currency; zero of it if there are none."""
    units = 0
    zero = _made(0, currency)
    for amount in amounts:
        units += _same_currency(zero, amount).minor_units
    return _made(units, currency)


def _made(minor_units: int, currency: str) -> Money:
    """Money of a currency that is known to be one."""
    money = object.__new__(Money)
    _set(money, minor_units, currency)
    return money


def _same_currency(one: Money, other: object) -> Money:
    if not isinstance(other, Money):
        raise ValidationError(f"money goes with money, not with {type(other).__name__}")
    if one.currency != other.currency:
        raise ValidationError(f"{one.currency} and {other.currency} do not mix: convert before")
    return other


def _to_minor_units(amount: object, currency: str, exponent: int) -> int:
    if isinstance(amount, bool) or not isinstance(amount, (str, int, Decimal)):
        raise ValidationError(
            f"an amount must be a str, an int or a Decimal, not {type(amount).__name__}: floats are not exact"
        )
    if isinstance(amount, str) and not _AMOUNT.fullmatch(amount):
        raise ValidationError("an amount must be digits with a point at most, such as '120.00'")
    # Digit by digit: the host's decimal context may round, and must have no say in it.
    sign, digits, places = Decimal(amount).as_tuple()
    if not isinstance(places, int):
        raise ValidationError("an amount must be a finite number")
    if -places > exponent:
        raise ValidationError(f"an amount in {currency} has at most {exponent} decimal places, not {-places}")
    if len(digits) + places > _MOST_DIGITS:  # told before the number is written out: 1E+999999999 must not be
        raise _too_large()
    units = int("".join(map(str, digits)) + "0" * (exponent + places))
    return -units if sign else units


def _set(money: Money, minor_units: int, currency: str) -> None:
    if not -_MOST_UNITS <= minor_units <= _MOST_UNITS:
        raise _too_large()
    object.__setattr__(money, "minor_units", minor_units)
    object.__setattr__(money, "currency", currency)


def _too_large() -> ValidationError:
    return ValidationError(f"an amount must be at most {_MOST_UNITS} minor units, plus or minus")
