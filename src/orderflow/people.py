"""Who takes part: actors (who does something), customers (who ordered), and where things are sent."""

from __future__ import annotations

import enum
import re
from typing import Any, Final

import attrs

from .countries import COUNTRIES
from .errors import ValidationError
from .fields import ident, line, member, optional
from .free_text import check_line

__all__ = ["Actor", "Customer", "Role", "ShippingAddress"]

# The addr-spec of RFC 5322 (3.4.1) as shops see it: a dot-atom of printable characters, one @, a domain with no
# empty label. Quoted local parts and address literals are refused, and so is whatever could end a header early.
_EMAIL: Final = re.compile(
    r"""[^\s@"(),:;<>\[\]\\.]+(?:\.[^\s@"(),:;<>\[\]\\.]+)*@[\w](?:[\w-]*[\w])?(?:\.[\w](?:[\w-]*[\w])?)*"""
)
# RFC 2047: some mailers decode these into an address of their own.
_ENCODED_WORD: Final = re.compile(r"=\?[^?]*\?[bBqQ]\?[^?]*\?=")
_LONGEST_EMAIL: Final = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_LONGEST_LOCAL_PART: Final = 64  # RFC 5321, 4.5.3.1.1
_LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")  # the shape of BCP 47 tags
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class Role(enum.StrEnum):
    """What an actor is to the store."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    OPERATOR = "operator"
    SYSTEM = "system"


@attrs.frozen
class Actor:
    """Who does something. Make one with `customer`, `merchant`, `operator` or `system`.

    Attributes:
        role: What the actor is to the store.
        id: The customer's, the operator's, or the merchant's staff's id in the host's world; None for a merchant whose
            staff is not told apart, and for the system.
        store_id: The merchant's store; None for all others.
        name: What to call the actor on a timeline.
    """

    role: Role = attrs.field(validator=member(Role))
    id: str | None = attrs.field(default=None, validator=optional(ident()))
    store_id: str | None = attrs.field(default=None, validator=optional(ident()))
    name: str | None = attrs.field(default=None, validator=optional(line()), repr=False)

    def __attrs_post_init__(self) -> None:
        if (self.role is Role.MERCHANT) != (self.store_id is not None):
            raise ValidationError("Actor.store_id must be given for a merchant, and for nobody else")
        if self.role in (Role.CUSTOMER, Role.OPERATOR) and self.id is None:
            raise ValidationError(f"Actor.id must be given for a {self.role.value}")

    @classmethod
    def customer(cls, id: str, name: str | None = None) -> Actor:
        """A customer, who sees and acts on the orders that are theirs."""
        return cls(Role.CUSTOMER, id, None, name)

    @classmethod
    def merchant(cls, store_id: str, id: str | None = None, name: str | None = None) -> Actor:
        """A merchant, who sees and decides on the orders of one store; `id` tells its staff apart."""
        return cls(Role.MERCHANT, id, store_id, name)

    @classmethod
    def operator(cls, id: str, name: str | None = None) -> Actor:
        """The installation's own staff, who see every order."""
        return cls(Role.OPERATOR, id, None, name)

    @classmethod
    def system(cls) -> Actor:
        """The library itself: expiries, reminders, outcomes that the sweep finds."""
        return _SYSTEM


_SYSTEM: Final = Actor(Role.SYSTEM)


def _check_email(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    name = "Customer.email"
    check_line(value, name, longest=_LONGEST_EMAIL)
    assert isinstance(value, str)
    local = value.partition("@")[0]
    if (
        not _EMAIL.fullmatch(value)
        or _INVISIBLE.search(value)
        or _ENCODED_WORD.search(local)
        or len(local) > _LONGEST_LOCAL_PART
    ):
        raise ValidationError(f"{name} must be one plain e-mail address such as 'ana@example.com' (RFC 5322 addr-spec)")


def _check_locale(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    check_line(value, "Customer.locale", longest=35)
    assert isinstance(value, str)
    if not _LOCALE.fullmatch(value):
        raise ValidationError("Customer.locale must be a language tag such as 'en' or 'pt-BR' (BCP 47)")


@attrs.frozen
class Customer:
    """Who ordered, as the order keeps it.

    Attributes:
        id: The customer's id in the host's world.
        name: What to call the customer.
        email: One address, as RFC 5322 has it.
        locale: The language of messages to the customer, such as `"en"`.
    """

    id: str = attrs.field(validator=ident())
    name: str = attrs.field(validator=line(), repr=False)
    email: str = attrs.field(validator=_check_email, repr=False)
    locale: str = attrs.field(default="en", validator=_check_locale)


def _check_country(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, str):
        raise ValidationError(f"ShippingAddress.country must be text (str), not {type(value).__name__}")
    if value not in COUNTRIES:
        raise ValidationError("ShippingAddress.country must be an ISO 3166-1 alpha-2 code in capitals, such as 'DE'")


@attrs.frozen
class ShippingAddress:
    """Where physical items are sent.

    Attributes:
        name: Who receives them.
        line1: Street and number, or what stands for it.
        city: The town.
        postal_code: May be empty: not every country has them.
        country: ISO 3166-1 alpha-2, in capitals.
        line2: What else the carrier needs.
        region: State or province.
        phone: For the carrier.
    """

    name: str = attrs.field(validator=line(), repr=False)
    line1: str = attrs.field(validator=line(), repr=False)
    city: str = attrs.field(validator=line(), repr=False)
    postal_code: str = attrs.field(validator=ident(empty=True), repr=False)
    country: str = attrs.field(validator=_check_country)
    line2: str = attrs.field(default="", validator=line(empty=True), repr=False)
    region: str = attrs.field(default="", validator=line(empty=True), repr=False)
    phone: str = attrs.field(default="", validator=ident(empty=True), repr=False)
