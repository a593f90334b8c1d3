"""Payments with Stripe, over its official library. It needs the extra `stripe`."""

from __future__ import annotations

try:
    import stripe as _stripe  # noqa: F401  # pyright: ignore[reportUnusedImport]
except ImportError:
    raise ImportError("orderflow.adapters.stripe needs the library: pip install 'orderflow[stripe]'") from None

from .gateway import StripeGateway
from .hints import PaymentHint

__all__ = ["PaymentHint", "StripeGateway"]
