"""A notifier to a mail server on this machine."""

from __future__ import annotations

from typing import Any

from orderflow.adapters.smtp import SMTPNotifier


def notifier_to(port: int, **options: Any) -> SMTPNotifier:
    options.setdefault("merchant_address", lambda store_id: f"{store_id}@merchants.example")
    return SMTPNotifier("127.0.0.1", port, "The Shop <orders@shop.example>", **{"timeout": 10, **options})
