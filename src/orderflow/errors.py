"""Every error that leaves `orderflow`, drawn once.

```text
OrderflowError
 +- ValidationError       (also ValueError)       the input is not what it must be; nothing was written
 +- OrderNotFound         (also LookupError)      no such order, or not one that this actor may see
 +- NotPermitted          (also PermissionError)  the actor may see the order and not do this
 +- DuplicateOrder                                the order id is taken by another request
 +- InvalidTransition                             the order's status does not allow the command
 |   +- PaymentWindowClosed                       the time to pay is over
 +- PaymentInProgress                             a payment of the order is not settled yet
 +- PaymentUnavailable                            nothing moved; try again
 +- CardDeclined                                  the card did not pass its verification
 +- IdempotencyConflict                           the key was used for something else
 +- ConcurrentUpdate                              others kept changing the order; try again
 +- StorageError                                  the storage failed: the outcome is unknown
```

Messages hold ids, codes, rules and types, never the text that was passed in: an error may be logged.
Every error can be pickled: its arguments are its attributes, in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .command import Command
    from .status import OrderStatus

__all__ = [
    "CardDeclined",
    "ConcurrentUpdate",
    "DuplicateOrder",
    "IdempotencyConflict",
    "InvalidTransition",
    "NotPermitted",
    "OrderNotFound",
    "OrderflowError",
    "PaymentInProgress",
    "PaymentUnavailable",
    "PaymentWindowClosed",
    "StorageError",
    "ValidationError",
]


class OrderflowError(Exception):
    """The base of every error that `orderflow` raises."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"  # the arguments may hold a gateway's words


class ValidationError(OrderflowError, ValueError):
    """The input is not what it must be: the message says what was wrong and what is allowed."""


class OrderNotFound(OrderflowError, LookupError):
    """There is no such order, or this actor may not know of it."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id

    def __str__(self) -> str:
        return f"there is no order {self.order_id} that this actor may see"


class NotPermitted(OrderflowError, PermissionError):
    """The actor may see the order, and may not do this with it."""


class DuplicateOrder(OrderflowError):
    """The order id belongs to another request. Nothing was written."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id

    def __str__(self) -> str:
        return f"order {self.order_id} exists already, with other contents"


class InvalidTransition(OrderflowError):
    """The order is in a status that does not allow the command. Nothing has changed.

    Attributes:
        order_id: The order.
        status: Its status.
        command: What was asked for.
        allowed: What this actor may do with the order as it is.
        reason: Why not, in words.
    """

    def __init__(
        self, order_id: str, status: OrderStatus, command: Command, allowed: Sequence[Command], reason: str
    ) -> None:
        super().__init__(order_id, status, command, tuple(allowed), reason)
        self.order_id = order_id
        self.status = status
        self.command = command
        self.allowed: tuple[Command, ...] = tuple(allowed)
        self.reason = reason

    def __str__(self) -> str:
        allowed = ", ".join(self.allowed) or "nothing"
        return f"order {self.order_id} is {self.status}: {self.command} is refused, {self.reason}; allowed: {allowed}"


class PaymentWindowClosed(InvalidTransition):
    """The time to pay for the order is over."""


class PaymentInProgress(OrderflowError):
    """A verification or a charge of the order is not settled yet, so that nothing may move it. Try again later.

    Attributes:
        order_id: The order.
        command: What was asked for.
    """

    def __init__(self, order_id: str, command: Command) -> None:
        super().__init__(order_id, command)
        self.order_id = order_id
        self.command = command

    def __str__(self) -> str:
        return f"order {self.order_id} has a payment in progress: {self.command} must wait until it is settled"


class PaymentUnavailable(OrderflowError):
    """The payment could not be sent: nothing moved, and it says nothing about the card. Try again.

    After `submit`, try again under a new order id: the order named here is closed.
    """

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id

    def __str__(self) -> str:
        return f"the payment of order {self.order_id} could not be sent: nothing was charged, try again"


class CardDeclined(OrderflowError):
    """The card did not pass its verification; the order is closed and was never announced.

    Attributes:
        code: The gateway's decline code.
        message: The gateway's words, fit for customers; may be empty.
        order_id: The order that was declined.
    """

    def __init__(self, code: str, message: str, order_id: str) -> None:
        super().__init__(code, message, order_id)
        self.code = code
        self.message = message
        self.order_id = order_id

    def __str__(self) -> str:
        return f"the card for order {self.order_id} was declined ({self.code})"


class IdempotencyConflict(OrderflowError):
    """The idempotency key was used on this order with another command, actor or arguments."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id

    def __str__(self) -> str:
        return f"the idempotency key was used on order {self.order_id} for something else: use a new key"


class ConcurrentUpdate(OrderflowError):
    """The order is not at the expected version: nothing was written."""

    def __init__(self, order_id: str) -> None:
        super().__init__(order_id)
        self.order_id = order_id

    def __str__(self) -> str:
        return f"order {self.order_id} was changed by someone else meanwhile: try again"


class StorageError(OrderflowError):
    """The storage failed, so that the outcome is unknown: repeat with the same idempotency key or order id."""
