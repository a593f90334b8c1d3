"""Webhooks over HTTPS, signed by Standard Webhooks: to send them, and to check what was received."""

from __future__ import annotations

from .endpoint import Endpoint
from .notifier import WebhookNotifier
from .verifying import verify

__all__ = ["Endpoint", "WebhookNotifier", "verify"]
