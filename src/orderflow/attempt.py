"""A payment attempt: one intended movement of money under one key, sent once or more."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import attrs

from .card import Card
from .errors import ValidationError
from .fields import as_utc, as_utc_or_none, ident, instance, member, moment, optional, text, whole
from .money import Money
from .people import Actor

__all__ = ["AttemptState", "PaymentAttempt", "Purpose"]


class Purpose(enum.StrEnum):
    """What an attempt is for."""

    VERIFICATION = "verification"
    CHARGE = "charge"
    VOID = "void"
    REFUND = "refund"


class AttemptState(enum.StrEnum):
    """What is known of an attempt.

    Attributes:
        OPEN: Begun and not concluded: it may have moved money or not.
        APPROVED: It moved the money.
        DECLINED: The gateway or the bank said no.
        ABSENT: Proven never to have moved money.
        SURPLUS: It moved money that the order could not take, and that is refunded.
        REVIEW: Nobody knows, and nothing more is sent for it: a person must look.
    """

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    ABSENT = "absent"
    SURPLUS = "surplus"
    REVIEW = "review"


def _check_amount(owner: object, attribute: attrs.Attribute[Any], value: object) -> None:
    instance(Money)(owner, attribute, value)
    assert isinstance(value, Money)
    if value.minor_units < 0:
        raise ValidationError("PaymentAttempt.amount must not be below zero")


@attrs.frozen(kw_only=True)
class PaymentAttempt:
    """One intended movement of money. The gateway gets it as it is, and honours its key.

    Attributes:
        key: The idempotency key, derived from order, purpose and number. Empty in what a customer is shown.
        by: Whose command began it.
        purpose: Verification, charge, void or refund.
        number: 1 for the first attempt of its purpose on the order, then 2 ...
        order_id: The order.
        store_id: Its store: a gateway may choose the account by it.
        customer_id: Its customer.
        amount: What to authorize, charge, void or refund.
        card: The card as it was sent.
        target: The transaction that a void or a refund undoes.
        state: What is known of it.
        transaction_id: What the gateway calls the movement.
        code: The decline code.
        message: The gateway's words for the customer.
        action_url: Where the customer can finish a pending payment.
        claim: Who sends it: another text with every send, on which no request may depend; whoever began it comes first
            in it. Empty in what a customer is shown.
        begun_at: When it was begun, UTC.
        first_sent_at: When its first send was claimed; None while it is only owed.
        last_sent_at: When its last send was claimed.
        concluded_at: When its outcome was written down.
    """

    key: str = attrs.field(validator=ident(empty=True))
    by: Actor = attrs.field(validator=instance(Actor))
    purpose: Purpose = attrs.field(validator=member(Purpose))
    number: int = attrs.field(validator=whole(1, 1_000_000))
    order_id: str = attrs.field(validator=ident())
    store_id: str = attrs.field(validator=ident())
    customer_id: str = attrs.field(validator=ident())
    amount: Money = attrs.field(validator=_check_amount)
    card: Card = attrs.field(validator=instance(Card))
    target: str | None = attrs.field(default=None, validator=optional(ident()))
    state: AttemptState = attrs.field(default=AttemptState.OPEN, validator=member(AttemptState))
    transaction_id: str | None = attrs.field(default=None, validator=optional(ident()))
    code: str | None = attrs.field(default=None, validator=optional(ident()))
    message: str = attrs.field(default="", validator=text(1_000), repr=False)
    action_url: str | None = attrs.field(default=None, validator=optional(ident(2_000)), repr=False)
    claim: str = attrs.field(default="", validator=ident(empty=True), repr=False)
    begun_at: datetime = attrs.field(converter=as_utc, validator=moment)
    first_sent_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    last_sent_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    concluded_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))

    @property
    def is_unsettled(self) -> bool:
        """Whether its outcome is not known: open or in review."""
        return self.state is AttemptState.OPEN or self.state is AttemptState.REVIEW

    @property
    def blocks(self) -> bool:
        """Whether nothing may move the order meanwhile: an unsettled verification or charge."""
        return self.is_unsettled and (self.purpose is Purpose.CHARGE or self.purpose is Purpose.VERIFICATION)
