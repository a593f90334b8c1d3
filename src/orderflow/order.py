"""An order: what was asked for, where it stands, and all that happened to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from .attempt import AttemptState, PaymentAttempt, Purpose
from .card import Card
from .errors import ValidationError
from .event import Event, Note
from .fields import (
    as_mapping,
    as_tuple,
    as_utc,
    as_utc_or_none,
    boolean,
    each,
    ident,
    instance,
    member,
    moment,
    optional,
    plain_pairs,
    text,
    whole,
)
from .fulfillment import Fulfillment
from .item import Item
from .money import Money, total_of
from .people import Customer, ShippingAddress
from .status import TERMINAL, OrderStatus

__all__ = ["Order", "left_to_refund", "paying_charge"]

_MOST_ITEMS: Final = 100
_MOST_METADATA: Final = 50
_LONGEST_METADATA: Final = 1_000


@attrs.frozen(kw_only=True)
class Order:
    """An order as it stands. It never changes: every command returns a new one.

    Attributes:
        id: The order's id.
        store_id: Whose order it is.
        customer: Who ordered.
        items: What was ordered, 1 to 100.
        card: The card of the latest charge begun, or what the gateway made of it.
        shipping_address: Where physical items go.
        metadata: The host's own, shown to nobody.
        status: Where it stands: a settled fact.
        verified: Whether the card was verified, so that the order is announced: listed, counted, notified.
        placed_at: When it was submitted, UTC.
        updated_at: When it last changed, UTC.
        payment_due_at: When the time to pay is over, UTC; set once, at the first declined charge.
        reason: Why it was declined or canceled: the words of who did it, or `card_refused`, `card_unverified`.
        fulfillment: How it was sent.
        attempts: Every payment attempt, in the order of their beginning.
        timeline: Every event.
        notes: Every note; empty in what a customer is shown.
        version: 1, 2, 3 ...: one more with every commit; 0 before the first.
    """

    id: str = attrs.field(validator=ident())
    store_id: str = attrs.field(validator=ident())
    customer: Customer = attrs.field(validator=instance(Customer))
    items: tuple[Item, ...] = attrs.field(
        converter=as_tuple, validator=each(instance(Item), least=1, most=_MOST_ITEMS), repr=False
    )
    card: Card = attrs.field(validator=instance(Card), repr=False)
    shipping_address: ShippingAddress | None = attrs.field(
        default=None, validator=optional(instance(ShippingAddress)), repr=False
    )
    metadata: Mapping[str, str] = attrs.field(
        factory=dict,
        converter=as_mapping,
        validator=plain_pairs(most=_MOST_METADATA, longest=_LONGEST_METADATA),
        repr=False,
    )
    status: OrderStatus = attrs.field(default=OrderStatus.RECEIVED, validator=member(OrderStatus))
    verified: bool = attrs.field(default=False, validator=boolean)
    placed_at: datetime = attrs.field(converter=as_utc, validator=moment)
    updated_at: datetime = attrs.field(converter=as_utc, validator=moment)
    payment_due_at: datetime | None = attrs.field(default=None, converter=as_utc_or_none, validator=optional(moment))
    reason: str = attrs.field(default="", validator=text(), repr=False)
    fulfillment: Fulfillment | None = attrs.field(default=None, validator=optional(instance(Fulfillment)), repr=False)
    attempts: tuple[PaymentAttempt, ...] = attrs.field(
        default=(), converter=as_tuple, validator=each(instance(PaymentAttempt)), repr=False
    )
    timeline: tuple[Event, ...] = attrs.field(
        default=(), converter=as_tuple, validator=each(instance(Event)), repr=False
    )
    notes: tuple[Note, ...] = attrs.field(default=(), converter=as_tuple, validator=each(instance(Note)), repr=False)
    version: int = attrs.field(default=0, validator=whole(0, 10**9))

    def __attrs_post_init__(self) -> None:
        _ = self.total  # refuses mixed currencies and sums too large to keep
        if self.shipping_address is None and any(item.physical for item in self.items):
            raise ValidationError("an order with a physical item needs a shipping_address")

    @property
    def total(self) -> Money:
        """The sum of unit_price x quantity; the items never change."""
        return total_of((item.total for item in self.items), self.items[0].unit_price.currency)

    @property
    def refunded(self) -> Money:
        """What went back of the charge that paid; refunds of surplus charges do not count."""
        return _refunds(self, (AttemptState.APPROVED,))

    @property
    def transaction_id(self) -> str | None:
        """Of the charge that paid; else of the latest charge that has one; before that, of the verification."""
        paid = paying_charge(self)
        if paid is not None:
            return paid.transaction_id
        for purpose in (Purpose.CHARGE, Purpose.VERIFICATION):
            for attempt in reversed(self.attempts):
                if attempt.purpose is purpose and attempt.transaction_id is not None:
                    return attempt.transaction_id
        return None

    @property
    def payment_in_progress(self) -> bool:
        """Whether a verification or a charge is not settled, so that no command can move the order."""
        return any(attempt.blocks for attempt in self.attempts)

    @property
    def needs_review(self) -> bool:
        """Whether a person must find out what became of a payment; see `resolve_payment`."""
        return any(attempt.state is AttemptState.REVIEW for attempt in self.attempts)

    @property
    def is_terminal(self) -> bool:
        """Whether the status is one that nothing leaves."""
        return self.status in TERMINAL


def paying_charge(order: Order) -> PaymentAttempt | None:
    """The charge that paid for the order, if one did: at most one is approved."""
    for attempt in order.attempts:
        if attempt.purpose is Purpose.CHARGE and attempt.state is AttemptState.APPROVED:
            return attempt
    return None


def left_to_refund(order: Order) -> Money:
    """What a refund could still give back of the charge that paid: unsettled refunds count as given."""
    paid = paying_charge(order)
    taken = _refunds(order, (AttemptState.APPROVED, AttemptState.OPEN, AttemptState.REVIEW))
    left = (paid.amount if paid else order.total * 0) - taken
    return max(left, left * 0)  # a gateway may have given back more than it was asked for


def _refunds(order: Order, states: tuple[AttemptState, ...]) -> Money:
    paid = paying_charge(order)
    return total_of(
        (
            attempt.amount
            for attempt in order.attempts
            if attempt.purpose is Purpose.REFUND
            and attempt.state in states
            and paid is not None
            and attempt.target == paid.transaction_id
        ),
        order.items[0].unit_price.currency,
    )
