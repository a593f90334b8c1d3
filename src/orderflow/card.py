"""The customer's payment card, as the gateway's token knows it."""

from __future__ import annotations

import re
from typing import Any, Final

import attrs

from .errors import ValidationError
from .fields import ident, line, optional, whole

__all__ = ["Card"]

_LAST4: Final = re.compile(r"[0-9]{4}")


def _check_last4(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, str) or not _LAST4.fullmatch(value):
        raise ValidationError("Card.last4 must be the last four digits of the card, as text such as '4242'")


@attrs.frozen
class Card:
    """A card that the gateway keeps: `orderflow` never sees its number.

    Attributes:
        token: What the gateway calls the card. Shown in no repr, log or error.
        brand: The network, such as `"visa"`.
        last4: The last four digits.
        exp_month: 1 to 12.
        exp_year: Four digits.
        payer: The gateway's id of the customer, if it has one.
    """

    token: str = attrs.field(validator=line(200), repr=False)
    brand: str = attrs.field(validator=line(50))
    last4: str = attrs.field(validator=_check_last4)
    exp_month: int = attrs.field(validator=whole(1, 12))
    exp_year: int = attrs.field(validator=whole(2000, 2199))
    payer: str | None = attrs.field(default=None, validator=optional(ident()), repr=False)
