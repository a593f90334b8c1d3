"""A mail server of our own over real SMTP, and the notifier over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orderflow.adapters.smtp import SMTPNotifier
from smtp_parts import notifier_to
from standins.mail_server import MailServer


@pytest.fixture
def make_server() -> Iterator[Callable[..., Any]]:
    """Starts a mail server; it ends with the test."""
    running: list[Any] = []

    def make(**options: Any) -> Any:
        running.append(MailServer(**options).__enter__())
        return running[-1]

    yield make
    for server in running:
        server.__exit__()


@pytest.fixture
def server(make_server: Callable[..., Any]) -> Any:
    return make_server()


@pytest.fixture
def notifier(server: Any) -> SMTPNotifier:
    return notifier_to(server.port)
