"""Amounts as Stripe counts them. The table follows docs.stripe.com/currencies, under "special cases"."""

from __future__ import annotations

from typing import Final

from ...money import CURRENCIES, Money

__all__ = ["as_stripe_counts"]

_TWO_PLACES_AT_STRIPE: Final = frozenset({"ISK", "UGX"})  # none in ISO 4217
_NO_PLACES_AT_STRIPE: Final = frozenset({"MGA"})  # two in ISO 4217
_IN_TENS: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})  # three places, of which the last must be zero
_USUAL: Final = (0, 2)


def as_stripe_counts(amount: Money) -> int | None:
    """The amount in Stripe's units; None if Stripe can't take it exactly."""
    units, currency = amount.minor_units, amount.currency
    if currency in _TWO_PLACES_AT_STRIPE:
        return units * 100
    if currency in _NO_PLACES_AT_STRIPE:
        return None if units % 100 else units // 100
    if currency in _IN_TENS:
        return None if units % 10 else units
    return units if CURRENCIES[currency] in _USUAL else None
