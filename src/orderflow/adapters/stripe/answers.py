"""What Stripe's objects and errors mean as outcomes."""

from __future__ import annotations

from typing import Any, Final

import attrs
import stripe

from ...attempt import PaymentAttempt
from ...card import Card
from ...outcome import Approved, Declined, NotSent, Outcome, Pending

__all__ = ["UnknownOutcomeError", "field", "of_error", "of_intent", "of_refund"]

_USUAL_WORDS: Final = "The card was declined. Please use another card, or ask your bank."
_WORDS: Final = {
    "authentication_required": "Your bank wants you to confirm this payment. Please use another card.",
    "expired_card": "The card has expired. Please use another card.",
    "incorrect_cvc": "The security code is wrong. Please check it.",
    "incorrect_number": "The card number is wrong. Please check it.",
    "insufficient_funds": "There is not enough money on the card. Please use another card.",
    "processing_error": "The card could not be processed. Please try again.",
}
_REFUND_WORDS: Final = "The refund was not taken."
_REJECTED: Final = (stripe.AuthenticationError, stripe.PermissionError, stripe.InvalidRequestError)


class UnknownOutcomeError(Exception):
    """Stripe gave no answer that counts. Its text names types and codes of ours, and repeats no words of Stripe's."""


def field(of: object, name: str) -> Any:
    """A field of one of Stripe's objects; None if it is missing."""
    return getattr(of, name, None)


def of_error(error: Exception) -> Outcome:
    """What an error means.

    Raises:
        UnknownOutcomeError: If nobody knows what happened.
    """
    if isinstance(error, stripe.CardError):
        return _declined(field(error, "error"), error.code)
    if isinstance(error, _REJECTED):
        return NotSent(type(error).__name__)
    raise UnknownOutcomeError(f"Stripe gave no answer that counts: {type(error).__name__}") from None


def of_intent(intent: object, attempt: PaymentAttempt) -> Outcome | None:
    """What the state of a payment or a setup means; None if it was made and never confirmed."""
    status, name = field(intent, "status"), str(field(intent, "id"))
    if status in ("succeeded", "requires_capture"):
        return Approved(name, _changed_card(intent, attempt.card))
    if status in ("requires_action", "processing"):
        redirect = field(field(intent, "next_action"), "redirect_to_url")
        return Pending(name, field(redirect, "url"))
    error = field(intent, "last_payment_error") or field(intent, "last_setup_error")
    if status == "canceled":
        # An authorization that was approved and then released was approved; a payment that never was is declined.
        if field(intent, "amount_capturable") == 0 and field(intent, "latest_charge") and not error:
            return Approved(name, _changed_card(intent, attempt.card))
        return _declined(error, "canceled")
    if status == "requires_payment_method" and error:
        return _declined(error, "card_declined")
    if status in ("requires_payment_method", "requires_confirmation"):
        return None
    raise UnknownOutcomeError("Stripe's answer has no status that is known")


def of_refund(refund: object) -> Outcome:
    """What the state of a refund means."""
    status, name = field(refund, "status"), str(field(refund, "id"))
    if status == "succeeded":
        return Approved(name)
    if status in ("pending", "requires_action"):
        return Pending(name)
    if status in ("failed", "canceled"):
        return Declined(f"refund_{status}", _REFUND_WORDS, name)
    raise UnknownOutcomeError("Stripe's answer has no status that is known")


def _declined(error: object, otherwise: str | None) -> Declined:
    code = field(error, "decline_code") or field(error, "code") or otherwise or "card_declined"
    return Declined(str(code), _WORDS.get(str(code), _USUAL_WORDS))


def _changed_card(intent: object, card: Card) -> Card | None:
    payer, token = field(intent, "customer"), field(intent, "payment_method")
    if card.payer is not None or not payer or not token:
        return None
    return attrs.evolve(card, token=str(token), payer=str(payer))
