"""What is ordered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from .errors import ValidationError
from .fields import as_mapping, boolean, ident, instance, line, pairs, whole
from .money import Money

__all__ = ["Item", "MOST_DETAILS"]

MOST_DETAILS: Final = 50
_LONGEST_DETAIL: Final = 1_000
_MOST_OF_ONE: Final = 1_000_000


def _check_price(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    instance(Money)(owner, attribute, value)
    assert isinstance(value, Money)
    if value.minor_units < 0:
        raise ValidationError("Item.unit_price must not be below zero")


@attrs.frozen
class Item:
    """One line of an order.

    Attributes:
        name: What it is called.
        unit_price: The price of one; zero for what is free.
        quantity: How many, from 1 to 1,000,000.
        physical: Whether it must be shipped; an order with such an item needs an address.
        details: Extra information, label to text, as the customer gave it (at most 50 of 1,000 characters).
        ref: The host's own id of the product.
    """

    name: str = attrs.field(validator=line(), repr=False)
    unit_price: Money = attrs.field(validator=_check_price)
    quantity: int = attrs.field(default=1, validator=whole(1, _MOST_OF_ONE))
    physical: bool = attrs.field(default=False, validator=boolean)
    details: Mapping[str, str] = attrs.field(
        factory=dict, converter=as_mapping, validator=pairs(most=MOST_DETAILS, longest=_LONGEST_DETAIL), repr=False
    )
    ref: str = attrs.field(default="", validator=ident(empty=True))

    def __attrs_post_init__(self) -> None:
        _ = self.total  # a line too large to add up is refused here, not where it is read

    @property
    def total(self) -> Money:
        """unit_price x quantity."""
        return self.unit_price * self.quantity
