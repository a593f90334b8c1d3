"""The contract of notifiers, over real HTTP."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import attrs
import pytest

from orderflow import Channel, Message
from orderflow.adapters.webhooks import Endpoint, WebhookNotifier
from orderflow.testing import NotifierContract


class TestWebhookNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self, receiver: Any) -> Any:
        endpoints = {"studio-7": Endpoint(receiver.url, receiver.secret)}
        return WebhookNotifier(endpoints.get, allow_private=True, timeout=10)

    @pytest.fixture
    def received(self, receiver: Any) -> Any:
        return lambda: list(receiver.hooks)

    @pytest.fixture
    def refused_message(self, message_for: Any) -> Message | None:
        return attrs.evolve(message_for(Channel.WEBHOOK), store_id="without-an-endpoint")

    @pytest.fixture
    def broken(self, receiver: Any) -> AbstractContextManager[object] | None:
        return receiver.down()  # type: ignore[no-any-return]
