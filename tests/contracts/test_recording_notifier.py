"""The recording notifier, and other sound notifiers, keep the contract."""

from __future__ import annotations

import pytest

from contracts.gateways import SuspendingFake
from contracts.notifiers import Careful, Silent
from orderflow import Channel, Message
from orderflow.adapters.memory import RecordingNotifier
from orderflow.ports import Notifier
from orderflow.testing import NotifierContract
from orderflow.testing.contracts.letters import MessageFor


class TestRecordingNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self) -> Notifier:
        return RecordingNotifier()


@pytest.mark.parametrize("served", [Channel.EMAIL, Channel.WEBHOOK])
class TestRecordingNotifierOfOneChannel(NotifierContract):
    @pytest.fixture
    def notifier(self, served: Channel) -> Notifier:
        return RecordingNotifier(channels=[served])


class TestAnAsyncNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self) -> object:
        return SuspendingFake(RecordingNotifier())


class TestANotifierOfWhichNobodySeesWhatArrived(NotifierContract):
    @pytest.fixture
    def notifier(self) -> Notifier:
        return Silent()


class TestANotifierThatKnowsSomeStoresOnly(NotifierContract):
    @pytest.fixture
    def notifier(self) -> Notifier:
        return Careful()

    @pytest.fixture
    def refused_message(self, message_for: MessageFor) -> Message:
        return message_for(Channel.EMAIL, address="gone@example.com")
