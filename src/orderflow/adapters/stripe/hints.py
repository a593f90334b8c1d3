"""What a webhook of Stripe's says: look at this payment now. It is a hint, and moves nothing by itself."""

from __future__ import annotations

import attrs
import stripe

from ...errors import ValidationError
from ...fields import ident
from .answers import field

__all__ = ["PaymentHint", "hint_of"]

_OURS = ("payment_intent.", "setup_intent.", "refund.")


@attrs.frozen
class PaymentHint:
    """Which payment to look at.

    Attributes:
        order_id: The order.
        key: The idempotency key of its attempt.
    """

    order_id: str = attrs.field(validator=ident())
    key: str = attrs.field(validator=ident())


def hint_of(payload: bytes, signature: str, secret: str | None) -> PaymentHint | None:
    """See `StripeGateway.parse_event`."""
    if not secret:
        raise ValidationError("the gateway has no webhook_secret: no event can be trusted")
    try:
        event = stripe.Webhook.construct_event(payload, signature, secret)
    except Exception:
        raise ValidationError("the event is not signed with webhook_secret, or is broken") from None
    if not str(field(event, "type")).startswith(_OURS):
        return None
    metadata = field(field(field(event, "data"), "object"), "metadata")
    order_id, key = field(metadata, "orderflow_order"), field(metadata, "orderflow_key")
    if not order_id or not key:
        return None
    return PaymentHint(str(order_id), str(key))
