"""How an order was sent."""

from __future__ import annotations

import enum
import re
from typing import Any, Final

import attrs

from .errors import ValidationError
from .fields import ident, line, member, text

__all__ = ["Fulfillment", "FulfillmentMethod"]

_LONGEST_URL: Final = 2_000
_WEB_ADDRESS: Final = re.compile(r"https?://[^\s/?#@]+(?:[/?#]\S*)?")


class FulfillmentMethod(enum.StrEnum):
    """How an order can be sent."""

    SHIPPED = "shipped"
    DIGITAL = "digital"
    HANDED_OVER = "handed_over"


def _check_url(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    ident(_LONGEST_URL, empty=True)(owner, attribute, value)
    assert isinstance(value, str)
    if value and not _WEB_ADDRESS.fullmatch(value):
        raise ValidationError("Fulfillment.url must be an http or https address with no user name in it")


@attrs.frozen
class Fulfillment:
    """How an order was sent. Make one with `shipped`, `digital` or `handed_over`.

    Attributes:
        method: Which of the three.
        carrier: Who carries it, for what is shipped.
        tracking_number: The carrier's number, if it has one.
        url: Where the customer gets it, for what is digital.
        note: What to tell the customer, for what is handed over.
    """

    method: FulfillmentMethod = attrs.field(validator=member(FulfillmentMethod))
    carrier: str = attrs.field(default="", validator=line(empty=True), repr=False)
    tracking_number: str = attrs.field(default="", validator=ident(empty=True), repr=False)
    url: str = attrs.field(default="", validator=_check_url, repr=False)
    note: str = attrs.field(default="", validator=text(), repr=False)

    def __attrs_post_init__(self) -> None:
        if (self.method is FulfillmentMethod.SHIPPED) != bool(self.carrier.strip()):
            raise ValidationError("Fulfillment.carrier must be given for what is shipped, and for nothing else")
        if (self.method is FulfillmentMethod.DIGITAL) != bool(self.url):
            raise ValidationError("Fulfillment.url must be given for what is digital, and for nothing else")
        if self.tracking_number and self.method is not FulfillmentMethod.SHIPPED:
            raise ValidationError("Fulfillment.tracking_number is for what is shipped")
        if self.note and self.method is not FulfillmentMethod.HANDED_OVER:
            raise ValidationError("Fulfillment.note is for what is handed over")

    @classmethod
    def shipped(cls, carrier: str, tracking_number: str = "") -> Fulfillment:
        """Sent with a carrier."""
        return cls(FulfillmentMethod.SHIPPED, carrier=carrier, tracking_number=tracking_number)

    @classmethod
    def digital(cls, url: str) -> Fulfillment:
        """Put where the customer can get it."""
        return cls(FulfillmentMethod.DIGITAL, url=url)

    @classmethod
    def handed_over(cls, note: str = "") -> Fulfillment:
        """Given to the customer."""
        return cls(FulfillmentMethod.HANDED_OVER, note=note)
