"""What a gateway may answer. Only `Declined` is a decline; an exception means that the outcome is unknown."""

from __future__ import annotations

from typing import Any, TypeAlias

import attrs

from .card import Card
from .fields import ident, instance, optional, text
from .free_text import cleaned

__all__ = ["Approved", "Declined", "NotSent", "Outcome", "Pending"]

_LONGEST_MESSAGE = 1_000


def _gateways_words(value: object) -> Any:
    return cleaned(value, _LONGEST_MESSAGE)


@attrs.frozen
class Approved:
    """The money moved, or for a void: the authorization is gone, by us or before us.

    Attributes:
        transaction_id: What the gateway calls the movement.
        card: The order's card from now on, if it changed: a one-time token made reusable.
    """

    transaction_id: str = attrs.field(validator=ident())
    card: Card | None = attrs.field(default=None, validator=optional(instance(Card)))


@attrs.frozen
class Declined:
    """The gateway or the bank said no, for good: nothing moved.

    Attributes:
        code: The decline code, such as `"insufficient_funds"`.
        message: What to tell the customer. Control characters in it become spaces, one that holds a card number is left
            out, and what is longer than 1,000 characters is cut: no decline is lost for its wording.
        transaction_id: What the gateway calls the refused movement, if it has a name.
    """

    code: str = attrs.field(validator=ident())
    message: str = attrs.field(default="", converter=_gateways_words, validator=text(_LONGEST_MESSAGE), repr=False)
    transaction_id: str | None = attrs.field(default=None, validator=optional(ident()))


@attrs.frozen
class Pending:
    """The gateway has it, and it is not final: the attempt stays open.

    Attributes:
        transaction_id: What the gateway calls the movement.
        action_url: Where the customer can finish it (3-D Secure).
    """

    transaction_id: str | None = attrs.field(default=None, validator=optional(ident()))
    action_url: str | None = attrs.field(default=None, validator=optional(ident(2_000)))


@attrs.frozen
class NotSent:
    """Surely nothing moved, and it says nothing about the card: bad credentials, an invalid request.

    Attributes:
        reason: Why, for the log of whoever runs the gateway; kept out of logs and errors here.
    """

    reason: str = attrs.field(converter=_gateways_words, validator=text(_LONGEST_MESSAGE), repr=False)


Outcome: TypeAlias = Approved | Declined | Pending | NotSent
