"""The contract of notifiers, over real SMTP."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import pytest

from orderflow import Channel, Message
from orderflow.testing import NotifierContract


class TestSMTPNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self, notifier: Any) -> Any:
        return notifier

    @pytest.fixture
    def received(self, server: Any) -> Any:
        return lambda: list(server.mails)

    @pytest.fixture
    def refused_message(self, server: Any, message_for: Any) -> Message | None:
        server.refusals["nobody@example.com"] = "550 5.1.1 no such user"
        return message_for(Channel.EMAIL, address="nobody@example.com")  # type: ignore[no-any-return]

    @pytest.fixture
    def broken(self, server: Any) -> AbstractContextManager[object] | None:
        return server.down()  # type: ignore[no-any-return]
