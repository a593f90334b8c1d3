"""The timeline: what happened to an order, gapless, in order, append-only."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime

import attrs

from .fields import as_mapping, as_utc, ident, instance, member, moment, optional, plain_pairs, text, whole
from .free_text import TEXT_LENGTH
from .people import Actor
from .status import OrderStatus

__all__ = ["Event", "EventKind", "Note"]


class EventKind(enum.StrEnum):
    """What happened. The keys of each kind's `Event.data` never change meaning; one that does not apply is missing.

    Amounts read `"120.00 USD"`, moments are ISO 8601 in UTC, and `number` is the payment attempt's.

    Attributes:
        SUBMITTED: The customer asked. `total`.
        CARD_VERIFIED: The card passed, and the order is announced. `amount`, `transaction_id`; both are missing where
            the policy skips the verification.
        CARD_REFUSED: The card did not pass, and the order is closed. `amount`, `code`, `message`.
        VERIFICATION_VOIDED: The authorization of the verification is gone. `amount`, `transaction_id` (its own).
        ACCEPTED: The charge was approved, or there was nothing to charge. `amount`, `number`, `transaction_id`.
        PAYMENT_DECLINED: A charge was declined. `amount`, `number`, `code`, `message`, `payment_due_at`.
        PAYMENT_ABSENT: A payment is proven never to have happened. `purpose`, `number`, `amount`.
        PAYMENT_UNCLEAR: Nobody knows whether a payment happened: it needs review. `purpose`, `number`, `amount`.
        PAYMENT_RESOLVED: A person said what became of a payment. `purpose`, `number`, `amount`, `outcome` (`approved`,
            `declined` or `absent`), `evidence` (not shown to customers).
        DECLINED: The merchant declined. `reason`.
        CANCELED: The customer canceled. `reason`.
        EXPIRED: The time to pay is over. `payment_due_at`.
        COMPLETED: It was sent. `method`, `carrier`, `tracking_number`, `url`, `note`.
        NOTE_ADDED: A note was written. `note` (its id).
        PAYMENT_REMINDER: The customer was reminded to pay. `payment_due_at`, `before` (seconds before it).
        REFUND_BEGUN: Someone began a refund. `amount`, `number`, `reason`.
        REFUNDED: Money went back. `amount`, `number`, `transaction_id`, `target` (the transaction that it undoes).
        REFUND_DECLINED: The gateway refused a refund. `amount`, `number`, `code`, `message`, `target`.
        SURPLUS_CHARGE: A charge was approved that the order could not take; it is refunded. `amount`, `number`,
            `transaction_id`.
    """

    SUBMITTED = "submitted"
    CARD_VERIFIED = "card_verified"
    CARD_REFUSED = "card_refused"
    VERIFICATION_VOIDED = "verification_voided"
    ACCEPTED = "accepted"
    PAYMENT_DECLINED = "payment_declined"
    PAYMENT_ABSENT = "payment_absent"
    PAYMENT_UNCLEAR = "payment_unclear"
    PAYMENT_RESOLVED = "payment_resolved"
    DECLINED = "declined"
    CANCELED = "canceled"
    EXPIRED = "expired"
    COMPLETED = "completed"
    NOTE_ADDED = "note_added"
    PAYMENT_REMINDER = "payment_reminder"
    REFUND_BEGUN = "refund_begun"
    REFUNDED = "refunded"
    REFUND_DECLINED = "refund_declined"
    SURPLUS_CHARGE = "surplus_charge"


@attrs.frozen
class Event:
    """One thing that happened.

    Attributes:
        seq: 1 for the order's first event, then 2, 3 ...
        kind: What happened.
        at: When, UTC; never before the event before it.
        actor: Who did it.
        from_status: The status as it was; None before the order's first.
        to_status: The new status; None if this event changed none.
        data: The particulars, as `EventKind` lists them.
    """

    seq: int = attrs.field(validator=whole(1, 10**9))
    kind: EventKind = attrs.field(validator=member(EventKind))
    at: datetime = attrs.field(converter=as_utc, validator=moment)
    actor: Actor = attrs.field(validator=instance(Actor))
    from_status: OrderStatus | None = attrs.field(default=None, validator=optional(member(OrderStatus)))
    to_status: OrderStatus | None = attrs.field(default=None, validator=optional(member(OrderStatus)))
    data: Mapping[str, str] = attrs.field(
        factory=dict, converter=as_mapping, validator=plain_pairs(most=20, longest=TEXT_LENGTH), repr=False
    )


@attrs.frozen
class Note:
    """What the merchant's side wrote about an order; customers never see notes.

    Attributes:
        id: Unique.
        author: Who wrote it.
        text: At most 10,000 characters.
        written_at: When, UTC.
    """

    id: str = attrs.field(validator=ident())
    author: Actor = attrs.field(validator=instance(Actor))
    text: str = attrs.field(validator=text(empty=False), repr=False)
    written_at: datetime = attrs.field(converter=as_utc, validator=moment)
