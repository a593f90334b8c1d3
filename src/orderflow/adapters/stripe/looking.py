"""Which of Stripe's objects may be an attempt's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import stripe

from ...attempt import PaymentAttempt, Purpose

__all__ = ["listed"]

_AROUND: Final = timedelta(days=2)  # the window of a key, and as much for clocks that differ
_MOST: Final = 100


def listed(client: stripe.StripeClient, attempt: PaymentAttempt) -> Sequence[object]:
    """One page of candidates: a list by payer or charge, which is current, else a search, which lags behind."""
    params: dict[str, Any] = {"limit": _MOST}
    if attempt.purpose is Purpose.REFUND:
        refunds: Any = client.v1.refunds
        return tuple(refunds.list({**params, "payment_intent": str(attempt.target)}).data)
    if attempt.card.payer is None:
        if not attempt.amount.minor_units:
            return ()  # setups can't be searched
        key = attempt.key.replace("\\", "\\\\").replace("'", "\\'")
        payments: Any = client.v1.payment_intents
        return tuple(payments.search({**params, "query": f"metadata['orderflow_key']:'{key}'"}).data)
    created = {"gte": int((attempt.begun_at - _AROUND).timestamp()), "lte": _latest(attempt)}
    params.update(customer=attempt.card.payer, created=created)
    intents: Any = client.v1.payment_intents if attempt.amount.minor_units else client.v1.setup_intents
    return tuple(intents.list(params).data)


def _latest(attempt: PaymentAttempt) -> int:
    return int(((attempt.first_sent_at or attempt.begun_at) + _AROUND).timestamp())
