"""Payments with Stripe: one key a call, all of them derived from the attempt's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final, TypeAlias, TypeVar

import stripe

from ...attempt import PaymentAttempt, Purpose
from ...outcome import Approved, Declined, NotSent, Outcome
from .amounts import as_stripe_counts
from .answers import UnknownOutcomeError, field, of_error, of_intent, of_refund
from .hints import PaymentHint, hint_of
from .looking import listed

__all__ = ["StripeGateway"]

T = TypeVar("T")
_Clients: TypeAlias = "stripe.StripeClient | Callable[[str], stripe.StripeClient]"

_MOST_CALLS: Final = 5  # customer, attach, create, confirm, retrieve
_USUAL_TIMEOUT: Final = 80.0
_LONGEST_PAUSE: Final = 5.0
_CANT_TAKE: Final = NotSent("Stripe can't take this amount in this currency")


class StripeGateway:
    """Takes payments with Stripe.

    Every payment is made first and confirmed second, each under a key of its own: a payment that was made and not
    confirmed has moved nothing, and both calls may be sent again. A card without a payer is attached to a Stripe
    customer that the adapter makes, as Stripe allows no second use of it otherwise; the card to use from then on comes
    back in `Approved.card`. A bank that wants the customer to take part declines what is confirmed off-session:
    `Declined("authentication_required")`.

    Args:
        client: A client of the official library, or what gives one for an attempt's `store_id`.
        webhook_secret: The signing secret of the webhook endpoint, for `parse_event`.
        longest_call: How long a call of this gateway may last. None reckons it from the client's time-out and retries;
            for clients chosen by store, from the library's defaults.

    Attributes:
        idempotency_window: 24 hours: Stripe may forget a key once it is that old.
        conclusive_lookup: False: Stripe's search lags behind by a minute or more, so what it does not find may exist.
        longest_call: Five requests, each with all its retries: to connect and to read may take a time-out each.
    """

    idempotency_window: timedelta = timedelta(hours=24)
    conclusive_lookup: bool = False

    def __init__(
        self, client: _Clients, webhook_secret: str | None = None, *, longest_call: timedelta | None = None
    ) -> None:
        self._client = client
        self._webhook_secret = webhook_secret
        self.longest_call: timedelta = longest_call or _reckoned(client)

    def authorize(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.authorize`. Zero is a SetupIntent, Stripe's zero authorization."""
        return self._pay(attempt)

    def charge(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.charge`."""
        return self._pay(attempt)

    def void(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.void`. What was captured is declined; what is unknown raises."""
        target, client = str(attempt.target), self._for(attempt)
        if target.startswith("seti_"):
            return Approved(target)  # a zero authorization holds nothing
        answer = _asked(lambda: client.v1.payment_intents.cancel(target, options=_keyed(attempt, "cancel")))
        if isinstance(answer, NotSent):
            answer = _looked(lambda: client.v1.payment_intents.retrieve(target))
        if field(answer, "status") == "canceled":
            return Approved(target)
        if field(answer, "status") == "succeeded":
            return Declined("already_captured")
        raise UnknownOutcomeError("Stripe did not say that the authorization is gone")

    def refund(self, attempt: PaymentAttempt) -> Outcome:
        """See `orderflow.ports.PaymentGateway.refund`."""
        amount, client = as_stripe_counts(attempt.amount), self._for(attempt)
        if amount is None:
            return _CANT_TAKE
        params: Any = {"payment_intent": str(attempt.target), "amount": amount, "metadata": _metadata(attempt)}
        answer = _asked(lambda: client.v1.refunds.create(params, _keyed(attempt, "refund")))
        return answer if isinstance(answer, Declined | NotSent) else of_refund(answer)

    def find(self, attempt: PaymentAttempt) -> Outcome | None:
        """See `orderflow.ports.PaymentGateway.find`. A payment that was made and never confirmed is not found."""
        client, target = self._for(attempt), str(attempt.target)
        if attempt.purpose is Purpose.VOID:
            if target.startswith("seti_"):
                return Approved(target)
            intent = _looked(lambda: client.v1.payment_intents.retrieve(target))
            return Approved(target) if field(intent, "status") == "canceled" else None
        for one in _looked(lambda: listed(client, attempt)):
            if field(field(one, "metadata"), "orderflow_key") == attempt.key:
                return of_refund(one) if attempt.purpose is Purpose.REFUND else of_intent(one, attempt)
        return None

    def parse_event(self, payload: bytes, signature: str) -> PaymentHint | None:
        """Which payment an event of Stripe's is about, for `OrderService.check_payment`.

        Args:
            payload: The request's body, as it came.
            signature: The header `Stripe-Signature`.

        Returns:
            The payment, or None if the event is no concern of ours.

        Raises:
            ValidationError: If the signature is wrong or malformed, or no `webhook_secret` was given.
        """
        return hint_of(payload, signature, self._webhook_secret)

    def _for(self, attempt: PaymentAttempt) -> stripe.StripeClient:
        if isinstance(self._client, stripe.StripeClient):
            return self._client
        return self._client(attempt.store_id)

    def _pay(self, attempt: PaymentAttempt) -> Outcome:
        amount, client = as_stripe_counts(attempt.amount), self._for(attempt)
        if amount is None:
            return _CANT_TAKE
        owner = _asked(lambda: _with_payer(client, attempt))
        if isinstance(owner, Declined | NotSent):
            return owner
        params = _params(attempt, amount, *owner)
        intents: Any = client.v1.payment_intents if amount else client.v1.setup_intents
        made = _asked(lambda: intents.create(params, _keyed(attempt, "create")))
        if isinstance(made, Declined | NotSent):
            return made
        confirm = {"off_session": True} if amount else {}
        answer = _asked(lambda: intents.confirm(str(made.id), confirm, _keyed(attempt, "confirm")))
        if isinstance(answer, NotSent):  # it may be confirmed already: the payment itself knows
            now = _looked(lambda: intents.retrieve(str(made.id)))
            return of_intent(now, attempt) or answer
        outcome = answer if isinstance(answer, Declined) else of_intent(answer, attempt)
        if outcome is None:
            raise UnknownOutcomeError("Stripe did not say what became of the payment")
        return outcome


def _with_payer(client: stripe.StripeClient, attempt: PaymentAttempt) -> tuple[str, str]:
    card = attempt.card
    if card.payer is not None:
        return card.payer, card.token
    made = client.v1.customers.create({"metadata": _metadata(attempt)}, _keyed(attempt, "customer"))
    kept = client.v1.payment_methods.attach(card.token, {"customer": made.id}, _keyed(attempt, "attach"))
    return made.id, kept.id


def _params(attempt: PaymentAttempt, amount: int, payer: str, token: str) -> dict[str, Any]:
    params: dict[str, Any] = {
        "customer": payer,
        "payment_method": token,
        "payment_method_types": ["card"],
        "metadata": _metadata(attempt),
    }
    if not amount:
        return {**params, "usage": "off_session"}
    capture = "manual" if attempt.purpose is Purpose.VERIFICATION else "automatic"
    return {**params, "amount": amount, "currency": attempt.amount.currency.lower(), "capture_method": capture}


def _metadata(attempt: PaymentAttempt) -> dict[str, str]:
    return {
        "orderflow_order": attempt.order_id,
        "orderflow_key": attempt.key,
        "orderflow_store": attempt.store_id,
        "orderflow_purpose": attempt.purpose.value,
    }


def _keyed(attempt: PaymentAttempt, call: str) -> Any:
    return {"idempotency_key": f"{attempt.key}:{call}"}


def _asked(call: Callable[[], T]) -> T | Declined | NotSent:
    try:
        return call()
    except Exception as error:
        outcome = of_error(error)
    assert isinstance(outcome, Declined | NotSent)
    return outcome


def _looked(call: Callable[[], T]) -> T:
    try:
        return call()
    except Exception as error:
        raise UnknownOutcomeError(f"Stripe could not be asked: {type(error).__name__}") from None


def _reckoned(client: _Clients) -> timedelta:
    requestor = field(client, "_requestor")
    timeout = field(field(requestor, "_client"), "_timeout")
    retries = field(field(requestor, "_options"), "max_network_retries")
    if not isinstance(retries, int):
        retries = stripe.max_network_retries
    if not isinstance(timeout, int | float):
        timeout = _USUAL_TIMEOUT
    once = 2 * timeout + _LONGEST_PAUSE
    return timedelta(seconds=_MOST_CALLS * (retries + 1) * once)
