"""What a request can be refused for, and what page says so."""

from __future__ import annotations

from typing import Final

from ..errors import (
    CardDeclined,
    ConcurrentUpdate,
    DuplicateOrder,
    IdempotencyConflict,
    InvalidTransition,
    NotPermitted,
    OrderflowError,
    OrderNotFound,
    PaymentInProgress,
    PaymentUnavailable,
    PaymentWindowClosed,
    StorageError,
    ValidationError,
)

__all__ = ["Refusal", "refusal_of"]


class Refusal(Exception):
    """A request that is answered with a page that says why not.

    Attributes:
        status: The HTTP status.
        text: The key of the page's words.
        detail: More of it, in the words of one of our errors, which hold nothing of what was passed in.
    """

    def __init__(self, status: int, text: str, detail: str = "") -> None:
        super().__init__(status, text)
        self.status = status
        self.text = text
        self.detail = detail


#: The first that fits: an error's own class stands before the class that it is drawn from.
_PAGES: Final[tuple[tuple[type[OrderflowError], int, str], ...]] = (
    (OrderNotFound, 404, "error_not_found"),
    (NotPermitted, 403, "error_not_permitted"),
    (PaymentWindowClosed, 409, "error_window_closed"),
    (InvalidTransition, 409, "error_not_now"),
    (PaymentInProgress, 409, "error_in_progress"),
    (IdempotencyConflict, 409, "error_used_form"),
    (DuplicateOrder, 409, "error_not_now"),
    (ConcurrentUpdate, 409, "error_changed"),
    (CardDeclined, 402, "error_card"),
    (PaymentUnavailable, 503, "error_unavailable"),
    (StorageError, 503, "error_storage"),
    (ValidationError, 400, "error_input"),
)


def refusal_of(error: OrderflowError) -> Refusal:
    """The page for an error of ours."""
    for kind, status, text in _PAGES:
        if isinstance(error, kind):
            said = error.reason if isinstance(error, InvalidTransition) else str(error)
            return Refusal(status, text, said if kind in (ValidationError, InvalidTransition) else "")
    return Refusal(500, "error_unknown")
