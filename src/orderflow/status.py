"""The seven statuses of an order."""

from __future__ import annotations

import enum
from typing import Final

__all__ = ["OrderStatus", "TERMINAL"]


class OrderStatus(enum.StrEnum):
    """Where an order stands. A status is a settled fact: ACCEPTED means paid.

    Attributes:
        RECEIVED: The customer has submitted the order; the card is verified with a small authorization that is voided.
        ACCEPTED: The merchant has accepted the order and the card has been charged.
        DECLINED: The merchant has declined the order (or the card was refused at its verification).
        CANCELED: The customer has canceled the order.
        PENDING_PAYMENT: The merchant has accepted the order, and the charge was declined: the customer has time to pay.
        EXPIRED: The payment was not made in time.
        COMPLETED: The order has been sent to the customer.
    """

    RECEIVED = "received"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELED = "canceled"
    PENDING_PAYMENT = "pending_payment"
    EXPIRED = "expired"
    COMPLETED = "completed"


#: The statuses that nothing leaves.
TERMINAL: Final = frozenset({OrderStatus.DECLINED, OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.COMPLETED})
