"""E-mail over SMTP, with nothing but the standard library."""

from __future__ import annotations

from .notifier import SMTPNotifier

__all__ = ["SMTPNotifier"]
