"""The recording notifier."""

from __future__ import annotations

import pytest

from orderflow import Channel, Message
from orderflow.adapters.memory import RecordingNotifier
from orderflow.ports import Notifier
from orderflow.testing.contracts.storage.built import owed


def message(seq: int = 1) -> Message:
    told = owed(seq).message
    assert told is not None
    return told


def test_it_is_a_notifier_of_both_channels() -> None:
    notifier = RecordingNotifier()
    assert isinstance(notifier, Notifier)
    assert notifier.channels == {Channel.EMAIL, Channel.WEBHOOK}


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.WEBHOOK])
def test_it_serves_the_channels_that_are_named(channel: Channel) -> None:
    assert RecordingNotifier(channels=[channel]).channels == frozenset({channel})


def test_it_keeps_what_it_is_given_in_order() -> None:
    notifier = RecordingNotifier()
    assert notifier.sent == ()
    for seq in (2, 1, 2):
        notifier.send(message(seq))
    assert notifier.sent == (message(2), message(1), message(2))


def test_what_was_sent_cannot_be_changed_from_outside() -> None:
    notifier = RecordingNotifier()
    before = notifier.sent
    notifier.send(message())
    assert before == ()
    assert isinstance(notifier.sent, tuple)


def test_while_it_is_down_it_sends_nothing() -> None:
    notifier = RecordingNotifier()
    notifier.down = True
    with pytest.raises(ConnectionError):
        notifier.send(message())
    assert notifier.sent == ()
    notifier.down = False
    notifier.send(message())
    assert notifier.sent == (message(),)
