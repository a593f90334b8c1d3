"""What can be asked of an order, and the record of what was."""

from __future__ import annotations

import enum

import attrs

from .fields import ident, optional

__all__ = ["Command", "CommandRecord"]


class Command(enum.StrEnum):
    """What an actor asks for. EXPIRE is the system's own: the end of the payment window."""

    SUBMIT = "submit"
    ACCEPT = "accept"
    DECLINE = "decline"
    CANCEL = "cancel"
    RETRY_PAYMENT = "retry_payment"
    EXPIRE = "expire"
    COMPLETE = "complete"
    ADD_NOTE = "add_note"
    REFUND = "refund"
    RESOLVE_PAYMENT = "resolve_payment"


@attrs.frozen
class CommandRecord:
    """That an order has taken a command under an idempotency key.

    Attributes:
        order_id: The order.
        key: The host's idempotency key; it belongs to this order.
        digest: A digest of the command, its actor and its arguments, card tokens aside.
        attempt: The key of the payment attempt that the command began, if it began one: a command whose attempt is
            proven absent is forgotten.
    """

    order_id: str = attrs.field(validator=ident())
    key: str = attrs.field(validator=ident())
    digest: str = attrs.field(validator=ident())
    attempt: str | None = attrs.field(default=None, validator=optional(ident()))
